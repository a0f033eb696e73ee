import { Features } from '../../data/features.js'
import { gatherRowsYielding } from '../../data/gather-rows.js'
import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError, show } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'

/** Vectors of the same items on both sides. */
export interface PairedRows {
  /** Rows of the first side's Features. */
  readonly xRows: Int32Array
  /** Rows of the second's. */
  readonly yRows: Int32Array
}

/** @throws ERR_VALUE for what is no Features, ERR_DATA for vectors without numbers */
export function checkSide(where: string, features: unknown): asserts features is Features {
  if (!(features instanceof Features))
    throw new KindredError('ERR_VALUE', `${where}: expected Features but received ${show(features)}.`)
  if (features.dims === 0 && features.size > 0)
    throw new KindredError('ERR_DATA', `${where}: expected vectors of at least one number but they have none.`)
}

/** Items that both sides have, in the order of the first. @throws ERR_DATA for none, ERR_ABORTED */
export async function pairById(
  where: string,
  x: Features,
  y: Features,
  signal: AbortSignal | undefined,
): Promise<PairedRows> {
  const xRows: number[] = []
  const yRows: number[] = []
  await new LoopYielder(signal).over(x.size, 1 << 12, (begin, end) => {
    for (let row = begin; row < end; row++) {
      const place = y.ids.indexOf(x.ids.idAt(row))
      if (place < 0) continue
      xRows.push(row)
      yRows.push(place)
    }
  })
  if (xRows.length === 0)
    throw new KindredError(
      'ERR_DATA',
      `${where}: expected items that both sides have but ${x.size} of one and ${y.size} of the other have none in common. Do their ids have the same type? 42 and '42' are two ids.`,
    )
  return { xRows: Int32Array.from(xRows), yRows: Int32Array.from(yRows) }
}

/** Rows of a matrix, each of norm 1. @throws ERR_VALUE for a row that holds what is not finite, ERR_ABORTED */
export async function unitRowsOf(
  matrix: Matrix,
  rows: Int32Array | undefined,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  const out =
    rows === undefined
      ? new Matrix(matrix.rows, matrix.cols, matrix.data.slice())
      : await gatherRowsYielding(matrix, rows, signal)
  const { data, cols } = out
  await new LoopYielder(signal).over(out.rows, 64, (begin, end) => {
    for (let i = begin * cols; i < end * cols; i++)
      if (!Number.isFinite(data[i]!))
        throw new KindredError(
          'ERR_VALUE',
          `vectors: expected finite numbers but vector ${rows?.[Math.floor(i / cols)] ?? Math.floor(i / cols)} holds ${data[i]}.`,
        )
  })
  await nativeCall(signal, (native, abort) => native.normalizeRows(out, abort))
  return out
}
