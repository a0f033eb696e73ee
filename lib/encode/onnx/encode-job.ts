import { Matrix } from '../../data/matrix.js'
import { backendInfo } from '../../native/backend.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import type { EncoderInput } from '../embedder.js'
import type { PartialResult, Work } from './ipc-protocol.js'
import type { OnnxSession } from './onnx-session.js'
import { batchesByLength, tokenBudget } from './token-batches.js'

/** Characters tokenised between two looks at the queue of jobs. */
const CHARACTERS = 1 << 17

/** The error of one input of a job. */
export class InputError extends KindredError {
  /** Position of the input within the job. */
  readonly row: number

  constructor(message: string, row: number) {
    super('ERR_ENCODER', message)
    this.row = row
  }
}

/** Consecutive tokens of one input that go through the model as one sequence; special tokens included. */
interface Chunk {
  row: number
  ids: Int32Array
}

/**
 * Works on the inputs of a job in short steps: a step tokenises some texts or runs one batch. Yields partial results, or
 * null after a step that has none, so that other jobs and messages get their turn.
 */
export async function* runJob(
  session: OnnxSession,
  inputs: readonly EncoderInput[],
  work: Work,
): AsyncGenerator<PartialResult | null, void> {
  const tokens = new Int32Array(inputs.length)
  const truncated = new Uint8Array(inputs.length)
  const chunks: Chunk[] = []
  const { tokenizer } = session
  const capacity = session.config.maxTokens - tokenizer.specials
  const keep = work.kind === 'embed' && work.truncation === 'chunk' ? Infinity : work.kind === 'count' ? 0 : capacity
  for (let begin = 0; begin < inputs.length; ) {
    const end = endOfSome(inputs, begin)
    for (const [i, all] of (await idsOf(session, inputs.slice(begin, end))).entries()) {
      const row = begin + i
      tokens[row] = all.length + tokenizer.specials
      truncated[row] = all.length > capacity && keep !== Infinity ? 1 : 0
      const kept = Math.min(all.length, keep)
      for (let first = 0; first === 0 || first < kept; first += capacity) {
        const ids = all.slice(first, Math.min(first + capacity, kept))
        chunks.push({ row, ids: Int32Array.from([...tokenizer.prefix, ...ids, ...tokenizer.suffix]) })
      }
    }
    begin = end
    if (begin < inputs.length) yield null
  }
  yield { type: 'tokens', tokens, truncated }
  if (work.kind === 'ids') for (const { row, ids } of chunks) yield { type: 'ids', row, ids }
  if (work.kind === 'embed') yield* embed(session, chunks, work)
}

/** The end of some inputs from `begin` on: at least one, together not many more characters than CHARACTERS. */
function endOfSome(inputs: readonly EncoderInput[], begin: number): number {
  let end = begin
  for (let characters = 0; end < inputs.length && characters < CHARACTERS; end++) characters += inputs[end]!.length
  return end
}

/** The ids of each input, without special tokens. */
async function idsOf(
  { config, tokenizer }: OnnxSession,
  inputs: readonly EncoderInput[],
): Promise<(Int32Array | number[])[]> {
  const texts = inputs.filter((input) => typeof input === 'string').map((text) => config.prompt + text)
  const encoded = await tokenizer.encode(config.lowercase ? texts.map((text) => text.toLowerCase()) : texts)
  let next = 0
  return inputs.map((input) => (typeof input === 'string' ? encoded[next++]! : input))
}

/** The chunks of an input seen so far: the sum of their vectors, weighted by their tokens. */
interface WeightedSum {
  left: number
  weight: number
  vector: Float64Array
}

async function* embed(
  session: OnnxSession,
  chunks: readonly Chunk[],
  work: Work & { kind: 'embed' },
): AsyncGenerator<PartialResult, void> {
  const { dims } = session
  const counts = new Map<number, number>()
  for (const { row } of chunks) counts.set(row, (counts.get(row) ?? 0) + 1)
  const sums = new Map<number, WeightedSum>()
  for (const batch of batchesByLength(
    chunks.map((chunk) => chunk.ids),
    tokenBudget(backendInfo().threads.count),
  )) {
    const members = Array.from(batch, (i) => chunks[i]!)
    const pooled = await session.pool(
      members.map((chunk) => chunk.ids),
      work.pooling,
    )
    const rows: number[] = []
    const vectors = new Float32Array(members.length * dims)
    for (const [i, { row, ids }] of members.entries()) {
      let vector: Float32Array | Float64Array | undefined = pooled.row(i)
      const of = counts.get(row)!
      if (of > 1) vector = addChunk(sums, row, of, ids.length, vector)
      if (vector === undefined) continue
      vectors.set(vector, rows.length * dims)
      rows.push(row)
    }
    const result = new Matrix(rows.length, dims, vectors.subarray(0, rows.length * dims))
    checkFinite(result, rows)
    if (work.normalize) await nativeCall(undefined, (native) => native.normalizeRows(result))
    yield { type: 'vectors', rows: Int32Array.from(rows), vectors: result.data }
  }
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
