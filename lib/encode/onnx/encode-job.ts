import { Matrix } from '../../data/matrix.js'
import { backendInfo } from '../../native/backend.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import type { Input, Part, Work } from './ipc-protocol.js'
import type { OnnxSession } from './onnx-session.js'
import { batchesByLength, tokenBudget } from './token-batches.js'

/** Characters tokenised between two looks at the queue. */
const CHARACTERS = 1 << 17

/** A text that went wrong. */
export class TextError extends KindredError {
  /** Position within the window. */
  readonly row: number

  constructor(message: string, row: number) {
    super('ERR_ENCODER', message)
    this.row = row
  }
}

/** A run of tokens of one text that goes through the model at once; special tokens included. */
interface Piece {
  row: number
  ids: Int32Array
}

/**
 * Works on a window of inputs in short steps: a step tokenises some text or runs one batch. Yields parts of the result,
 * or null after a step that has none, so that other windows and messages get their turn.
 */
export async function* processWindow(
  session: OnnxSession,
  inputs: readonly Input[],
  work: Work,
): AsyncGenerator<Part | null, void> {
  const tokens = new Int32Array(inputs.length)
  const truncated = new Uint8Array(inputs.length)
  const pieces: Piece[] = []
  const { tokenizer } = session
  const room = session.settings.maxTokens - tokenizer.specials
  let characters = 0
  for (const [row, input] of inputs.entries()) {
    const ids: number[] = []
    const keep = work.kind === 'embed' && work.truncation === 'chunk' ? Infinity : work.kind === 'count' ? 0 : room
    let count = 0
    for (const slice of slicesOf(session, input)) {
      count += slice.length
      for (let i = 0; i < slice.length && ids.length < keep; i++) ids.push(slice[i]!)
      characters += Math.min(input.length, CHARACTERS)
      if (characters >= CHARACTERS) {
        characters = 0
        yield null
      }
    }
    tokens[row] = count + tokenizer.specials
    truncated[row] = count > room && keep !== Infinity ? 1 : 0
    for (let begin = 0; begin === 0 || begin < ids.length; begin += room)
      pieces.push({
        row,
        ids: Int32Array.from([...tokenizer.prefix, ...ids.slice(begin, begin + room), ...tokenizer.suffix]),
      })
  }
  yield { type: 'tokens', tokens, truncated }
  if (work.kind === 'ids') for (const { row, ids } of pieces) yield { type: 'ids', row, ids }
  if (work.kind === 'embed') yield* embed(session, pieces, work)
}

/** The ids of an input, a slice at a time. */
function slicesOf({ settings, tokenizer }: OnnxSession, input: Input): Iterable<ArrayLike<number>> {
  if (typeof input !== 'string') return [input]
  const text = settings.prompt + input
  return tokenizer.ids(settings.lowercase ? text.toLowerCase() : text)
}

/** The pieces of a text seen so far: the sum of their vectors, weighted by their tokens. */
interface Sum {
  left: number
  weight: number
  vector: Float64Array
}

async function* embed(
  session: OnnxSession,
  pieces: readonly Piece[],
  work: Work & { kind: 'embed' },
): AsyncGenerator<Part, void> {
  const { dims } = session
  const counts = new Map<number, number>()
  for (const { row } of pieces) counts.set(row, (counts.get(row) ?? 0) + 1)
  const sums = new Map<number, Sum>()
  for (const batch of batchesByLength(
    pieces.map((piece) => piece.ids),
    tokenBudget(backendInfo().threads.count),
  )) {
    const members = Array.from(batch, (i) => pieces[i]!)
    const pooled = await session.pool(
      members.map((piece) => piece.ids),
      work.pooling,
    )
    const rows: number[] = []
    const vectors = new Float32Array(members.length * dims)
    for (const [i, { row, ids }] of members.entries()) {
      let vector: Float32Array | Float64Array | undefined = pooled.row(i)
      const of = counts.get(row)!
      if (of > 1) vector = addPiece(sums, row, of, ids.length, vector)
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

/** Adds a piece's vector; the token-weighted mean once the text's last piece is in. */
function addPiece(
  sums: Map<number, Sum>,
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
    if (!vectors.row(i).every(Number.isFinite)) throw new TextError('the model gave a vector that is not finite', row)
}
