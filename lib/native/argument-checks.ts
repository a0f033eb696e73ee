import { checkSignal, KindredError, show } from './errors.js'
import { nearestSpelling } from './nearest-spelling.js'

interface Range {
  min?: number
  max?: number
}

/** The nearest to 0 and to 1 that ranges which leave them out have as bounds. */
const isAboveZero = (min: number) => min === Number.MIN_VALUE
const isBelowOne = (max: number) => max < 1 && max >= 1 - 2 ** -20

function bounds({ min, max }: Range): string {
  const most = max !== undefined && isBelowOne(max) ? 'below 1' : max
  if (min !== undefined && isAboveZero(min))
    return max === undefined ? ' above 0' : ` above 0 and ${most === max ? `at most ${max}` : most}`
  if (min !== undefined && max !== undefined)
    return most === max ? ` from ${min} to ${max}` : ` of at least ${min} and ${most}`
  if (min !== undefined) return ` of at least ${min}`
  if (max === undefined) return ''
  return most === max ? ` of at most ${max}` : ` ${most}`
}

function inRange(value: number, { min = -Infinity, max = Infinity }: Range): boolean {
  return value >= min && value <= max
}

/** `value` if it is an integer within the range, else ERR_VALUE naming the option. */
export function checkInteger(name: string, value: unknown, range: Range = {}): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && inRange(value, range)) return value
  throw new KindredError('ERR_VALUE', `${name}: expected an integer${bounds(range)} but received ${show(value)}.`)
}

/** `value` if it is a finite number within the range, else ERR_VALUE naming the option. */
export function checkNumber(name: string, value: unknown, range: Range = {}): number {
  if (typeof value === 'number' && Number.isFinite(value) && inRange(value, range)) return value
  throw new KindredError('ERR_VALUE', `${name}: expected a finite number${bounds(range)} but received ${show(value)}.`)
}

/** `value` if it is one of `legal`, else ERR_VALUE listing them. */
export function checkOneOf<T extends string>(name: string, value: unknown, legal: readonly T[]): T {
  if (legal.includes(value as T)) return value as T
  const list = legal.map((v) => `'${v}'`).join(', ')
  const meant = typeof value === 'string' ? suggestion(value, legal) : ''
  throw new KindredError('ERR_VALUE', `${name}: expected one of ${list} but received ${show(value)}.${meant}`)
}

/** `value` if it is an iterable object (a string is none), else ERR_VALUE saying what was expected. */
export function checkIterable<T>(name: string, value: Iterable<T>, expected: string): Iterable<T> {
  if (typeof value === 'object' && value !== null && Symbol.iterator in value) return value
  throw new KindredError('ERR_VALUE', `${name}: expected ${expected} but received ${show(value)}.`)
}

/** `value` if it is a boolean, else ERR_VALUE naming the option. */
export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new KindredError('ERR_VALUE', `${name}: expected true or false but received ${show(value)}.`)
}

/** `value` if it is a string, else ERR_VALUE naming the option. */
export function checkString(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  throw new KindredError('ERR_VALUE', `${name}: expected a string but received ${show(value)}.`)
}

/** " Did you mean ...?", or nothing where no legal word is near. */
function suggestion(word: string, legal: readonly string[]): string {
  const nearest = nearestSpelling(word, legal)
  return nearest === undefined ? '' : ` Did you mean ${show(nearest)}?`
}

/** The error of an option or field that there is none of, naming the nearest that there is. */
export function unknownName(where: string, what: string, name: string, legal: readonly string[]): KindredError {
  const list = legal.length > 0 ? legal.join(', ') : 'none'
  return new KindredError(
    'ERR_VALUE',
    `${where}: unknown ${what} ${show(name)}.${suggestion(name, legal)} Legal ${what}s: ${list}.`,
  )
}

/** `value` if it is a function or absent, else ERR_VALUE naming the option. */
export function checkFunction<T>(name: string, value: T | undefined): T | undefined {
  if (value === undefined || typeof value === 'function') return value
  throw new KindredError('ERR_VALUE', `${name}: expected a function but received ${show(value)}.`)
}

/** Whether this is the end of a chain of prototypes, of any realm: what others may have put there is no option. */
function isRoot(prototype: object): boolean {
  return !Object.getPrototypeOf(prototype) && Object.hasOwn(prototype, 'hasOwnProperty')
}

/**
 * `row`, of whose `keys` none is read from Object.prototype: a row may be an instance of a class, whose getters are its
 * fields, but what others put there is of no row.
 */
export function ownFields<T extends object>(row: T, keys: readonly string[]): T {
  if (!keys.some((key) => key in Object.prototype)) return row
  const fields = Object.create(null)
  for (let object: object | null = row; object !== null && !isRoot(object); object = Object.getPrototypeOf(object))
    for (const key of keys) if (Object.hasOwn(object, key)) fields[key] ??= Reflect.get(row, key)
  return fields
}

/** @throws ERR_VALUE where `options` inherits one of `legal`, as an instance of a class does whose getter it is */
function refuseInherited(where: string, options: object, legal: readonly string[]): void {
  let prototype = Object.getPrototypeOf(options)
  for (; prototype !== null && !isRoot(prototype); prototype = Object.getPrototypeOf(prototype))
    for (const key of legal)
      if (Object.hasOwn(prototype, key) && !Object.hasOwn(options, key))
        throw new KindredError(
          'ERR_VALUE',
          `${where}: expected options as own properties but ${key} is inherited. Give a plain object, such as { ${key} }.`,
        )
}

/**
 * The own enumerable properties of `options`, each read once, for calls in which one decides which others are legal.
 * @returns an object without a prototype
 * @throws ERR_VALUE for what is no object, and where one of `legal` is inherited
 */
export function ownOptions<T extends object>(where: string, options: T, legal: readonly string[]): T {
  if (options === null || typeof options !== 'object' || Array.isArray(options))
    throw new KindredError('ERR_VALUE', `${where}: expected an options object but received ${show(options)}.`)
  refuseInherited(where, options, legal)
  return Object.assign(Object.create(null), options) as T
}

/**
 * Every public function that takes options begins with this and goes on with what it gives: a misspelt option must not be
 * ignored, nor a signal or an onProgress that is none. Options are own enumerable properties alone; what Object.prototype
 * holds is none.
 * @returns an object without a prototype that has each of `legal`, undefined where it was not given
 * @throws ERR_VALUE for a key of `options` that is not in `legal`, naming the nearest that is, and for one that is inherited
 */
export function checkOptions<T extends object>(where: string, options: T, legal: readonly string[]): T {
  const own = ownOptions(where, options, legal) as Record<string, unknown>
  for (const key of Object.keys(own)) if (!legal.includes(key)) throw unknownName(where, 'option', key, legal)
  for (const key of legal) if (!(key in own)) own[key] = undefined
  checkSignal(own.signal)
  checkFunction('onProgress', own.onProgress)
  return own as T
}
