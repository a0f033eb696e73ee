import { Matrix } from '../../data/matrix.js'
import { nativeCall } from '../../native/native-call.js'
import type { EncoderInput } from '../embedder.js'
import { InputError } from '../onnx/input-error.js'
import type { EmbedWork, PartialResult, TextWork } from '../onnx/ipc-protocol.js'
import { cutRows } from '../vector-dims.js'
import type { TextSession } from './text-engine.js'
import { batchesByLength } from './token-batches.js'

/** Chunks made between two steps of a job. */
const CHUNKS = 1 << 10

/** Consecutive tokens of one input that go through the model as one sequence; special tokens included. */
interface Chunk {
  row: number
  ids: Int32Array
  /** Tokens at its beginning that are not pooled. */
  unpooled: number
}

/**
 * Works on the inputs of a job in short steps: a step tokenises some texts or runs one batch. Yields partial results, or
 * null after a step that has none, so that other jobs and messages get their turn.
 */
export async function* runJob(
  session: TextSession,
  inputs: readonly EncoderInput[],
  work: TextWork,
  signal?: AbortSignal,
): AsyncGenerator<PartialResult | null, void> {
  const tokens = new Int32Array(inputs.length)
  const truncated = new Uint8Array(inputs.length)
  const chunks: Chunk[] = []
  const { tokenizer } = session
  const capacity = session.config.maxTokens - tokenizer.specials
  const keep = work.kind === 'embed' && work.truncation === 'chunk' ? Infinity : work.kind === 'count' ? 0 : capacity
  const promptTokens = await tokensOfPrompt(session, work.prompt, signal)
  for (let begin = 0; begin < inputs.length; ) {
    const end = endOfSome(inputs, begin, session.charactersAtOnce)
    for (const [i, all] of (await idsOf(session, inputs.slice(begin, end), work.prompt, signal)).entries()) {
      const row = begin + i
      if (typeof inputs[row] !== 'string') checkIds(all, row, session.vocabulary)
      tokens[row] = all.length + tokenizer.specials
      truncated[row] = all.length > capacity && keep !== Infinity ? 1 : 0
      const cut = Math.max(all.length - keep, 0)
      const kept = tokenizer.truncationSide === 'left' ? all.slice(cut) : all.slice(0, all.length - cut)
      for (let first = 0; first === 0 || first < kept.length; first += capacity) {
        const ids = withSpecials(tokenizer, kept.slice(first, first + capacity))
        // Together with its text a prompt can have fewer tokens than alone.
        const unpooled = first === 0 && typeof inputs[row] === 'string' ? Math.min(promptTokens, ids.length) : 0
        chunks.push({ row, ids, unpooled })
        if (chunks.length % CHUNKS === 0) yield null
      }
    }
    begin = end
    if (begin < inputs.length) yield null
  }
  yield { type: 'tokens', tokens, truncated }
  if (work.kind === 'ids') for (const { row, ids } of chunks) yield { type: 'ids', row, ids }
  if (work.kind === 'embed') yield* embed(session, chunks, work, signal)
}

/** Special tokens around those of a text. */
function withSpecials({ prefix, suffix }: TextSession['tokenizer'], ids: ArrayLike<number>): Int32Array {
  const out = new Int32Array(prefix.length + ids.length + suffix.length)
  out.set(prefix)
  out.set(ids, prefix.length)
  out.set(suffix, prefix.length + ids.length)
  return out
}

/** @throws InputError for an id of a caller that is none */
function checkIds(ids: ArrayLike<number>, row: number, vocabulary: number | undefined): void {
  if (vocabulary === undefined) return
  for (let t = 0; t < ids.length; t++)
    if (!(ids[t]! >= 0 && ids[t]! < vocabulary))
      throw new InputError(`expected ids of tokens from 0 to ${vocabulary - 1} but received ${ids[t]}`, row)
}

/** The end of some inputs from `begin` on: at least one, together not many more characters than `most`. */
function endOfSome(inputs: readonly EncoderInput[], begin: number, most: number): number {
  let end = begin
  for (let characters = 0; end < inputs.length && characters < most; end++) characters += inputs[end]!.length
  return end
}

