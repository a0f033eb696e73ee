// TfidfVectorizer beside scikit-learn's (rivals/tfidf.py), on short texts made from a seed: words of a Zipf distribution
// over 50,000, 8 to a text on average, as titles and search queries have them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TfidfVectorizer } from '../dist/index.mjs'
import { compete } from './harness/compete.mjs'
import { kindred, remote } from './harness/contestant.mjs'
import { startPython } from './harness/python.mjs'
import { generator } from './harness/random.mjs'
import { readAs } from './harness/raw-file.mjs'

export const summary = "TF-IDF of 200,000 short texts beside scikit-learn's"

const WORDS = 50_000
const SYLLABLES = ['ka', 'to', 'ri', 'men', 'shoe', 'lo', 'ver', 'una', 'bi', 'st', 'el', 'or', 'qua', 'ny', 'é', 'x']

/** A word for each number: its digits in base 16 as syllables, two at least. */
function wordOf(number) {
  let word = ''
  for (let left = number; word.length < 4 || left > 0; left = Math.floor(left / 16)) word += SYLLABLES[left % 16]
  return word
}

/** Word w is drawn in proportion to 1 / (w + 3). */
function makeTexts(count, next) {
  const words = Array.from({ length: WORDS }, (_, w) => wordOf(w * 7 + 3))
  const cumulative = new Float64Array(WORDS)
  for (let w = 0, sum = 0; w < WORDS; w++) cumulative[w] = sum += 1 / (w + 3)
  const draw = () => {
    const at = next() * cumulative[WORDS - 1]
    let [low, high] = [0, WORDS - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (cumulative[middle] > at) high = middle
      else low = middle + 1
    }
    return words[low]
  }
  return Array.from({ length: count }, () => {
    const text = Array.from({ length: 4 + Math.floor(9 * next()) }, draw).join(' ')
    return `${text[0].toUpperCase()}${text.slice(1)}${next() < 0.3 ? ', 2nd edition!' : ''}`
  })
}

/** The same columns, and the same weights as 32-bit numbers have them. */
function matrixValidator() {
  let first
  return ({ name }, found) => {
    first ??= found
    for (const part of ['offsets', 'indices', 'values']) {
      if (found[part].length !== first[part].length)
        throw new Error(`${name}: ${part} of length ${found[part].length}, not ${first[part].length}.`)
      for (let n = 0; n < first[part].length; n++)
        if (!(Math.abs(found[part][n] - first[part][n]) <= 1e-5 * Math.abs(first[part][n])))
          throw new Error(`${name}: ${part}[${n}] is ${found[part][n]}, not ${first[part][n]}.`)
    }
  }
}

export async function run({ small, python, notices, threadCounts, log, ...settings }) {
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'))
  const started = await startPython(python, 'tfidf.py')
  if (started.missing) notices.push(`scikit-learn: not here: ${started.missing}`)
  const configurations = threadCounts.map((threads) => ({ threads }))
  const rows = []
  try {
    const texts = makeTexts(small ? 20_000 : 200_000, generator(1))
    const path = join(folder, 'texts')
    writeFileSync(path, JSON.stringify(texts))
    if (!started.missing) await started.ask('texts', { path })
    for (const [name, ngramRange] of [
      ['words', [1, 1]],
      ['words and pairs', [1, 2]],
    ]) {
      const vectorizer = new TfidfVectorizer({ ngramRange })
      const { cols } = await vectorizer.fitTransform(texts)
      const title = `${texts.length} texts, ${name}: ${cols} features`
      log(title)
      const theirs = {
        name: 'scikit-learn',
        version: started.versions?.['scikit-learn'],
        configurations: [{ threads: 1 }],
        ask: started.ask,
        request: { out: join(folder, 'found'), range: ngramRange },
        read: ({ out }) => ({
          offsets: readAs(Int32Array, `${out}.offsets`),
          indices: readAs(Int32Array, `${out}.indices`),
          values: readAs(Float32Array, `${out}.values`),
        }),
      }
      rows.push(
        ...(await compete({
          name: title,
          ours: kindred({
            configurations,
            run: () => new TfidfVectorizer({ ngramRange }).fitTransform(texts),
            read: ({ offsets, indices, values }) => ({ offsets, indices, values }),
          }),
          rivals: started.missing ? [] : [remote(theirs)],
          validate: matrixValidator(),
          ...settings,
        })),
      )
    }
  } finally {
    if (!started.missing) void started.end()
    rmSync(folder, { recursive: true })
  }
  return { versions: started.versions, tables: [{ contests: rows }] }
}
