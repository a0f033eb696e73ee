// TextEmbedder's own engine beside onnxruntime and PyTorch: MiniLM on plots of films and on short sentences, and one short query.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backendInfo, TextEmbedder } from '../dist/index.mjs'
import { compete } from './harness/compete.mjs'
import { kindred, remote } from './harness/contestant.mjs'
import { onnxRival } from './harness/onnx-rival.mjs'
import { startPython } from './harness/python.mjs'
import { real } from './harness/real.mjs'
import { realWeights } from './harness/real-weights.mjs'

export const summary = "transformers on kindred's kernels beside onnxruntime and PyTorch"

const MODEL = join(real, 'models/all-MiniLM-L6-v2')
const DIMS = 384
/** Weights of the products of MiniLM's six layers. */
const PRODUCTS = 6 * (4 * DIMS ** 2 + 2 * DIMS * 1536)
/** Padded tokens of a batch of the rivals, each of which is tried. */
const BUDGETS = [512, 1024, 4096]
/** The least cosine with our vectors in f32. */
const LEAST = { f32: 0.9999, bf16: 0.999, int8: 0.9 }

function textSets(small) {
  const lines = (path) => readFileSync(join(real, path), 'utf8').trim().split('\n')
  const plots = lines('data/ml-1m/items.jsonl').map((line) => JSON.parse(line).plot)
  const sentences = lines('data/sst2/train.tsv').slice(1)
  return {
    plots: plots.filter((plot) => plot?.length > 0).slice(0, small ? 200 : 1000),
    sentences: sentences.slice(0, small ? 1000 : 5000).map((row) => row.split('\t')[0]),
    query: ['a film about a robot that learns to love'],
  }
}

/** The vectors of the first texts point where ours in f32 do. */
function validator(expected, precision) {
  return ({ name }, vectors) => {
    let worst = 1
    for (const [n, own] of expected.entries()) {
      let [product, mine, theirs] = [0, 0, 0]
      for (let d = 0; d < DIMS; d++) {
        product += own[d] * vectors[n][d]
        mine += own[d] ** 2
        theirs += vectors[n][d] ** 2
      }
      worst = Math.min(worst, product / Math.sqrt(mine * theirs))
    }
    if (!(worst >= LEAST[precision] || (name.includes('int8') && worst >= LEAST.int8)))
      throw new Error(`${name}: cosine ${worst} with the vectors in f32`)
    return { found: `cosine ${worst.toFixed(5)} at least` }
  }
}

export async function run({ small, python, notices, threadCounts, log: say, ...settings }) {
  for (const path of [MODEL, join(real, 'data/sst2'), join(real, 'data/ml-1m')])
    if (!existsSync(path)) return { missing: path }
  const dir = mkdtempSync(join(tmpdir(), 'kindred-bench-'))
  const folder = join(dir, 'model')
  if (!realWeights(MODEL, folder, python))
    return { missing: 'the weights: Python has not what make-safetensors.py needs' }
  const started = await startPython(python, 'encoders.py')
  if (started.missing) notices.push(`PyTorch: not here: ${started.missing}`)
  try {
    const { bf16, int8 } = backendInfo().isa
    const precisions = ['f32', ...(bf16 ? ['bf16'] : []), ...(int8 ? ['int8'] : [])]
    const embedders = new Map()
    for (const precision of precisions) embedders.set(precision, await TextEmbedder.load(folder, { precision }))
    const exact = embedders.get('f32')
    const sets = textSets(small)
    const tokens = {}
    for (const [name, texts] of Object.entries(sets))
      tokens[name] = (await exact.tokenize(texts)).map((ids) => [...ids])
    const file = join(dir, 'sets.json')
    writeFileSync(file, JSON.stringify(tokens))
    if (!started.missing) await started.ask('read', { folder, sets: file })
    const contests = []
    for (const [set, texts] of Object.entries(sets)) {
      const count = Math.min(texts.length, 200)
      const vectorsOf = async (embedder) => {
        const { vectors } = await embedder.embed(texts.slice(0, count), { normalize: false })
        return Array.from({ length: count }, (_, n) => vectors.row(n))
      }
      const expected = await vectorsOf(exact)
      const amount = tokens[set].reduce((sum, ids) => sum + ids.length, 0)
      const onnx = (name, path) =>
        onnxRival({ name, model: join(MODEL, 'onnx', path), texts: tokens[set], threadCounts, budgets: BUDGETS })
      const pytorch = (bf16) =>
        remote({
          name: bf16 ? 'PyTorch, bf16' : 'PyTorch',
          version: started.versions.PyTorch,
          configurations: threadCounts.flatMap((threads) => BUDGETS.map((budget) => ({ threads, budget }))),
          ask: started.ask,
          request: { set, count, bf16 },
          read: ({ vectors }) => vectors,
        })
      for (const precision of precisions) {
        const rivals =
          precision === 'int8'
            ? [await onnx('onnxruntime, int8', 'model_quantized.onnx')]
            : [await onnx('onnxruntime', 'model.onnx'), ...(started.missing ? [] : [pytorch(precision === 'bf16')])]
        say(`${set}, ${precision}: ${texts.length} texts, ${amount} tokens`)
        const embedder = embedders.get(precision)
        const ours = kindred({
          configurations: threadCounts.map((threads) => ({ threads })),
          run: () => embedder.embed(texts),
        })
        contests.push(
          ...(await compete({
            name: `${set}, ${precision}`,
            ours: { ...ours, answer: () => vectorsOf(embedder) },
            rivals,
            validate: validator(expected, precision),
            ...(precision === 'f32' && { work: { operations: 2 * PRODUCTS * amount, bytes: 0 } }),
            amount: { count: amount, unit: 'tokens' },
            log: say,
            ...settings,
          })),
        )
      }
    }
    for (const embedder of embedders.values()) embedder.dispose()
    return {
      versions: started.versions,
      tables: [
        {
          text: "MiniLM (6 layers, 384 dimensions). kindred's time has its tokenizing, pooling and normalising in it; the rivals begin with token ids, sorted and made into tensors before, and onnxruntime's pooling is not timed. The operations of a call are those of the products.",
          contests,
        },
      ],
    }
  } finally {
    if (!started.missing) started.end()
    rmSync(dir, { recursive: true })
  }
}
