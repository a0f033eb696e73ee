// Makes the encoder that ships, in assets/encoder: the training sentences of STS-B (never its development or test part)
// and the descriptions of assets/classics, distilled from all-MiniLM-L6-v2. Run: npm run build && node
// scripts/make-encoder.mjs [--stsb-only | --classics-only] [--classics FILE] [--out FOLDER] (weights and STS-B under $KINDRED_REAL, default
// ../shared; four minutes on two busy cores).
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const real = process.env.KINDRED_REAL ?? join(root, '..', 'shared')
const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'assets/encoder') },
    'stsb-only': { type: 'boolean', default: false },
    'classics-only': { type: 'boolean', default: false },
    classics: { type: 'string', default: join(root, 'assets/classics/books.jsonl') },
  },
})

/** Lines of the two sentence columns; quotes are literal. */
function stsbSentences() {
  const rows = readFileSync(join(real, 'data/stsb/sts-train.csv'), 'utf8').split('\n').filter(Boolean)
  return rows.flatMap((row) => row.split('\t').slice(5, 7))
}

/** Each description whole, with its title, and sentence by sentence. */
function classicsTexts() {
  const books = readFileSync(values.classics, 'utf8').split('\n').filter(Boolean)
  return books
    .map((book) => JSON.parse(book))
    .flatMap(({ title, description }) => [`${title}. ${description}`, ...description.split(/(?<=[.!?])\s+/)])
}

const folder = mkdtempSync(join(tmpdir(), 'kindred-encoder-'))
try {
  const corpora = []
  const add = (name, texts) => {
    corpora.push(join(folder, name))
    writeFileSync(corpora.at(-1), `${texts.join('\n')}\n`)
  }
  if (!values['classics-only']) add('stsb-train.txt', stsbSentences())
  if (!values['stsb-only']) add('classics.txt', classicsTexts())
  mkdirSync(values.out, { recursive: true })
  const encoder = ['--encoder', join(real, 'models/all-MiniLM-L6-v2')]
  const settings = ['--dims', '256', '--epochs', '8', '--augment', '4', '--seed', '1']
  const cli = [join(root, 'dist/cli/main.js'), 'distill', ...encoder, '--corpus', ...corpora, ...settings]
  execFileSync(process.execPath, [...cli, '--out', values.out], { stdio: 'inherit' })
} finally {
  rmSync(folder, { recursive: true })
}
