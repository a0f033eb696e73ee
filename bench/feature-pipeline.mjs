// FeaturePipeline: two numbers scaled to [0, 1], a category one-hot and another one hashed, learnt and made of a table in
// memory, beside scikit-learn (rivals/feature_pipeline.py) and DuckDB alone, which makes the same columns by SQL; and one row
// of twenty columns.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance, version } from '@duckdb/node-api'
import { FeaturePipeline, Table } from '../dist/index.mjs'
import { compete } from './harness/compete.mjs'
import { inProcess, kindred, remote } from './harness/contestant.mjs'
import { startPython } from './harness/python.mjs'
import { generator } from './harness/random.mjs'
import { readAs } from './harness/raw-file.mjs'

export const summary = 'features of a table and of one row beside scikit-learn and DuckDB alone'

const BRANDS = 12
const SELLERS = 5000
const BUCKETS = 16
/** Rows whose numbers are compared: of the two numbers and the categories; all of them, where the hash is the same. */
const SAMPLE = 1000
const EXACT = 2 + BRANDS

const BRAND_NAMES = Array.from({ length: BRANDS }, (_, i) => `brand-${String.fromCharCode(97 + i)}`)
const SELLER_NAMES = Array.from({ length: SELLERS }, (_, i) => `seller ${(i * 7919) % 100_003}`)

function makeColumns(rows) {
  const next = generator(1)
  const price = Float64Array.from({ length: rows }, () => Math.exp(3 * next()))
  const stock = Float64Array.from({ length: rows }, () => Math.floor(1000 * next() * next()))
  const brand = Int32Array.from({ length: rows }, (_, i) => (i < BRANDS ? i : Math.floor(BRANDS * next() * next())))
  const seller = Int32Array.from({ length: rows }, () => Math.floor(SELLERS * next()))
  return { price, stock, brand, seller }
}

const tableOf = ({ price, stock, brand, seller }) =>
  Table.fromColumns([
    { type: 'number', name: 'price', values: price },
    { type: 'number', name: 'stock', values: stock },
    { type: 'string', name: 'brand', codes: brand, dictionary: BRAND_NAMES },
    { type: 'string', name: 'seller', codes: seller, dictionary: SELLER_NAMES },
  ])

const declared = () =>
  new FeaturePipeline({
    price: 'min-max',
    stock: 'min-max',
    brand: { kind: 'one-hot', unseen: 'ignore' },
    seller: { kind: 'hash', buckets: BUCKETS, prefix: '' },
  })

/** The same table in DuckDB, of the same bytes. */
async function startDuckDb(columns, folder) {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const table = tableOf(columns)
  const path = join(folder, 'input.parquet')
  await table.write(path)
  await connection.run(`CREATE TABLE input AS FROM read_parquet('${path}')`)
  return connection
}

async function runDuckDb(connection, { threads }) {
  await connection.run(`SET threads = ${threads}`)
  const bounds = await connection.runAndReadAll('SELECT min(price), max(price), min(stock), max(stock) FROM input')
  const [low, high, least, most] = bounds.getRows()[0]
  const brands = await connection.runAndReadAll(
    'SELECT DISTINCT brand FROM input WHERE brand IS NOT NULL ORDER BY brand',
  )
  const oneHot = brands.getRows().map(([brand], i) => `(brand = '${brand}')::FLOAT AS b${i}`)
  const hashed = Array.from(
    { length: BUCKETS },
    (_, i) =>
      `CASE WHEN h % ${BUCKETS} = ${i} THEN CASE WHEN h & 1024 = 0 THEN 1 ELSE -1 END ELSE 0 END::FLOAT AS h${i}`,
  )
  await connection.run(`CREATE OR REPLACE TABLE made AS
    SELECT ((price - ${low}) / (${high} - ${low}))::FLOAT AS price, ((stock - ${least}) / (${most} - ${least}))::FLOAT AS stock,
      ${oneHot.join(', ')}, ${hashed.join(', ')} FROM (SELECT *, hash(seller) AS h FROM input)`)
}

/** The first rows, as kindred lays them out. */
async function readDuckDb(connection) {
  const made = await connection.runAndReadAll(`FROM made LIMIT ${SAMPLE}`)
  return { numbers: Float32Array.from(made.getRows().flat()), hash: 'its own' }
}

