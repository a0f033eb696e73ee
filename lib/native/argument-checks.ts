import { checkSignal, KindredError, show } from './errors.js'
import { nearestSpelling } from './nearest-spelling.js'

interface Range {
  min?: number
  max?: number
}

function bounds({ min, max }: Range): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`
  if (min !== undefined) return ` of at least ${min}`
  return max !== undefined ? ` of at most ${max}` : ''
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

/**
 * Every public function that takes options begins with this: a misspelt option must not be ignored, nor a signal or an
 * onProgress that is none.
 * @throws ERR_VALUE for a key of `options` that is not in `legal`, naming the nearest that is
 */
export function checkOptions(where: string, options: unknown, legal: readonly string[]): void {
  if (options === null || typeof options !== 'object' || Array.isArray(options))
    throw new KindredError('ERR_VALUE', `${where}: expected an options object but received ${show(options)}.`)
  for (const key of Object.keys(options)) if (!legal.includes(key)) throw unknownName(where, 'option', key, legal)
  const { signal, onProgress } = options as { signal?: AbortSignal; onProgress?: unknown }
  checkSignal(signal)
  checkFunction('onProgress', onProgress)
}
