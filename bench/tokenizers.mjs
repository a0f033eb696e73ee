// The native tokenizers beside the Rust ones (rivals/rust_tokenizers.py), on the sentences of STS-B and the plots of MovieLens-1M
// under KINDRED_REAL. The tokenizers, byte pair encoding and Unigram, are trained on the plots by the rival. Every id is compared.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compete } from './harness/compete.mjs'
import { kindred, remote } from './harness/contestant.mjs'
import { startPython } from './harness/python.mjs'
import { readAs } from './harness/raw-file.mjs'
import { plots, sentences } from './harness/real-texts.mjs'

export const summary = 'tokenizers of the families of GPT-2 and XLM-RoBERTa beside the Rust ones'

const { NativeTokenizer } = createRequire(import.meta.url)('../dist/encode/tokenize/native-tokenizer.js')

/** `texts` over and over, `count` of them. */
const repeated = (count, texts) => Array.from({ length: count }, (_, i) => texts[i % texts.length])

/** One process for each number of threads, which the Rust tokenizers take from their environment. */
async function startRivals(python, threadCounts) {
  const processes = new Map()
  for (const threads of threadCounts) {
    const started = await startPython(python, 'rust_tokenizers.py', {
      RAYON_NUM_THREADS: String(threads),
      TOKENIZERS_PARALLELISM: String(threads > 1),
    })
    if (started.missing) return started
    processes.set(threads, started)
  }
  const all = [...processes.values()]
  return {
    versions: all[0].versions,
    one: all[0],
    ask: (command, request) => processes.get(request.threads).ask(command, request),
    askAll: (command, request) => Promise.all(all.map((one) => one.ask(command, request))),
    end: () => all.forEach((one) => void one.end()),
  }
}

/** The ids are those of the first contestant, every one. */
function idsValidator() {
  let first
  return ({ name }, ids) => {
    first ??= ids
    const at = first.findIndex((id, i) => id !== ids[i])
    if (at >= 0 || ids.length !== first.length)
      throw new Error(`${name}: token ${at} of ${ids.length} is another than the first contestant's.`)
  }
}

function joined(each) {
  const all = new Int32Array(each.reduce((sum, ids) => sum + ids.length, 0))
  let at = 0
  for (const ids of each) {
    all.set(ids, at)
    at += ids.length
  }
  return all
}

export async function run({ small, python, notices, threadCounts, log, ...settings }) {
  const rivals = await startRivals(python, threadCounts)
  if (rivals.missing) {
    notices.push(`the Rust tokenizers, which train those of this benchmark: not here: ${rivals.missing}`)
    return { tables: [{ contests: [] }] }
  }
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'))
  const configurations = threadCounts.map((threads) => ({ threads }))
  const contests = []
  try {
    const path = (name, content) => {
      writeFileSync(join(folder, name), JSON.stringify(content))
      return join(folder, name)
    }
    const all = plots()
    const training = path('training', small ? all.slice(0, 500) : all)
    const share = small ? 0.1 : 1
    const sets = { 'STS-B sentences': [100_000, sentences()], 'ML-1M plots': [12_000, all] }
    for (const kind of ['bpe', 'unigram']) {
      const file = join(folder, `${kind}.json`)
      log(`training ${kind}`)
      await rivals.one.ask('train', { path: file, kind, size: small ? 4000 : 32_000, texts: training })
      const tokenizer = await NativeTokenizer.create(JSON.parse(readFileSync(file, 'utf8')))
      for (const [name, [count, some]] of Object.entries(sets)) {
        const texts = repeated(share * count, some)
        const tokens = joined(await tokenizer.encode(texts)).length
        const title = `${kind === 'bpe' ? 'byte pairs' : 'Unigram'}, ${texts.length} ${name} of ${(tokens / texts.length).toFixed(1)} tokens`
        log(title)
        await rivals.askAll('read', { tokenizer: file, texts: path('texts', texts) })
        const theirs = {
          name: 'tokenizers (Rust)',
          version: rivals.versions.tokenizers,
          configurations,
          ask: rivals.ask,
          request: { out: join(folder, 'found') },
          read: ({ out }) => readAs(Int32Array, out),
        }
        contests.push(
          ...(await compete({
            name: title,
            ours: kindred({ configurations, run: () => tokenizer.encode(texts), read: joined }),
            rivals: [remote(theirs)],
            validate: idsValidator(),
            ...settings,
          })),
        )
      }
    }
  } finally {
    rivals.end()
    rmSync(folder, { recursive: true })
  }
  return { versions: rivals.versions, tables: [{ contests }] }
}
