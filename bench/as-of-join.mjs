// Point-in-time joins: for each event the newest row of its key that was there by then, against DuckDB's ASOF join over tables
// that both hold in memory; and the same with arrival times, which no ASOF join of DuckDB takes into account.
import { DuckDBInstance, version } from '@duckdb/node-api'
import { joinAsOf, Table } from '../dist/index.mjs'
import { compete } from './harness/compete.mjs'
import { inProcess, kindred } from './harness/contestant.mjs'
import { generator, uniform } from './harness/random.mjs'

export const summary = "point-in-time joins against DuckDB's ASOF join"

const LARGE = { rows: 10_000_000, keys: 1_000_000 }
const SMALL = { rows: 100_000, keys: 10_000 }
/** Distinct moments, over which the rows of a key are spread. */
const MOMENTS = 2 ** 31

const ON = { on: 'k', eventTime: 't', validFrom: 'f', columns: ['x'] }

/** @returns {Float64Array} integers below `limit` */
function integers(count, limit, seed) {
  const next = generator(seed)
  return Float64Array.from({ length: count }, () => Math.floor(next() * limit))
}

/** In the order of time, as a log is, or in none. */
function tables({ rows, keys }, isSorted) {
  const order = (times) => (isSorted ? times.sort() : times)
  const times = (seed) => order(integers(rows, MOMENTS, seed))
  const events = Table.from({ k: integers(rows, keys, 1), t: times(2) })
  const features = Table.from({ k: integers(rows, keys, 4), f: times(5), x: Float64Array.from(uniform(rows, 7)) })
  return { events, features }
}

async function load(connection, name, table) {
  const columns = table.columns.map((column) => table.column(column))
  await connection.run(
    `CREATE OR REPLACE TABLE ${name} (${columns.map((column) => `${column.name} DOUBLE`).join(', ')})`,
  )
  const appender = await connection.createAppender(name)
  for (let row = 0; row < table.rows; row++) {
    for (const { values } of columns) appender.appendDouble(values[row])
    appender.endRow()
  }
  appender.closeSync()
}

/** Sums over the joined rows, which depend on each match but not on their order. */
function fingerprint(matched, sum) {
  return { matched, sum }
}

export async function run({ small, rounds, probe, modes, only, threadCounts, log }) {
  const size = small ? SMALL : LARGE
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const contests = []
  const hold = async (name, events, features, options, isRivalled) => {
    const configurations = threadCounts.map((threads) => ({ threads }))
    const ours = kindred({
      version: '',
      configurations,
      run: () => joinAsOf(events, features, options),
      read: ({ table, report }) => {
        let sum = 0
        for (const x of table.column('x').values) if (!Number.isNaN(x)) sum += x
        return fingerprint(report.matched, sum)
      },
    })
    const rival = inProcess({
      name: 'DuckDB',
      version: version(),
      configurations,
      run: async ({ threads }) => {
        await connection.run(`SET threads = ${threads}`)
        await connection.run(
          'CREATE OR REPLACE TABLE joined AS SELECT e.k, e.t, f.x FROM e ASOF LEFT JOIN f ON e.k = f.k AND e.t >= f.f',
        )
      },
      read: async () => {
        const counted = await connection.runAndReadAll('SELECT count(x)::DOUBLE, sum(x) FROM joined')
        const [[matched, sum]] = counted.getRows()
        return fingerprint(matched, sum)
      },
    })
    let first
    const rows = await compete({
      ...{ name, ours, rivals: isRivalled ? [rival] : [], rounds, usualRounds: 3, probe, modes, only, log },
      amount: { count: events.rows + features.rows, unit: 'rows' },
      validate: async (contestant, found) => {
        const { matched, sum } = await found
        first ??= { matched, sum }
        if (matched !== first.matched || Math.abs(sum - first.sum) > 1e-6 * Math.max(1, Math.abs(first.sum)))
          throw new Error(
            `${contestant.name}: ${matched} rows matched, ${sum} in all; kindred: ${JSON.stringify(first)}.`,
          )
      },
    })
    contests.push(...rows)
  }
  const shape = `${size.rows.toLocaleString('en')} events and as many rows of ${size.keys.toLocaleString('en')} keys`
  for (const isSorted of [false, true]) {
    const { events, features } = tables(size, isSorted)
    await load(connection, 'e', events)
    await load(connection, 'f', features)
    const how = isSorted ? 'in the order of time' : 'in no order'
    await hold(`${how}`, events, features, ON, true)
    if (isSorted) continue
    const late = {
      type: 'number',
      name: 'a',
      values: integers(size.rows, 1e6, 9).map((delay, i) => features.column('f').values[i] + delay),
    }
    await hold(`${how}, with arrivals`, events, features.with([late]), { ...ON, arrivedAt: 'a' }, false)
  }
  connection.closeSync()
  instance.closeSync()
  return {
    versions: { DuckDB: version() },
    tables: [{ text: `${shape}: the key, the time and one column of the result, as a table in memory.`, contests }],
  }
}
