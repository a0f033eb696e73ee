/** The rows of every table of a page, as trimmed cells without code marks and thousands separators. */
export function tableRows(markdown: string): string[][] {
  return [...markdown.matchAll(/^\|(.*)\|$/gm)]
    .map(([, row]) =>
      row!.split('|').map((cell) =>
        cell
          .trim()
          .replaceAll('`', '')
          .replace(/(\d),(?=\d{3}\b)/g, '$1'),
      ),
    )
    .filter((cells) => !cells.every((cell) => /^:?-+:?$|^$/.test(cell)))
}

/** The part of a page under a heading, up to the next one of its level. */
export function section(markdown: string, heading: string): string {
  const [, level] = markdown.match(new RegExp(`^(#+) ${heading}$`, 'm')) ?? []
  if (level === undefined) throw new Error(`expected the heading ${heading}`)
  return markdown
    .split(new RegExp(`^${level} ${heading}$`, 'm'))[1]!
    .split(new RegExp(`^#{1,${level.length}} `, 'm'))[0]!
}

/** Rows of `table` that are not, cell by cell, rows of `source`. */
export function rowsNotIn(table: readonly string[][], source: readonly string[][]): string[] {
  const known = new Set(source.map((cells) => cells.join(' | ')))
  return table.map((cells) => cells.join(' | ')).filter((row) => !known.has(row))
}
