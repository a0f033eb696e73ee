import { type Column, isNumeric } from '../../data/table/column.js'
import { KindredError, show } from '../../native/errors.js'

/** One of a limited number of things: a brand, a country, a class. `1`, `'1'` and `true` are three categories. */
export type Category = string | number | boolean

/** Categories row by row: a column of a table, or a list; null, undefined and NaN are missing. */
export type CategoryValues = Column | readonly (Category | null | undefined)[]

/** Categories as codes. */
export interface CodedCategories {
  /** [rows] Where in `dictionary` the row's category is; -1 where missing. */
  readonly codes: Int32Array
  /** The distinct ones, some of which no row may have. */
  readonly dictionary: readonly Category[]
}

/** `value` as a category, undefined if it is missing. @throws ERR_VALUE for what can be none */
export function toCategory(where: string, value: unknown): Category | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (value === null || value === undefined) return undefined
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : value + 0
  throw new KindredError(
    'ERR_VALUE',
    `${where}: expected a category, a string, a number or a boolean, but received ${show(value)}.`,
  )
}

/** Gives each distinct category a code, in order of appearance. */
export class CategoryCodes {
  readonly dictionary: Category[] = []
  readonly #codes = new Map<Category, number>()

  /** @throws ERR_TOO_LARGE for more than a Map holds */
  codeOf(category: Category | undefined): number {
    if (category === undefined) return -1
    const known = this.#codes.get(category)
    if (known !== undefined) return known
    if (this.dictionary.length === 2 ** 24)
      throw new KindredError('ERR_TOO_LARGE', 'categories: more than 2^24 distinct ones. Hash them: HashingEncoder.')
    this.#codes.set(category, this.dictionary.length)
    return this.dictionary.push(category) - 1
  }
}

/** The category that a number of a numeric column stands for. */
export function numericCategory(type: 'number' | 'boolean' | 'timestamp', value: number): Category | undefined {
  if (Number.isNaN(value)) return undefined
  return type === 'boolean' ? value !== 0 : value + 0
}

/** @throws ERR_VALUE for what holds no categories, naming the row; ERR_TOO_LARGE */
export function codesOf(where: string, values: CategoryValues): CodedCategories {
  if (Array.isArray(values)) {
    const coder = new CategoryCodes()
    const codes = Int32Array.from(values as readonly unknown[], (value, i) =>
      coder.codeOf(toCategory(`${where}, row ${i}`, value)),
    )
    return { codes, dictionary: coder.dictionary }
  }
  const column = values as Column | null | undefined
  if (column?.type === 'string') return column
  if (column !== null && column !== undefined && typeof column === 'object' && isNumeric(column)) {
    const coder = new CategoryCodes()
    const codes = Int32Array.from(column.values, (value) => coder.codeOf(numericCategory(column.type, value)))
    return { codes, dictionary: coder.dictionary }
  }
  throw new KindredError(
    'ERR_VALUE',
    `${where}: expected a list of categories, or a column of strings, numbers, booleans or timestamps, but received ${column?.type === undefined ? show(values) : `a column of type ${show(column.type)}`}.`,
  )
}

/** A code unit, with surrogates behind the others, as code points stand. */
const rank = (unit: number) => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800)
const ORDER = { boolean: 0, number: 1, string: 2 } as const

/** Booleans, numbers in their order, strings by code points, as Python sorts them. */
export function compareCategories(a: Category, b: Category): number {
  const kind = typeof a as keyof typeof ORDER
  if (kind !== typeof b) return ORDER[kind] - ORDER[typeof b as keyof typeof ORDER]
  if (kind !== 'string') return Number(a) - Number(b)
  const [s, t] = [a as string, b as string]
  const length = Math.min(s.length, t.length)
  for (let i = 0; i < length; i++) {
    const [u, v] = [s.charCodeAt(i), t.charCodeAt(i)]
    if (u !== v) return rank(u) - rank(v)
  }
  return s.length - t.length
}
