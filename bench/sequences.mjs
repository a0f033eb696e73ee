// Models of sequences on MovieLens-1M as SASRec's authors left it: seconds of an epoch beside PyTorch, the time of a list of an
// ongoing session, and HR@10 and NDCG@10 of the last item of each user, ranked among all that the user has not had.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { evaluate, GRU4Rec, SASRec, setThreads } from '../dist/index.mjs'
import { leaveLastOut } from './harness/leave-last-out.mjs'
import { startPython } from './harness/python.mjs'
import { real } from './harness/real.mjs'
import { median, spread } from './harness/statistics.mjs'

export const summary =
  'models of sequences: an epoch beside PyTorch, lists of sessions, HR@10 and NDCG@10 of MovieLens-1M'

const PATH = join(real, 'data/ml-1m-sasrec/ml-1m.txt')
/** Steps of the short contests. */
const STEPS = 60

/** Milliseconds, and tokens, of the first steps of an epoch: a training that is aborted after them. */
async function stepsOf(model, log, steps) {
  const controller = new AbortController()
  let [started, ended, done] = [0, 0, 0]
  const fit = model.fit(log, {
    signal: controller.signal,
    onProgress: (progress) => {
      if (progress.done === 1) started = performance.now()
      if (progress.done <= steps + 1) [ended, done] = [performance.now(), progress.done - 1]
      if (progress.done === steps + 1) controller.abort()
    },
  })
  await fit.catch((error) => {
    if (error.code !== 'ERR_ABORTED') throw error
  })
  return { ms: ended - started, steps: done }
}

const asText = ({ median: middle, low, high }, digits = 2) =>
  `${middle.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`

/** Rounds in turns: kindred, PyTorch. */
async function contest(rounds, ours, theirs) {
  const [own, other] = [[], []]
  for (let round = 0; round <= rounds; round++) {
    const found = await ours()
    const rival = theirs && (await theirs())
    if (round === 0) continue // the first warms up
    own.push(found)
    if (rival !== undefined) other.push(rival)
  }
  return { own, other, ratios: own.map((rate, n) => rate / other[n]) }
}

async function speed({ small, python, notices, threadCounts, rounds = 5, log: say }, parts) {
  const rows = []
  const started = await startPython(python, 'sequences.py')
  if (started.missing) notices.push(`PyTorch: not here: ${started.missing}`)
  else await started.ask('read', { path: PATH })
  const tokens = parts.train.size - parts.train.users.size
  const add = (name, threads, unit, { own, other, ratios }) =>
    rows.push([
      name,
      threads,
      `${Math.round(median(own))} ${unit}`,
      other.length ? `${Math.round(median(other))} ${unit}` : '',
      other.length ? asText(spread(ratios)) : '',
    ])
  try {
    for (const threads of threadCounts) {
      setThreads(threads)
      say(`SASRec, ${threads} threads`)
      const { dims, layers, heads, maxLength, dropout, batchSize } = new SASRec().options
      const steps = small ? 10 : STEPS
      const windows = windowsOf(parts.train, maxLength)
      const perStep = tokens / Math.ceil(windows / batchSize)
      const request = { dims, layers, heads, length: maxLength, dropout, batch: batchSize, threads, steps }
      const rival = async () => {
        const found = await started.ask('sasrec', { ...request, padding: 'longest' })
        return (1e3 * found.tokens) / found.ms
      }
      const ours = async () => {
        const found = await stepsOf(new SASRec({ epochs: 1, seed: 1 }), parts.train, steps)
        return (1e3 * found.steps * perStep) / found.ms
      }
      add('SASRec, softmax over all items', threads, 'tokens/s', await contest(rounds, ours, !started.missing && rival))
      say(`GRU4Rec, ${threads} threads`)
      const batch = 32
      const events = async () => {
        const found = await started.ask('gru4rec', { dims: 128, batch, negatives: 2048, threads, steps: 4 * steps })
        return (1e3 * found.events) / found.ms
      }
      const own = async () => {
        const found = await stepsOf(new GRU4Rec({ epochs: 1, batchSize: batch, seed: 1 }), parts.train, steps)
        return (1e3 * found.steps * perStep) / found.ms
      }
      add('GRU4Rec, 2,048 drawn items', threads, 'events/s', await contest(rounds, own, !started.missing && events))
    }
  } finally {
    if (!started.missing) started.end()
  }
  return {
    versions: started.versions,
    table: {
      text: `The first steps of an epoch, all threads or one, in turns with PyTorch, which pads each batch to its longest sequence and computes logits of true places alone; kindred pads nothing. Medians of ${rounds} rounds.`,
      columns: ['', 'threads', 'kindred', 'PyTorch', 'ratio'],
      rows,
    },
  }
}

