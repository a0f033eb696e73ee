import { Matrix } from '../data/matrix.js'

/** When vectors are divided by their norm: whole, before they are cut, or as they come out, after. */
export type Normalization = 'none' | 'before' | 'after'

/** @param asked the option `normalize`; undefined: what the encoder's folder says @param usual whether that is to normalise */
export function normalizationOf(asked: boolean | undefined, usual: boolean): Normalization {
  if (asked === undefined) return usual ? 'before' : 'none'
  return asked ? 'after' : 'none'
}

/** The first `dims` numbers of each row; the rows themselves where they have no more. */
export function cutRows(rows: Matrix, dims: number): Matrix {
  if (dims === rows.cols) return rows
  const out = new Matrix(rows.rows, dims)
  for (let r = 0; r < rows.rows; r++) out.row(r).set(rows.row(r).subarray(0, dims))
  return out
}
