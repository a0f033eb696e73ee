// Logistic regression learnt from one row after another: FTRLLogisticRegression.update beside scikit-learn's SGDClassifier.partial_fit,
// on one thread, from the same rows of hashed categories: tables with a column of sparse features here, CSR matrices there, cut
// into batches before anything is timed. Each takes the steps that predict rows kept for that best, and both are told with the
// log loss of further rows after one pass.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FTRLLogisticRegression, setThreads, Table } from '../dist/index.mjs'
import { compete } from './harness/compete.mjs'
import { kindred, remote } from './harness/contestant.mjs'
import { startPython } from './harness/python.mjs'
import { generator } from './harness/random.mjs'

export const summary = "logistic regression from one row after another beside scikit-learn's partial_fit"

const FIELDS = 39
const BITS = 20
/** Rows of a batch; the fastest of each contestant competes. */
const BATCHES = [1000, 10_000, 100_000]
const ALPHAS = [0.01, 0.02, 0.05, 0.1, 0.2]
/** How far above scikit-learn's our log loss may be. */
const SLACK = 1.01

const LARGE = { train: 400_000, validation: 50_000, test: 50_000 }
const SMALL = { train: 20_000, validation: 5000, test: 5000 }

/** Numbers of FNV-1a, spread over 2^bits places. */
function hashed(field, category) {
  let h = 0x811c9dc5
  for (const part of [field, category & 255, (category >>> 8) & 255, category >>> 16])
    h = Math.imul(h ^ part, 0x01000193) >>> 0
  return (h ^ (h >>> 15)) & (2 ** BITS - 1)
}

/**
 * Clicks on rows with a category in each of the fields, as logs of advertisements have them: fields of 4 to 200,000 categories, few of
 * them frequent, and labels by the logistic function of one weight for each.
 */
function makeRows(count, random) {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const fields = Array.from({ length: FIELDS }, (_, field) => {
    const size = Math.round(4 * 50_000 ** (field / (FIELDS - 1)))
    return { size, weights: Float32Array.from({ length: size }, () => 0.35 * normal()) }
  })
  const offsets = Int32Array.from({ length: count + 1 }, (_, row) => row * FIELDS)
  const indices = new Int32Array(count * FIELDS)
  const labels = new Float64Array(count)
  for (let row = 0; row < count; row++) {
    let logit = -1.5
    for (const [field, { size, weights }] of fields.entries()) {
      const category = Math.floor(size ** random()) - 1
      logit += weights[category]
      indices[row * FIELDS + field] = hashed(field, category)
    }
    indices.subarray(row * FIELDS, (row + 1) * FIELDS).sort()
    labels[row] = random() < 1 / (1 + Math.exp(-logit)) ? 1 : 0
  }
  return { offsets, indices, labels }
}

/** Rows [begin, end) of all. */
function part({ offsets, indices, labels }, begin, end) {
  const [from, until] = [offsets[begin], offsets[end]]
  return {
    offsets: offsets.slice(begin, end + 1).map((at) => at - from),
    indices: indices.slice(from, until),
    labels: labels.slice(begin, end),
  }
}

const tableOf = ({ offsets, indices, labels }) =>
  Table.fromColumns([
    { type: 'number', name: 'label', values: labels },
    { type: 'sparse', name: 'x', offsets, indices, values: new Float32Array(indices.length).fill(1), width: 2 ** BITS },
  ])

