import { ChunkedArray } from '../../data/chunked-array.js'
import { runYielding } from '../../data/resumable.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError, show } from '../../native/errors.js'
import { checkWord, type SplitWords, wordsOf } from './split-words.js'

/** A sentence: a text, or its words. */
export type Sentence = string | readonly string[]

/** Sentences: any iterable, also an async one. */
export type Sentences = Iterable<Sentence> | AsyncIterable<Sentence>

/** What was found in the sentences that vectors were trained on. */
export interface CorpusReport {
  /** Sentences read. */
  sentences: number
  /** Sentences without any word. */
  empty: number
  /** Words of all sentences, repetitions counted. */
  tokens: number
  /** Of these, the ones of words that came less than `minCount` times, which were left out. */
  rareTokens: number
  /** Different words that came less than `minCount` times. */
  rareWords: number
}

/** A text as numbers: words by falling frequency, of equal frequency by their UTF-16 code units. */
export interface Corpus {
  /** [words] */
  words: string[]
  /** [words] how often each comes */
  counts: Float64Array
  /** Rows of `words`, -1 after each sentence. */
  tokens: Int32Array
  report: CorpusReport
}

const WORDS_AT_ONCE = 1 << 12
const TOKENS_AT_ONCE = 1 << 16

/** @throws ERR_VALUE for what are no sentences */
export function checkSentences(sentences: unknown): Sentences {
  const given = sentences as Sentences | null | undefined
  if (typeof given === 'object' && given !== null && (Symbol.iterator in given || Symbol.asyncIterator in given))
    return given
  throw new KindredError(
    'ERR_VALUE',
    `sentences: expected an iterable, also an async one, of texts or lists of words but received ${show(sentences)}.`,
  )
}

/** @throws ERR_VALUE for what is neither a text nor a list of words */
function wordsOfSentence(sentence: unknown, position: number, split: SplitWords): readonly string[] {
  if (typeof sentence === 'string') return wordsOf(split, sentence)
  if (!Array.isArray(sentence))
    throw new KindredError(
      'ERR_VALUE',
      `sentences[${position}]: expected a text or a list of words but received ${show(sentence)}.`,
    )
  for (const word of sentence) checkWord(`sentences[${position}]`, word)
  return sentence
}

/** The order of the words that come often enough. */
function byFrequency(words: readonly string[], counts: readonly number[], minCount: number): number[] {
  const kept = words.flatMap((_, id) => (counts[id]! >= minCount ? [id] : []))
  return kept.sort((a, b) => counts[b]! - counts[a]! || (words[a]! < words[b]! ? -1 : 1))
}

/**
 * Reads sentences once.
 * @throws ERR_VALUE for a sentence that is none, ERR_DATA where no word comes `minCount` times, ERR_ABORTED
 */
export async function readCorpus(
  sentences: Sentences,
  split: SplitWords,
  minCount: number,
  signal: AbortSignal | undefined,
): Promise<Corpus> {
  const yielder = new LoopYielder(signal)
  const ids = new Map<string, number>()
  const found: string[] = []
  const counts: number[] = []
  const collected = new ChunkedArray(Int32Array)
  const report: CorpusReport = { sentences: 0, empty: 0, tokens: 0, rareTokens: 0, rareWords: 0 }
  const add = (sentence: unknown) => {
    const words = wordsOfSentence(sentence, report.sentences++, split)
    if (words.length === 0) {
      report.empty++
      return
    }
    report.tokens += words.length
    for (const word of words) {
      let id = ids.get(word)
      if (id === undefined) {
        id = found.length
        ids.set(word, id)
        found.push(word)
        counts.push(0)
      }
      counts[id]!++
      collected.push(id)
    }
    collected.push(-1)
  }
  if (Symbol.asyncIterator in sentences)
    for await (const sentence of sentences) {
      add(sentence)
      if (yielder.due) await yielder.yieldToLoop()
    }
  else
    for (const sentence of sentences) {
      add(sentence)
      if (yielder.due) await yielder.yieldToLoop()
    }
  const order = byFrequency(found, counts, minCount)
  if (order.length === 0)
    throw new KindredError(
      'ERR_DATA',
      `sentences: no word comes at least minCount = ${minCount} times, of ${report.tokens} words in ${report.sentences} sentences. Lower minCount, or give more text.`,
    )
  const places = new Int32Array(found.length).fill(-2)
  await yielder.over(order.length, WORDS_AT_ONCE, (begin, end) => {
    for (let place = begin; place < end; place++) places[order[place]!] = place
  })
  report.rareWords = found.length - order.length
  const tokens = await runYielding(collected.finish(), signal)
  let kept = 0
  await yielder.over(tokens.length, TOKENS_AT_ONCE, (begin, end) => {
    for (let i = begin; i < end; i++) {
      const place = tokens[i]! < 0 ? -1 : places[tokens[i]!]!
      if (place >= -1) tokens[kept++] = place
      else report.rareTokens++
    }
  })
  return {
    words: order.map((id) => found[id]!),
    counts: Float64Array.from(order, (id) => counts[id]!),
    tokens: tokens.subarray(0, kept),
    report,
  }
}
