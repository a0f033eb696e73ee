// Networks of clicks on Frappe beside the same in PyTorch, by the same recipe on the same files: AUC and log loss of the best epoch,
// seconds of an epoch with its validation, one fit after the other for each seed; and how long 1,000 candidates take on one
// thread. --rounds N: seeds. --only NAME: one of the models. --small: few epochs.
import { join } from 'node:path'
import { DCNv2, DeepFM, setThreads, Table } from '../dist/index.mjs'
import { startPython } from './harness/python.mjs'
import { real } from './harness/real.mjs'
import { median, spread } from './harness/statistics.mjs'

export const summary = 'click models beside PyTorch: Frappe, AUC and seconds an epoch'

const FILES = { train: join(real, 'data/frappe/train.resampled.libsvm'), valid: join(real, 'data/frappe/valid.libsvm') }
const MODELS = { DCNv2, DeepFM }
const SEEDS = 3
const CANDIDATES = 1000
const CALLS = 50

/** What the rival needs of our options. */
function sizesOf({ options }) {
  const { dims, hidden, dropout, crossLayers } = options
  return { dims, hidden, dropout, ...(crossLayers && { crossLayers }) }
}

const best = (history) => history.reduce((a, b) => (b.auc > a.auc ? b : a))

async function ourFit(Class, seed, epochs, { train, valid }) {
  const model = new Class({ seed, epochs })
  await model.fit(train, { label: 'label', validation: valid })
  const history = model.history.map(({ validation, seconds }) => ({
    auc: validation.auc,
    logLoss: validation.logLoss,
    seconds,
  }))
  return { model, history }
}

/** Milliseconds of one call that scores candidates, the median of many. */
async function candidateTime(model, rows) {
  const times = []
  for (let call = 0; call < CALLS; call++) {
    const begin = performance.now()
    await model.predict(rows)
    times.push(performance.now() - begin)
  }
  return median(times)
}

export async function run({ small, python, notices, only = '', rounds = SEEDS, threadCounts, log: say }) {
  const threads = Math.max(...threadCounts)
  const tables = { train: await Table.read(FILES.train), valid: await Table.read(FILES.valid) }
  const rival = await startPython(python, 'ctr.py')
  if (rival.missing) notices.push(`PyTorch: not here: ${rival.missing}`)
  else await rival.ask('read', FILES)
  const epochs = small ? 2 : 50
  const rows = []
  const data = []
  try {
    for (const [name, Class] of Object.entries(MODELS)) {
      if (!name.includes(only)) continue
      const fits = { kindred: [], torch: [] }
      let candidates
      for (let seed = 0; seed < rounds; seed++) {
        setThreads(threads)
        const { model, history } = await ourFit(Class, seed, epochs, tables)
        fits.kindred.push(history)
        say(`${name}, seed ${seed}: AUC ${best(history).auc.toFixed(4)}`)
        if (seed === 0) {
          setThreads(1)
          candidates = await candidateTime(model, tables.valid.slice(0, CANDIDATES))
        }
        if (rival.missing) continue
        const { embeddingRate, l2 } = model.options
        const settings = { epochs, patience: 2, batch: 4096, rate: 1e-3, embeddingRate, l2, seed, threads }
        fits.torch.push((await rival.ask('fit', { model: name, sizes: sizesOf(model), ...settings })).history)
        say(`  PyTorch: AUC ${best(fits.torch.at(-1)).auc.toFixed(4)}`)
      }
      const seconds = (histories) => median(histories.flat().map((epoch) => epoch.seconds))
      for (const [contestant, histories] of Object.entries(fits)) {
        if (histories.length === 0) continue
        const own = histories.map(best)
        const ratio = contestant === 'torch' ? `${(seconds(histories) / seconds(fits.kindred)).toFixed(2)}x` : ''
        rows.push([
          name,
          contestant === 'torch' ? 'PyTorch' : contestant,
          spread(own.map(({ auc }) => auc)).median.toFixed(4),
          spread(own.map(({ logLoss }) => logLoss)).median.toFixed(4),
          seconds(histories).toFixed(2),
          ratio,
          contestant === 'torch' ? '' : candidates.toFixed(2),
        ])
        data.push({ model: name, contestant, histories })
      }
    }
  } finally {
    setThreads(threads)
    if (!rival.missing) await rival.end()
  }
  const columns = ['model', '', 'AUC', 'log loss', 's an epoch', 'takes', `${CANDIDATES} rows, 1 thread, ms`]
  return { data, versions: rival.versions, tables: [{ columns, rows }] }
}