/** Windows that long histories are trained in. */
function windowsOf(log, maxLength) {
  const counts = new Map()
  for (const { user } of log) counts.set(user, (counts.get(user) ?? 0) + 1)
  return [...counts.values()].reduce((sum, count) => sum + Math.ceil((count - 1) / maxLength), 0)
}

/** Milliseconds of a list of an ongoing session. */
async function sessions(model, log, calls) {
  const rows = []
  for (const length of [5, 50, 200]) {
    const history = [...log.items].slice(0, length).map((item) => ({ item }))
    const times = []
    for (let n = 0; n < calls; n++) {
      const started = performance.now()
      await model.recommendFor(history, { k: 10 })
      times.push(performance.now() - started)
    }
    times.sort((a, b) => a - b)
    rows.push([
      model.constructor.name,
      length,
      times[calls >> 1].toFixed(2),
      times[Math.floor(0.95 * calls)].toFixed(2),
    ])
  }
  return rows
}

export async function run(settings) {
  if (!existsSync(PATH)) return { missing: PATH }
  const { small, log: say } = settings
  const parts = leaveLastOut(PATH)
  const { versions, table } = await speed(settings, parts)
  const quality = []
  const lists = []
  const sampled = (log) => {
    const users = new Set([...log.users].filter((_, n) => n % 10 === 0))
    return log.filter(({ user }) => users.has(user))
  }
  const of = small ? Object.fromEntries(Object.entries(parts).map(([name, log]) => [name, sampled(log)])) : parts
  for (const Model of [SASRec, GRU4Rec]) {
    say(`${Model.name}: fit`)
    const model = new Model(small ? { epochs: 2, seed: 1 } : { seed: 1 })
    const started = performance.now()
    await model.fit(of.train, { validation: of.validation, onProgress: progressOf(say) })
    const seconds = (performance.now() - started) / 1e3
    const validated = Math.max(...model.history.map(({ score }) => score))
    await model.update(of.validation)
    const found = await evaluate(model, of.test, { k: 10 })
    const { 'recall@10': hits, 'ndcg@10': ndcg } = found
    quality.push([
      Model.name,
      model.history.length,
      (seconds / model.history.length).toFixed(1),
      validated.toFixed(4),
      `${hits.value.toFixed(4)} (${hits.low.toFixed(4)} to ${hits.high.toFixed(4)})`,
      `${ndcg.value.toFixed(4)} (${ndcg.low.toFixed(4)} to ${ndcg.high.toFixed(4)})`,
    ])
    lists.push(...(await sessions(model, of.train, small ? 50 : 500)))
  }
  return {
    versions,
    tables: [
      table,
      {
        text: 'Defaults, one seed. The last item of each user is tested, the one before validates, and both are ranked among all items that the user has not had; intervals by bootstrap over users. Seconds of an epoch with its validation.',
        columns: ['', 'epochs', 's/epoch', 'NDCG@10, validation', 'HR@10', 'NDCG@10'],
        rows: quality,
      },
      {
        text: 'recommendFor(history, { k: 10 }): milliseconds of a call, one after the other.',
        columns: ['', 'items of the history', 'median', '95 %'],
        rows: lists,
      },
    ],
  }
}

/** Tells of every twentieth of a training. */
function progressOf(say) {
  let told = 0
  return ({ done, total, loss }) => {
    if (Math.floor((20 * done) / total) === told) return
    told = Math.floor((20 * done) / total)
    say(`  ${Math.round((100 * done) / total)} %, loss ${loss.toFixed(3)}`)
  }
}
