/** A title over a line. */
export function section(title) {
  console.log(`\n${title}\n${'-'.repeat(title.length)}`)
}

/** Rows of objects under the names of their fields; numbers to the right, with two digits unless all of a column are whole. */
export function printTable(rows) {
  const names = Object.keys(rows[0])
  const isNumber = (name) => rows.every((row) => typeof row[name] === 'number')
  const isWhole = (name) => rows.every((row) => Number.isInteger(row[name]))
  const text = (name, value) => (isNumber(name) && !isWhole(name) ? value.toFixed(2) : String(value))
  const widths = names.map((name) => Math.max(name.length, ...rows.map((row) => text(name, row[name]).length)))
  const line = (cells) =>
    cells
      .map((cell, i) => (isNumber(names[i]) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd()
  console.log(line(names))
  for (const row of rows) console.log(line(names.map((name) => text(name, row[name]))))
}
