import { join } from 'node:path'
import { HuggingFaceTokenizer, type TokenizerJson } from '../../encode/tokenize/hugging-face-tokenizer.js'
import { KindredError } from '../../native/errors.js'
import { readJsonObject } from '../../native/read-json.js'

/** Sequences of tokens laid end to end, as the inputs of a BERT graph, and their sizes. */
export interface TokenBatch {
  inputs: { ids: Int32Array; positions: Int32Array; types: Int32Array; offsets: Int32Array }
  sizes: { tokens: number; sequences: number }
}

/** @throws ERR_ENCODER if the folder has no tokenizer that can be used */
export async function loadTokenizer(folder: string): Promise<HuggingFaceTokenizer> {
  const json = await readJsonObject(join(folder, 'tokenizer.json'))
  if (json === undefined)
    throw new KindredError('ERR_ENCODER', `${folder}: expected a Hugging Face folder, but there is no tokenizer.json.`)
  const config = await readJsonObject(join(folder, 'tokenizer_config.json'))
  return HuggingFaceTokenizer.create(json as TokenizerJson, config ?? {})
}

/** The tokens of each text between the special ones, cut to `maxTokens` with them. */
export async function tokenSequences(
  tokenizer: HuggingFaceTokenizer,
  texts: readonly string[],
  maxTokens: number,
): Promise<Int32Array[]> {
  const { prefix, suffix } = tokenizer
  const capacity = maxTokens - tokenizer.specials
  return (await tokenizer.encode(texts)).map((ids) =>
    Int32Array.from([...prefix, ...ids.slice(0, capacity), ...suffix]),
  )
}

/** Lays the sequences of these numbers end to end. */
export function batchOf(sequences: readonly Int32Array[], chosen: ArrayLike<number>): TokenBatch {
  const offsets = new Int32Array(chosen.length + 1)
  for (let n = 0; n < chosen.length; n++) offsets[n + 1] = offsets[n]! + sequences[chosen[n]!]!.length
  const tokens = offsets[chosen.length]!
  const ids = new Int32Array(tokens)
  const positions = new Int32Array(tokens)
  for (let n = 0; n < chosen.length; n++) {
    const begin = offsets[n]!
    ids.set(sequences[chosen[n]!]!, begin)
    for (let t = begin; t < offsets[n + 1]!; t++) positions[t] = t - begin
  }
  return {
    inputs: { ids, positions, types: new Int32Array(tokens), offsets },
    sizes: { tokens, sequences: chosen.length },
  }
}

/** Numbers of sequences in batches of at most `budget` tokens, or of one sequence that is longer. */
export function* batchesWithin(sequences: readonly Int32Array[], budget: number): Generator<Int32Array> {
  for (let begin = 0; begin < sequences.length; ) {
    let end = begin
    for (let tokens = 0; end < sequences.length; end++) {
      tokens += sequences[end]!.length
      if (tokens > budget && end > begin) break
    }
    const first = begin
    yield Int32Array.from({ length: end - begin }, (_, n) => first + n)
    begin = end
  }
}