/** The ids of each input, without special tokens. */
async function idsOf(
  { tokenizer }: TextSession,
  inputs: readonly EncoderInput[],
  prompt: string,
  signal: AbortSignal | undefined,
): Promise<(Int32Array | number[])[]> {
  const texts = inputs.filter((input) => typeof input === 'string').map((text) => prompt + text)
  const encoded = await tokenizer.encode(texts, { signal })
  let next = 0
  return inputs.map((input) => (typeof input === 'string' ? encoded[next++]! : input))
}

/**
 * Tokens at the beginning of a text that are not pooled where the prompt is not: those of the prompt alone, cut as a text
 * is, special ones included, but for one in the end.
 */
async function tokensOfPrompt(
  { config, tokenizer }: TextSession,
  prompt: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (config.pooling.includePrompt || prompt === '') return 0
  const [ids] = await tokenizer.encode([prompt], { signal })
  const count = Math.min(ids!.length + tokenizer.specials, config.maxTokens)
  return tokenizer.suffix.length > 0 || tokenizer.specialIds.has(ids!.at(-1)!) ? count - 1 : count
}

/** The chunks of an input seen so far: the sum of their vectors, weighted by their tokens. */
interface WeightedSum {
  left: number
  weight: number
  vector: Float64Array
}

async function* embed(
  session: TextSession,
  chunks: readonly Chunk[],
  work: EmbedWork,
  signal: AbortSignal | undefined,
): AsyncGenerator<PartialResult, void> {
  const counts = new Map<number, number>()
  for (const { row } of chunks) counts.set(row, (counts.get(row) ?? 0) + 1)
  const sums = new Map<number, WeightedSum>()
  for (const batch of batchesByLength(
    chunks.map((chunk) => chunk.ids),
    session.tokenBudget,
    session.batchSize,
  )) {
    const members = Array.from(batch, (i) => chunks[i]!)
    const pooled = await session.pool(members, work.pooling, signal)
    const rows: number[] = []
    const vectors = new Float32Array(pooled.data.length)
    for (const [i, { row, ids, unpooled }] of members.entries()) {
      let vector: Float32Array | Float64Array | undefined = pooled.row(i)
      const of = counts.get(row)!
      if (of > 1) vector = addChunk(sums, row, of, ids.length - unpooled, vector)
      if (vector === undefined) continue
      vectors.set(vector, rows.length * pooled.cols)
      rows.push(row)
    }
    const whole = new Matrix(rows.length, pooled.cols, vectors.subarray(0, rows.length * pooled.cols))
    checkFinite(whole, rows)
    const result = await finish(session, whole, work)
    if (session.config.ofVectors.length > 0) checkFinite(result, rows)
    yield { type: 'vectors', rows: Int32Array.from(rows), vectors: result.data }
  }
}

/** The modules after pooling, and what the caller asked for. */
async function finish(session: TextSession, pooled: Matrix, { dims, normalization }: EmbedWork): Promise<Matrix> {
  const normalize = (rows: Matrix) => nativeCall(undefined, (native) => native.normalizeRows(rows))
  const whole = await session.ofVectors.apply(pooled)
  if (normalization === 'before') await normalize(whole)
  const result = cutRows(whole, dims)
  if (normalization === 'after') await normalize(result)
  return result
}

/** Adds a chunk's vector; the token-weighted mean once the input's last chunk is in. */
function addChunk(
  sums: Map<number, WeightedSum>,
  row: number,
  of: number,
  weight: number,
  vector: ArrayLike<number>,
): Float64Array | undefined {
  const sum = sums.get(row) ?? { left: of, weight: 0, vector: new Float64Array(vector.length) }
  sums.set(row, sum)
  for (let d = 0; d < vector.length; d++) sum.vector[d]! += weight * vector[d]!
  sum.weight += weight
  if (--sum.left > 0) return undefined
  sums.delete(row)
  return sum.vector.map((x) => x / sum.weight)
}

function checkFinite(vectors: Matrix, rows: readonly number[]): void {
  for (const [i, row] of rows.entries())
    if (!vectors.row(i).every(Number.isFinite)) throw new InputError('the model gave a vector that is not finite', row)
}