function validator() {
  let first
  return ({ name }, { numbers, hash }) => {
    first ??= numbers
    const width = EXACT + BUCKETS
    for (let i = 0; i < SAMPLE; i++)
      for (let j = 0; j < (hash === 'murmur3' ? width : EXACT); j++) {
        const at = i * width + j
        if (!(Math.abs(numbers[at] - first[at]) <= 1e-6))
          throw new Error(`${name}: row ${i} has ${numbers[at]} in column ${j}, not ${first[at]}.`)
      }
  }
}

/** Twenty columns, no text: numbers of all kinds, categories, labels, a time and a place. */
async function timeRow(log) {
  const kinds = ['standard', 'min-max', 'robust', 'log', 'quantile']
  const numbers = Array.from({ length: 9 }, (_, i) => [`n${i}`, kinds[i % kinds.length]])
  const categories = Array.from({ length: 7 }, (_, i) => [`c${i}`, ['one-hot', 'hash', 'ordinal'][i % 3]])
  const pipeline = new FeaturePipeline({
    ...Object.fromEntries([...numbers, ...categories]),
    tags: 'multi-label',
    when: { kind: 'cyclic', parts: ['hour', 'weekday', 'month'], timeZone: 'Europe/Berlin' },
    where: { kind: 'place', points: { town: [52.5, 13.4] } },
  })
  const next = generator(2)
  const rows = Array.from({ length: 2000 }, () => ({
    ...Object.fromEntries(numbers.map(([name]) => [name, 100 * next()])),
    ...Object.fromEntries(categories.map(([name], i) => [name, `category ${Math.floor((10 + 40 * i) * next())}`])),
    tags: ['new', 'sale', 'red', 'blue'].filter(() => next() < 0.5),
    when: new Date(1.7e12 + 1e10 * next()),
    latitude: 50 + 4 * next(),
    longitude: 10 + 4 * next(),
  }))
  await pipeline.fit(Table.from(rows))
  const times = []
  for (let round = 0; round < 60; round++)
    for (const row of rows) {
      const start = performance.now()
      pipeline.transformRow(row)
      if (round >= 10) times.push(1000 * (performance.now() - start))
    }
  times.sort((a, b) => a - b)
  const at = (share) => Number(times[Math.floor(share * (times.length - 1))].toPrecision(3))
  log(`one row: ${at(0.5)} us`)
  return {
    text: `One row of 20 columns to ${pipeline.width} numbers, in microseconds, each call timed alone.`,
    columns: ['median', '99 %', '99.9 %'],
    rows: [[at(0.5), at(0.99), at(0.999)]],
  }
}

export async function run({ small, python, notices, threadCounts, log, ...settings }) {
  const count = small ? 200_000 : 10_000_000
  const columns = makeColumns(count)
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'))
  const started = await startPython(python, 'feature_pipeline.py')
  if (started.missing) notices.push(`scikit-learn: not here: ${started.missing}`)
  const duckdb = await startDuckDb(columns, folder)
  const configurations = threadCounts.map((threads) => ({ threads }))
  const table = tableOf(columns)
  try {
    if (!started.missing) {
      const paths = Object.fromEntries(Object.keys(columns).map((name) => [name, join(folder, name)]))
      for (const [name, path] of Object.entries(paths)) writeFileSync(path, columns[name])
      await started.ask('table', { paths, brands: BRAND_NAMES, sellers: SELLER_NAMES, buckets: BUCKETS })
    }
    const rivals = [
      inProcess({
        name: 'DuckDB alone',
        version: version(),
        configurations,
        run: (configuration) => runDuckDb(duckdb, configuration),
        read: () => readDuckDb(duckdb),
      }),
    ]
    if (!started.missing)
      rivals.push(
        remote({
          name: 'scikit-learn',
          version: started.versions['scikit-learn'],
          configurations: [{ threads: 1 }],
          ask: started.ask,
          request: { out: join(folder, 'found'), sample: SAMPLE },
          read: ({ out }) => ({ numbers: readAs(Float32Array, out), hash: 'murmur3' }),
        }),
      )
    const title = `${count} rows: min-max, one-hot, hashing, fit and transform`
    log(title)
    const contests = await compete({
      name: title,
      ours: kindred({
        configurations,
        run: async () => (await declared().fit(table)).transformMatrix(table),
        read: (matrix) => ({ numbers: matrix.data.slice(0, SAMPLE * matrix.cols), hash: 'murmur3' }),
      }),
      rivals,
      validate: validator(),
      usualRounds: small ? 7 : 3,
      log,
      ...settings,
    })
    return { versions: { ...started.versions, DuckDB: version() }, tables: [{ contests }, await timeRow(log)] }
  } finally {
    if (!started.missing) started.end()
    duckdb.closeSync()
    rmSync(folder, { recursive: true })
  }
}
