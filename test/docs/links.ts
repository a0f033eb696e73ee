import { dirname, join, normalize } from 'node:path'

const withoutCode = (markdown: string) => markdown.replace(/^```.*?^```/gms, '').replace(/^ {4}.*$/gm, '')

/** The anchors that GitHub gives the headings of a page. */
export function anchors(markdown: string): string[] {
  const seen = new Map<string, number>()
  return [...withoutCode(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => {
    const slug = heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-')
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    return count === 0 ? slug : `${slug}-${count}`
  })
}

/** Links within the repository as [path, anchor]. */
export function localLinks(page: string, markdown: string): [path: string, anchor: string][] {
  return [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor = ''] = target.split('#')
      return [path === '' ? page : normalize(join(dirname(page), path)), anchor]
    })
}

/** The links of a page that lead nowhere. */
export function brokenLinks(page: string, read: (path: string) => string, exists: (path: string) => boolean): string[] {
  return localLinks(page, read(page))
    .filter(([path, anchor]) => !exists(path) || (anchor !== '' && !anchors(read(path)).includes(anchor)))
    .map(([path, anchor]) => `${path}#${anchor}`)
}
