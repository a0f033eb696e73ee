import { cleanTable, Table } from 'kindred'

const OPENED = Date.parse('2026-01-01T00:00:00Z')
/** Nobody buys more in a day; a monitor does. */
const MOST_A_DAY = 50
const DAY = 86_400_000

/** Users with more orders on some day than people make. */
function robotsIn(table) {
  const counts = new Map()
  for (const { user, time } of table) {
    const key = `${user} ${Math.floor(time.getTime() / DAY)}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return new Set([...counts].filter(([, count]) => count > MOST_A_DAY).map(([key]) => key.split(' ')[0]))
}

/** The log without the rows that tell nothing, and how many went for which reason. */
export async function clean(log, products) {
  const raw = Table.from(log)
  const { table: cleaned, report } = await cleanTable(raw, {
    types: { stars: 'number', time: 'timestamp' },
    duplicates: true,
    missing: { user: 'drop', item: 'drop', stars: 'drop', time: 'drop' },
  })
  const reasons = [
    { reason: 'sent twice', rows: report.dropped.duplicates },
    { reason: 'without a user, or with stars that are no number', rows: report.dropped.missing },
  ]
  const known = new Set(products.map(({ id }) => id))
  const robots = robotsIn(cleaned)
  const rules = {
    'stars outside 1 to 5': ({ stars }) => stars < 1 || stars > 5,
    'from before the shop was there': ({ time }) => time.getTime() < OPENED,
    'of a product that is not sold': ({ item }) => !known.has(item),
    [`by a robot (over ${MOST_A_DAY} a day): ${[...robots].join(', ')}`]: ({ user }) => robots.has(user),
  }
  let table = cleaned
  for (const [reason, isBad] of Object.entries(rules)) {
    const left = table.filterRows((row) => !isBad(row))
    reasons.push({ reason, rows: table.rows - left.rows })
    table = left
  }
  return { table, read: raw.rows, reasons, report }
}