export async function run({ small, python, notices, log: say, modes, ...settings }) {
  setThreads(1)
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'))
  const rival = await startPython(python, 'ftrl.py')
  if (rival.missing) notices.push(`scikit-learn: not here: ${rival.missing}`)
  const sizes = small ? SMALL : LARGE
  const parts = {}
  const all = makeRows(sizes.train + sizes.validation + sizes.test, generator(1))
  let begin = 0
  for (const [name, count] of Object.entries(sizes)) {
    parts[name] = part(all, begin, begin + count)
    begin += count
  }
  const [validation, test] = [tableOf(parts.validation), tableOf(parts.test)]
  const batches = new Map(
    BATCHES.filter((rows) => rows <= sizes.train).map((rows) => [
      rows,
      Array.from({ length: Math.ceil(sizes.train / rows) }, (_, n) =>
        tableOf(part(parts.train, n * rows, Math.min((n + 1) * rows, sizes.train))),
      ),
    ]),
  )
  /** One pass; the first batch is that of the fit, which finds the fields. */
  const learnt = async (alpha, rows) => {
    const [first, ...others] = batches.get(rows)
    const model = await new FTRLLogisticRegression({ bits: BITS, alpha }).fit(first, { label: 'label' })
    for (const table of others) await model.update(table)
    return model
  }
  try {
    let best
    for (const alpha of ALPHAS) {
      const { logLoss } = await (await learnt(alpha, 10_000)).evaluate(validation)
      if (best === undefined || logLoss < best.logLoss) best = { alpha, logLoss }
    }
    say(`alpha ${best.alpha}: log loss ${best.logLoss.toFixed(4)} of the rows to choose by`)
    const learner = await learnt(best.alpha, 10_000)
    const rivals = []
    let theirs
    if (!rival.missing) {
      for (const [name, { offsets, indices, labels }] of Object.entries(parts)) {
        const files = Object.entries({ offsets, indices, labels }).map(([kind, data]) => {
          const path = join(folder, `${name}.${kind}`)
          writeFileSync(path, data)
          return [kind, path]
        })
        await rival.ask('read', { name, width: 2 ** BITS, ...Object.fromEntries(files) })
      }
      const { settings: steps, loss } = await rival.ask('tune')
      theirs = (await rival.ask('answer', { settings: steps, rows: 10_000, bits: 64, threads: 1 })).loss
      say(`scikit-learn ${JSON.stringify(steps)}: log loss ${loss.toFixed(4)}`)
      notices.push(`scikit-learn's steps: ${JSON.stringify(steps)}; kindred's alpha: ${best.alpha}`)
      rivals.push(
        remote({
          name: 'scikit-learn',
          version: rival.versions['scikit-learn'],
          configurations: [...batches.keys()].flatMap((rows) => [32, 64].map((bits) => ({ threads: 1, rows, bits }))),
          ask: rival.ask,
          request: { settings: steps },
          read: ({ loss }) => loss,
        }),
      )
    }
    const ours = {
      ...kindred({
        configurations: [...batches.keys()].map((rows) => ({ threads: 1, rows })),
        run: async ({ rows }) => {
          for (const table of batches.get(rows)) await learner.update(table)
        },
      }),
      answer: async ({ rows }) => (await (await learnt(best.alpha, rows)).evaluate(test)).logLoss,
    }
    const validate = ({ name }, loss) => {
      if (name === 'kindred' && theirs !== undefined && !(loss <= SLACK * theirs))
        throw new Error(`kindred's log loss is ${loss}, scikit-learn's ${theirs}.`)
      return { found: `log loss ${loss.toFixed(4)}` }
    }
    const name = `${sizes.train.toLocaleString('en')} rows of ${FIELDS} entries, 2^${BITS} weights`
    const contests = await compete({
      ...settings,
      name,
      ours,
      rivals,
      validate,
      modes: modes.filter((mode) => mode.name === '1 thread'),
      amount: { count: sizes.train, unit: 'examples' },
      log: say,
    })
    const text = `One pass in batches, the fastest of ${BATCHES.join(', ')} rows for each; log loss of ${sizes.test.toLocaleString('en')} rows that neither learnt from. scikit-learn in 32 and 64 bits.`
    return { versions: rival.versions, tables: [{ text, contests }] }
  } finally {
    if (!rival.missing) rival.end()
    rmSync(folder, { recursive: true })
  }
}
