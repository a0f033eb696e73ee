// Item neighbours by cosine from a sparse log, K = 20: kindred's kernel and ItemKNN.fit beside scipy's A.T @ A with the
// best of each row, sklearn's NearestNeighbors and implicit's CosineRecommender.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Interactions, ItemKNN } from '../dist/index.mjs'
import knnKernels from '../dist/models/neighbors/knn-kernels.js'
import { compete } from './harness/compete.mjs'
import { kindred, remote } from './harness/contestant.mjs'
import { cosineListsValidator } from './harness/cosine-lists.mjs'
import { powerLawLog, rowsOf } from './harness/power-law-log.mjs'
import { startPython } from './harness/python.mjs'
import { readAs } from './harness/raw-file.mjs'

export const summary = 'item neighbours from a sparse log beside scipy, sklearn and implicit'

const K = 20
/** As many users as MovieLens-20M has; the pairs within a user are 400 million. */
const LARGE = { users: 138_000, items: 20_000, nonzeros: 4_500_000 }
const SMALL = { users: 20_000, items: 4000, nonzeros: 600_000 }
const SETTINGS = { neighbors: K, similarity: 'cosine', weighting: 'none', shrinkage: 0 }

/** The rivals, and the configurations of theirs that measurement chooses among. */
const RIVALS = {
  scipy: {
    script: 'knn_scipy.py',
    configurations: (threads) =>
      [512, 4096].flatMap((block) => ['rows', 'dense'].map((best) => ({ threads, block, best }))),
  },
  'scikit-learn': { script: 'knn_sklearn.py', configurations: (threads) => [{ threads }] },
  implicit: { script: 'knn_implicit.py', configurations: (threads) => [{ threads }] },
}

/** The neighbour lists of a CSR matrix [items, items], padded to [items, K] and best first. */
function padded({ rows, indptr, indices, values }) {
  const out = { indices: new Int32Array(rows * K).fill(-1), scores: new Float32Array(rows * K) }
  for (let row = 0; row < rows; row++) {
    const places = Array.from({ length: indptr[row + 1] - indptr[row] }, (_, i) => indptr[row] + i)
    places.sort((a, b) => values[b] - values[a])
    for (const [n, place] of places.entries()) {
      out.indices[row * K + n] = indices[place]
      out.scores[row * K + n] = values[place]
    }
  }
  return out
}

/** The same of a fitted model, through similarItems; its rows are those of its log. */
async function listsOf(model) {
  const rows = model.items.size
  const out = { indices: new Int32Array(rows * K).fill(-1), scores: new Float32Array(rows * K) }
  for (let row = 0; row < rows; row++) {
    const similar = await model.similarItems(model.items.idAt(row), { k: K })
    for (const [n, { item, score }] of similar.entries()) {
      if (score === 0) break
      out.indices[row * K + n] = model.items.indexOf(item)
      out.scores[row * K + n] = score
    }
  }
  return out
}

async function startRivals(python, folder, byUser, notices) {
  const [indptr, indices] = [join(folder, 'indptr'), join(folder, 'indices')]
  writeFileSync(indptr, byUser.indptr)
  writeFileSync(indices, byUser.indices)
  const started = []
  for (const [name, { script, configurations }] of Object.entries(RIVALS)) {
    const rival = await startPython(python, script)
    if (rival.missing) notices.push(`${name}: not here: ${rival.missing}`)
    else {
      await rival.ask('log', { indptr, indices, users: byUser.rows, items: byUser.cols })
      started.push({ ...rival, name, configurations })
    }
  }
  return started
}

export async function run({ small, python, notices, threadCounts, log: say, ...settings }) {
  const made = powerLawLog(small ? SMALL : LARGE)
  say(`${made.size} interactions`)
  const log = Interactions.from(rowsOf(made))
  const [byUser, byItem] = [await log.byUser(), await log.byItem()]
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'))
  const started = await startRivals(python, folder, byUser, notices)
  const rivals = started.map(({ name, versions, ask, configurations }) =>
    remote({
      name,
      version: versions[name],
      configurations: threadCounts.flatMap(configurations),
      ask,
      request: { k: K, out: join(folder, 'found') },
      read: ({ out }) => ({
        indices: readAs(Int32Array, `${out}.indices`),
        scores: readAs(Float32Array, `${out}.scores`),
      }),
    }),
  )
  const configurations = threadCounts.map((threads) => ({ threads }))
  const contest = async (name, ours, against) => {
    say(name)
    return compete({
      name,
      ours: kindred({ configurations, ...ours }),
      rivals: against,
      validate: cosineListsValidator({ byItem, byUser, k: K }),
      log: say,
      ...settings,
    })
  }
  try {
    const kernel = { run: () => knnKernels.nearestRows(byItem, log.items, SETTINGS), read: padded }
    const model = { run: () => new ItemKNN({ neighbors: K }).fit(log), read: listsOf }
    const contests = [
      ...(await contest('neighbour lists alone', kernel, rivals.slice(0, 1))),
      ...(await contest('ItemKNN.fit', model, rivals)),
    ]
    const text = `A power-law log (bench/harness/power-law-log.mjs): ${made.users} users, ${log.items.size} items, ${made.size} interactions; cosine, K = ${K}.`
    return {
      versions: Object.assign({}, ...started.map(({ versions }) => versions)),
      tables: [{ text, contests }],
    }
  } finally {
    for (const rival of started) rival.end()
    rmSync(folder, { recursive: true })
  }
}
