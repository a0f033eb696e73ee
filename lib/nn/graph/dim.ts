import { KindredError } from '../../native/errors.js'

/** A size that is given when a program runs, such as the tokens of a batch, plus a constant. */
export interface Dim {
  /** @internal Number of the symbol in its graph, -1 for a constant. */
  readonly symbol: number
  /** What is added, or the size itself. */
  readonly plus: number
  /** For messages. */
  readonly name: string
}

/** A size: a number, or one that is given when a program runs. */
export type Size = number | Dim

/** @internal */
export function dimOf(size: Size): Dim {
  if (typeof size !== 'number') return size
  if (!Number.isInteger(size) || size < 0)
    throw new KindredError('ERR_VALUE', `shape: expected integers of at least 0 but received ${size}.`)
  return { symbol: -1, plus: size, name: String(size) }
}

/** @internal */
export function shapeText(shape: readonly Dim[]): string {
  return `[${shape.map(({ name }) => name).join(', ')}]`
}
