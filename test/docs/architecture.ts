/** Folders named in the ```text blocks: one path per entry, nested by indentation; `a/ b/` on a line are two entries. */
export function treePaths(markdown: string): string[] {
  const paths: string[] = []
  for (const [, block] of markdown.matchAll(/^```text\n(.*?)^```/gms)) {
    const parents: { indent: number; path: string }[] = []
    for (const line of block!.split('\n').filter((line) => line.trim() !== '')) {
      const indent = line.search(/\S/)
      while (parents.length > 0 && parents.at(-1)!.indent >= indent) parents.pop()
      const prefix = parents.at(-1)?.path ?? ''
      for (const entry of line
        .trim()
        .split(/\s{2,}/)[0]!
        .split(' ')) {
        const path = prefix + (entry.endsWith('/') ? entry : `${entry}/`)
        paths.push(path.slice(0, -1))
        parents.push({ indent, path })
      }
    }
  }
  return paths
}

/** The table of families as paths: those with an x and those without. */
export function familyPaths(markdown: string): { marked: string[]; unmarked: string[] } {
  const rows = [...markdown.matchAll(/^\| (.*) \|$/gm)].map(([, row]) => row!.split('|').map((cell) => cell.trim()))
  const start = rows.findIndex((row) => row[0] === 'family')
  const layers = rows[start]?.slice(2) ?? []
  const marked: string[] = []
  const unmarked: string[] = []
  for (const [family, , ...cells] of rows.slice(start + 1))
    for (const [column, layer] of layers.entries()) {
      const folder = layer === 'bindings' ? layer : `native/${layer}`
      const path = folder.includes('FAMILY') ? folder.replace('FAMILY', family!) : `${folder}/${family}`
      ;(cells[column] === 'x' ? marked : unmarked).push(path)
    }
  return { marked, unmarked }
}

/** Paths in `code spans` that begin with a folder of `tops`; patterns such as FAMILY or * are no paths. */
export function spanPaths(markdown: string, tops: readonly string[]): string[] {
  return [...markdown.matchAll(/`([\w.-]+\/[\w./-]*)`/g)]
    .map(([, path]) => path!.replace(/\/$/, ''))
    .filter((path) => tops.includes(path.split('/')[0]!) && !/[A-Z]{4}/.test(path))
}

/** What is wrong with the description of a tree of source folders: folders that are gone, and folders it does not name. */
export function checkTree(
  markdown: string,
  sources: readonly string[],
  exists: (path: string) => boolean,
): { gone: string[]; unnamed: string[]; unmarked: string[] } {
  const { marked, unmarked } = familyPaths(markdown)
  const named = [...treePaths(markdown), ...marked]
  return {
    gone: named.filter((path) => !exists(path)),
    unnamed: sources.filter((folder) => !named.includes(folder)),
    unmarked: unmarked.filter(exists),
  }
}
