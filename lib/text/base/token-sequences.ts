import { join } from 'node:path'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { isThere, readObject, refuse } from '../../encode/folder-json.js'
import type { HuggingFaceTokenizer } from '../../encode/tokenize/hugging-face-tokenizer.js'
import { loadTokenizer as readTokenizer } from '../../encode/tokenize/load-tokenizer.js'
import type { PairLayout } from '../../encode/tokenize/pair-layout.js'
import { warnOfTokenizer } from '../../encode/tokenize/tokenizer-warning.js'
import { KindredError } from '../../native/errors.js'

/** Sequences of tokens laid end to end, as the inputs of a BERT graph, and their sizes. */
export interface TokenBatch {
  inputs: { ids: Int32Array; positions: Int32Array; types: Int32Array; offsets: Int32Array }
  sizes: Readonly<Record<string, number>>
}

/** The tokens of a sentence, and where each of its words begins among them: -1 for one without tokens or cut off. */
export interface WordSequence {
  ids: Int32Array
  starts: Int32Array
}

/** The tokens of two texts, and the type of each. */
export interface PairSequence {
  ids: Int32Array
  types: Int32Array
}

/** Sequences laid out between two looks at the clock. */
const AT_ONCE = 256

/** Warns of one that may make other ids than the reference. @throws ERR_ENCODER if the folder has none that can be used, ERR_RESOURCES */
export async function loadTokenizer(folder: string): Promise<HuggingFaceTokenizer> {
  const tokenizer = join(folder, 'tokenizer.json')
  if (!(await isThere(tokenizer))) refuse(folder, 'expected a Hugging Face folder, but there is no tokenizer.json')
  const tokenizerConfig = (await readObject(join(folder, 'tokenizer_config.json'))) ?? {}
  const made = await readTokenizer({ tokenizer, tokenizerConfig, lowercase: false })
  warnOfTokenizer(tokenizer, made.differences)
  return made
}

/** The tokens of each text between the special ones, cut to `maxTokens` with them. */
export async function tokenSequences(
  tokenizer: HuggingFaceTokenizer,
  texts: readonly string[],
  maxTokens: number,
  signal?: AbortSignal,
): Promise<Int32Array[]> {
  const { prefix, suffix } = tokenizer
  const capacity = maxTokens - tokenizer.specials
  const tokens = await tokenizer.encode(texts, { signal })
  return paced(texts.length, (n) => Int32Array.from([...prefix, ...tokens[n]!.slice(0, capacity), ...suffix]), signal)
}

/** [make(0), make(1), ...], the event loop running in between. */
async function paced<T>(count: number, make: (n: number) => T, signal: AbortSignal | undefined): Promise<T[]> {
  const out: T[] = []
  await new LoopYielder(signal).over(count, AT_ONCE, (begin, end) => {
    for (let n = begin; n < end; n++) out.push(make(n))
  })
  return out
}

/** The tokens of sentences given as words, each word by itself. */
export async function wordSequences(
  tokenizer: HuggingFaceTokenizer,
  sentences: readonly (readonly string[])[],
  maxTokens: number,
  signal?: AbortSignal,
): Promise<WordSequence[]> {
  const { prefix, suffix } = tokenizer
  const capacity = maxTokens - suffix.length
  const { wordBegin } = tokenizer
  const tokens = await tokenizer.encode(
    sentences.flatMap((words) => words.map((word) => wordBegin + word)),
    { signal },
  )
  let next = 0
  const sequenceOf = (words: readonly string[]): WordSequence => {
    const ids = [...prefix]
    let isCut = false
    const starts = Int32Array.from(words, () => {
      const own = tokens[next++]!
      isCut ||= ids.length >= capacity
      if (isCut || own.length === 0) return -1
      const start = ids.length
      for (const id of own) if (ids.length < capacity) ids.push(id)
      return start
    })
    return { ids: Int32Array.from([...ids, ...suffix]), starts }
  }
  return paced(sentences.length, (n) => sequenceOf(sentences[n]!), signal)
}

/** Special tokens around and between two texts. */
export function pairSpecials(tokenizer: HuggingFaceTokenizer): number {
  const { before, between, after } = layoutOf(tokenizer)
  return before.ids.length + between.ids.length + after.ids.length
}

