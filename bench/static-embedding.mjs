// Texts a second of StaticEmbedder beside Model2Vec's way (static-embedding.py), on the sentences of STS-B and the plots
// of MovieLens 1M, alternately in one run. The vectors are compared before anything is timed.
//
//   node bench/static-embedding.mjs [--data ../shared] [--python python3] [--rounds 5]
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { StaticEmbedder, setThreads, WordPieceTokenizer } from 'kindred'

const DIMS = 256
const { values: args } = parseArgs({
  options: {
    data: { type: 'string', default: fileURLToPath(new URL('../../shared', import.meta.url)) },
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '5' },
  },
})

const tokenizerPath = join(args.data, 'models', 'all-MiniLM-L6-v2', 'tokenizer.json')
const tokenizer = await WordPieceTokenizer.fromTokenizerJson(JSON.parse(readFileSync(tokenizerPath, 'utf8')))
const { vocabulary } = tokenizer

// Random rows: what they hold does not matter to the time.
const embeddings = new Int8Array(vocabulary.length * DIMS)
for (let i = 0, state = 1; i < embeddings.length; i++) {
  state = (Math.imul(state, 1664525) + 1013904223) | 0
  embeddings[i] = state >> 24
}
const scales = Float32Array.from(vocabulary, (_, token) => 0.001 * (1 + (token % 7)))
const embedder = await StaticEmbedder.from({ vocabulary, tokenizer: tokenizer.options, embeddings, scales })

function atLeast(count, texts) {
  const out = []
  while (out.length < count) out.push(...texts)
  return out
}

const sentences = ['train', 'dev', 'test'].flatMap((part) =>
  readFileSync(join(args.data, 'data', 'stsb', `sts-${part}.csv`), 'utf8')
    .split('\n')
    .map((line) => line.split('\t'))
    .filter((fields) => fields.length >= 7)
    .flatMap((fields) => fields.slice(5, 7)),
)
const plots = readFileSync(join(args.data, 'data', 'ml-1m', 'items.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line).plot)
  .filter((plot) => typeof plot === 'string' && plot !== '')

const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'))
const tablePath = join(folder, 'table.f32')
writeFileSync(
  tablePath,
  Float32Array.from(embeddings, (value, i) => value * scales[Math.floor(i / DIMS)]),
)

async function compare(name, texts, threads) {
  setThreads(threads)
  const textsPath = join(folder, 'texts.json')
  writeFileSync(textsPath, JSON.stringify(texts))
  const script = fileURLToPath(new URL('static-embedding.py', import.meta.url))
  const rival = spawn(args.python, [script, tokenizerPath, tablePath, String(DIMS), textsPath], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, RAYON_NUM_THREADS: String(threads), OMP_NUM_THREADS: String(threads) },
  })
  const lines = createInterface({ input: rival.stdout })[Symbol.asyncIterator]()
  const nextLine = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${args.python} ended early; it needs tokenizers and numpy`)
    return value
  }
  const theirs = JSON.parse(await nextLine())
  const { vectors, tokens } = await embedder.embed(texts)
  for (const [i, row] of theirs.entries()) {
    const cosine = row.reduce((sum, x, d) => sum + x * vectors.row(i)[d], 0)
    if (tokens[i] > 0 && !(cosine > 0.99999)) throw new Error(`${name} ${i}: the vectors differ, cosine ${cosine}`)
  }
  let ours = Infinity
  let rivals = Infinity
  for (let round = 0; round < Number(args.rounds); round++) {
    const start = performance.now()
    await embedder.embed(texts)
    ours = Math.min(ours, (performance.now() - start) / 1000)
    rival.stdin.write('go\n')
    rivals = Math.min(rivals, Number(await nextLine()))
  }
  rival.stdin.end()
  const all = tokens.reduce((sum, count) => sum + count, 0)
  const rate = (seconds) =>
    `${Math.round(texts.length / seconds)} texts/s, ${(all / seconds / 1e6).toFixed(2)} M tokens/s`
  console.log(
    `${name}, ${(all / texts.length).toFixed(1)} tokens each, ${threads} thread(s): kindred ${rate(ours)}; Model2Vec's way ${rate(rivals)}; ratio ${(rivals / ours).toFixed(1)}`,
  )
}

try {
  for (const threads of [1, 2]) {
    await compare('STS-B sentences', atLeast(50_000, sentences), threads)
    await compare('ML-1M plots', atLeast(7_000, plots), threads)
  }
} finally {
  rmSync(folder, { recursive: true })
}
