// Every link of the built site, anchors included, leads to a page that was built: node check-links.mjs FOLDER
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const folder = resolve(process.argv[2])
const pages = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.html'))
if (pages.length < 50) throw new Error(`${folder}: expected a site but found ${pages.length} pages.`)
const ids = new Map()
const idsOf = (path) => {
  if (!ids.has(path)) ids.set(path, new Set(readFileSync(path, 'utf8').match(/(?<=\bid=")[^"]+/g)))
  return ids.get(path)
}

const broken = new Set()
let links = 0
for (const page of pages) {
  const path = join(folder, page)
  for (const [, href] of readFileSync(path, 'utf8').matchAll(/\bhref="([^"]+)"/g)) {
    if (/^[a-z]+:/.test(href)) continue
    links++
    const [file, anchor] = href.split('#')
    const target = file === '' ? path : join(dirname(path), decodeURIComponent(file))
    const found = existsSync(target) && statSync(target).isFile()
    if (!found || (anchor && target.endsWith('.html') && !idsOf(target).has(decodeURIComponent(anchor))))
      broken.add(`${page}: ${href}`)
  }
}
for (const link of broken) console.error(`broken link: ${link}`)
console.log(`docs: ${pages.length} pages, ${links} links, ${broken.size} broken, in ${folder}`)
process.exit(broken.size > 0 ? 1 : 0)