/** @throws ERR_ENCODER */
function layoutOf({ pair }: HuggingFaceTokenizer): PairLayout {
  if (pair !== undefined) return pair
  throw new KindredError(
    'ERR_ENCODER',
    'tokenizer.json: expected a post_processor that says how two texts are read together, the first before the second, but there is none.',
  )
}

/** The tokens of pairs as the tokenizer's post-processor lays them out; the longer text is cut first. */
export async function pairSequences(
  tokenizer: HuggingFaceTokenizer,
  pairs: readonly (readonly [string, string])[],
  maxTokens: number,
  signal?: AbortSignal,
): Promise<PairSequence[]> {
  const { before, between, after, types } = layoutOf(tokenizer)
  const capacity = maxTokens - pairSpecials(tokenizer)
  const tokens = await tokenizer.encode(pairs.flat(), { signal })
  const sequenceOf = (n: number): PairSequence => {
    const [first, second] = [tokens[2 * n]!, tokens[2 * n + 1]!]
    let [a, b] = [first.length, second.length]
    if (a + b > capacity) {
      const least = Math.floor(capacity / 2)
      if (a <= least) b = capacity - a
      else if (b <= capacity - least) a = capacity - b
      else [a, b] = [capacity - least, least]
    }
    const texts = [first.slice(0, a), second.slice(0, b)] as const
    const [typesOfFirst, typesOfSecond] = texts.map((text, n) => new Int32Array(text.length).fill(types[n]!))
    return {
      ids: Int32Array.from([...before.ids, ...texts[0], ...between.ids, ...texts[1], ...after.ids]),
      types: Int32Array.from([...before.types, ...typesOfFirst!, ...between.types, ...typesOfSecond!, ...after.types]),
    }
  }
  return paced(pairs.length, sequenceOf, signal)
}

/**
 * Lays the sequences of these numbers end to end.
 * @param padding the id behind which positions begin, counted over what is no padding; undefined where they count all from 0
 * @param idsOf the tokens of a sequence, itself if absent
 */
export function batchOf<T>(
  sequences: readonly T[],
  chosen: ArrayLike<number>,
  padding: number | undefined,
  idsOf: (sequence: T) => Int32Array = (sequence) => sequence as Int32Array,
): TokenBatch {
  const offsets = new Int32Array(chosen.length + 1)
  for (let n = 0; n < chosen.length; n++) offsets[n + 1] = offsets[n]! + idsOf(sequences[chosen[n]!]!).length
  const tokens = offsets[chosen.length]!
  const ids = new Int32Array(tokens)
  const positions = new Int32Array(tokens)
  for (let n = 0; n < chosen.length; n++) {
    const begin = offsets[n]!
    ids.set(idsOf(sequences[chosen[n]!]!), begin)
    let position = padding === undefined ? 0 : padding + 1
    for (let t = begin; t < offsets[n + 1]!; t++) positions[t] = ids[t] === padding ? padding! : position++
  }
  return {
    inputs: { ids, positions, types: new Int32Array(tokens), offsets },
    sizes: { tokens, sequences: chosen.length },
  }
}

/** The same for pairs, with the types of their tokens. */
export function pairBatchOf(
  sequences: readonly PairSequence[],
  chosen: ArrayLike<number>,
  padding: number | undefined,
): TokenBatch {
  const batch = batchOf(sequences, chosen, padding, ({ ids }) => ids)
  const { types, offsets } = batch.inputs
  for (let n = 0; n < chosen.length; n++) types.set(sequences[chosen[n]!]!.types, offsets[n]!)
  return batch
}

/** Numbers of sequences in batches of at most `budget` tokens, or of one sequence that is longer. */
export function* batchesWithin<T>(
  sequences: readonly T[],
  budget: number,
  idsOf: (sequence: T) => Int32Array = (sequence) => sequence as Int32Array,
): Generator<Int32Array> {
  for (let begin = 0; begin < sequences.length; ) {
    let end = begin
    for (let tokens = 0; end < sequences.length; end++) {
      tokens += idsOf(sequences[end]!).length
      if (tokens > budget && end > begin) break
    }
    const first = begin
    yield Int32Array.from({ length: end - begin }, (_, n) => first + n)
    begin = end
  }
}
