import { numberOf, textOf } from '../../data/table/column-builder.js'
import { KindredError, show } from '../../native/errors.js'
import { type Category, numericCategory } from '../categories/category.js'
import type { FeatureInput } from './feature.js'

function unfit({ column, type }: FeatureInput, value: unknown): KindredError {
  return new KindredError(
    'ERR_DATA',
    `column ${show(column)}: expected a value of type '${type}', as at fit, or null for what is missing, but received ${show(value)}.`,
  )
}

type NumericType = 'number' | 'boolean' | 'timestamp'

/** A cell of a numeric column as its number; NaN where missing. @throws ERR_DATA */
export function numberCell(input: FeatureInput, value: unknown): number {
  if (typeof value === 'number' && input.type === 'number' && Number.isFinite(value)) return value
  const number = numberOf(input.type as NumericType, value)
  if (number === undefined) throw unfit(input, value)
  return number
}

/** A cell as its category; undefined where missing. @throws ERR_DATA */
export function categoryCell(input: FeatureInput, value: unknown): Category | undefined {
  if (input.type !== 'string') return numericCategory(input.type as NumericType, numberCell(input, value))
  if (typeof value === 'string') return value
  if (value === null || value === undefined || Number.isNaN(value)) return undefined
  const text = textOf(value)
  if (text === undefined) throw unfit(input, value)
  return text
}

/** A cell of a column of lists; a text alone is a list of one. @throws ERR_DATA */
export function listCell(input: FeatureInput, value: unknown): string[] {
  if (value === null || value === undefined) return []
  const texts: string[] = []
  for (const member of Array.isArray(value) ? value : [value]) {
    if (member === null || member === undefined || Number.isNaN(member)) continue
    const text = textOf(member)
    if (text === undefined) throw unfit(input, value)
    texts.push(text)
  }
  return texts
}

/** A cell of a column of vectors; undefined where missing. @throws ERR_DATA, ERR_SHAPE */
export function vectorCell(input: FeatureInput, value: unknown): ArrayLike<number> | undefined {
  if (value === null || value === undefined) return undefined
  if (!Array.isArray(value) && !ArrayBuffer.isView(value)) throw unfit(input, value)
  const vector = value as unknown as ArrayLike<number>
  if (vector.length !== input.width)
    throw new KindredError(
      'ERR_SHAPE',
      `column ${show(input.column)}: expected vectors of ${input.width} numbers, as at fit, but received ${vector.length}.`,
    )
  for (let j = 0; j < vector.length; j++) if (!Number.isFinite(Math.fround(vector[j]!))) throw unfit(input, value)
  return vector
}
