// StaticEmbedder beside Model2Vec's way (rivals/static_embedding.py), on the sentences of STS-B and the plots of
// MovieLens-1M under KINDRED_REAL, with a table of random rows: what they hold does not matter to the time.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StaticEmbedder, WordPieceTokenizer } from '../dist/index.mjs'
import { compete } from './harness/compete.mjs'
import { kindred, remote } from './harness/contestant.mjs'
import { startPython } from './harness/python.mjs'
import { generator } from './harness/random.mjs'
import { readAs } from './harness/raw-file.mjs'
import { real } from './harness/real.mjs'
import { plots, sentences } from './harness/real-texts.mjs'

export const summary = "static sentence vectors beside Model2Vec's way"

const DIMS = 256
const tokenizerPath = join(real, 'models/all-MiniLM-L6-v2/tokenizer.json')

/** `texts` over and over, `count` of them. */
const repeated = (count, texts) => Array.from({ length: count }, (_, i) => texts[i % texts.length])

/** The encoder, and its table as float32 for others. */
async function makeEncoder() {
  const tokenizer = await WordPieceTokenizer.fromTokenizerJson(JSON.parse(readFileSync(tokenizerPath, 'utf8')))
  const { vocabulary } = tokenizer
  const next = generator(1)
  const embeddings = Int8Array.from({ length: vocabulary.length * DIMS }, () => Math.floor(256 * next()) - 128)
  const scales = Float32Array.from(vocabulary, (_, token) => 0.001 * (1 + (token % 7)))
  const embedder = await StaticEmbedder.from({ vocabulary, tokenizer: tokenizer.options, embeddings, scales })
  return { embedder, table: Float32Array.from(embeddings, (value, i) => value * scales[Math.floor(i / DIMS)]) }
}

/** One process for each number of threads, which the Rust tokenizer takes from its environment. */
async function startRivals(python, threadCounts, folder, table) {
  const tablePath = join(folder, 'table')
  writeFileSync(tablePath, table)
  const processes = new Map()
  for (const threads of threadCounts) {
    const env = { RAYON_NUM_THREADS: String(threads), OMP_NUM_THREADS: String(threads) }
    const started = await startPython(python, 'static_embedding.py', env)
    if (started.missing) return started
    await started.ask('encoder', { tokenizer: tokenizerPath, table: tablePath, dims: DIMS })
    processes.set(threads, started)
  }
  const all = [...processes.values()]
  return {
    versions: all[0].versions,
    ask: (command, request) => processes.get(request.threads).ask(command, request),
    askAll: (command, request) => Promise.all(all.map((one) => one.ask(command, request))),
    end: () => all.forEach((one) => void one.end()),
  }
}

/** The first texts' vectors point where the first contestant's do. */
function vectorsValidator() {
  let first
  return ({ name }, { vectors, count }) => {
    first ??= vectors
    for (let i = 0; i < count; i++) {
      let [cosine, mine, theirs] = [0, 0, 0]
      for (let d = i * DIMS; d < (i + 1) * DIMS; d++) {
        cosine += vectors[d] * first[d]
        mine += first[d] ** 2
        theirs += vectors[d] ** 2
      }
      if (mine > 0 && !(cosine / Math.sqrt(mine * theirs) > 0.99999))
        throw new Error(`${name}: vector ${i} has cosine ${cosine} with the first contestant's.`)
    }
  }
}

export async function run({ small, python, notices, threadCounts, log, ...settings }) {
  const { embedder, table } = await makeEncoder()
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'))
  const rivals = await startRivals(python, threadCounts, folder, table)
  if (rivals.missing) notices.push(`Model2Vec's way: not here: ${rivals.missing}`)
  const configurations = threadCounts.map((threads) => ({ threads }))
  const rows = []
  try {
    const share = small ? 0.1 : 1
    const sets = { 'STS-B sentences': [50_000, sentences()], 'ML-1M plots': [7000, plots()] }
    for (const [name, [count, some]] of Object.entries(sets)) {
      const texts = repeated(share * count, some)
      const { tokens } = await embedder.embed(texts)
      const mean = tokens.reduce((sum, one) => sum + one, 0) / texts.length
      const title = `${texts.length} ${name} of ${mean.toFixed(1)} tokens`
      log(title)
      const path = join(folder, 'texts')
      writeFileSync(path, JSON.stringify(texts))
      if (!rivals.missing) await rivals.askAll('texts', { path })
      const theirs = {
        name: "Model2Vec's way",
        version: rivals.versions?.tokenizers,
        configurations,
        ask: rivals.ask,
        request: { out: join(folder, 'found') },
        read: ({ out }) => ({ vectors: readAs(Float32Array, out), count: 100 }),
      }
      rows.push(
        ...(await compete({
          name: title,
          ours: kindred({
            configurations,
            run: () => embedder.embed(texts),
            read: ({ vectors }) => ({ vectors: vectors.data, count: 100 }),
          }),
          rivals: rivals.missing ? [] : [remote(theirs)],
          validate: vectorsValidator(),
          ...settings,
        })),
      )
    }
  } finally {
    if (!rivals.missing) rivals.end()
    rmSync(folder, { recursive: true })
  }
  return { versions: rivals.versions, tables: [{ contests: rows }] }
}
