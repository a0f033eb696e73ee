import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

const HEAD = `# Results

Made by \`npm run bench -- NAME\`, each section by itself; [README.md](README.md) says how. A ratio is the rival's time over
kindred's, so above 1 kindred is faster.
`

/** `text` with the section \`## name\` replaced, or put where its name belongs in the alphabet; the others as they stand. */
export function replaceSection(text, name, body) {
  const [head, ...sections] = text.split(/^(?=## )/m)
  const titled = new Map(sections.map((section) => [section.slice(3, section.indexOf('\n')).trim(), section.trim()]))
  titled.set(name, `## ${name}\n\n${body.trim()}`)
  const names = [...titled.keys()].sort()
  return `${[head.trim(), ...names.map((one) => titled.get(one))].join('\n\n')}\n`
}

/** Remakes the section of a benchmark in the file, which is made if there is none. */
export function writeSection(path, name, body) {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : HEAD
  writeFileSync(`${path}.new`, replaceSection(text, name, body))
  renameSync(`${path}.new`, path)
}
