import { checkInteger, checkIterable, checkNumber, checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'

/** A number between two bounds, each as likely as another. Made by {@link uniform}. */
export interface UniformParameter {
  /** Which kind of parameter it is. */
  readonly kind: 'uniform'
  /** The least value. */
  readonly low: number
  /** The greatest value. */
  readonly high: number
}

/** A number whose logarithm is uniform between those of two bounds. Made by {@link logUniform}. */
export interface LogUniformParameter {
  /** Which kind of parameter it is. */
  readonly kind: 'logUniform'
  /** The least value. */
  readonly low: number
  /** The greatest value. */
  readonly high: number
}

/** An integer between two bounds, both included. Made by {@link int}. */
export interface IntParameter {
  /** Which kind of parameter it is. */
  readonly kind: 'int'
  /** The least value. */
  readonly low: number
  /** The greatest value. */
  readonly high: number
  /** Whether its logarithm is uniform instead of itself. */
  readonly log: boolean
}

/** What {@link choice} chooses among. */
export type ChoiceValue = string | number | boolean | null

/** One of several values, each as likely as another. Made by {@link choice}. */
export interface ChoiceParameter<T extends ChoiceValue = ChoiceValue> {
  /** Which kind of parameter it is. */
  readonly kind: 'choice'
  /** What is chosen among. */
  readonly values: readonly T[]
}

/** A parameter with a range. */
export type NumericParameter = UniformParameter | LogUniformParameter | IntParameter

/** One parameter that {@link tune} searches. */
export type Parameter = NumericParameter | ChoiceParameter

/** What {@link tune} searches: parameters by name. */
export type SearchSpace = Readonly<Record<string, Parameter>>

/** The values of one trial, by the names of the space. */
export type ParamsOf<S extends SearchSpace> = {
  -readonly [Name in keyof S]: S[Name] extends ChoiceParameter<infer T> ? T : number
}

function checkBounds(what: string, low: unknown, high: unknown, min?: number): { low: number; high: number } {
  const least = checkNumber(`${what}: low`, low, min === undefined ? {} : { min })
  const greatest = checkNumber(`${what}: high`, high)
  if (!(greatest > least))
    throw new KindredError('ERR_VALUE', `${what}: expected a high above low (${least}) but received ${greatest}.`)
  if (Number.isFinite(greatest - least)) return { low: least, high: greatest }
  throw new KindredError(
    'ERR_VALUE',
    `${what}: expected a finite high - low but received ${least} and ${greatest}. Search the logarithm of what spans so much.`,
  )
}

/** A parameter of {@link tune}: a number from `low` to `high`. @throws ERR_VALUE unless low is below high, and high - low finite */
export function uniform(low: number, high: number): UniformParameter {
  return { kind: 'uniform', ...checkBounds('uniform', low, high) }
}

/**
 * A parameter of {@link tune}: a number from `low` to `high`, both above 0, every factor as likely as another. For what
 * spans orders of magnitude, as learning rates and regularization do.
 * @throws ERR_VALUE unless 0 < low < high
 */
export function logUniform(low: number, high: number): LogUniformParameter {
  return { kind: 'logUniform', ...checkBounds('logUniform', low, high, Number.MIN_VALUE) }
}

/**
 * A parameter of {@link tune}: an integer from `low` to `high`, both included.
 * @param options.log every factor as likely as another, from a low of at least 1; default false
 * @throws ERR_VALUE unless they are integers and low is below high
 */
export function int(low: number, high: number, options: { log?: boolean } = {}): IntParameter {
  options = checkOptions('int', options, ['log'])
  const { log = false } = options
  if (typeof log !== 'boolean')
    throw new KindredError('ERR_VALUE', `int: log: expected true or false but received ${show(log)}.`)
  checkInteger('int: low', low, log ? { min: 1 } : {})
  checkInteger('int: high', high)
  return { kind: 'int', ...checkBounds('int', low, high), log }
}

/**
 * A parameter of {@link tune}: one of `values`.
 * @throws ERR_VALUE unless they are at least one string, finite number, boolean or null, all different
 */
export function choice<const T extends ChoiceValue>(values: readonly T[]): ChoiceParameter<T> {
  const list = [...checkIterable('choice', values, 'a list of values')]
  for (const value of list)
    if (!(value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)))
      throw new KindredError(
        'ERR_VALUE',
        `choice: expected strings, finite numbers, booleans or null but received ${show(value)}. Choose a name, and look up in fit what it stands for.`,
      )
  if (list.length === 0 || new Set(list).size < list.length)
    throw new KindredError('ERR_VALUE', 'choice: expected at least one value, all different.')
  return { kind: 'choice', values: list.map((value) => (value === 0 ? (0 as T) : value)) }
}

/** @throws ERR_VALUE unless `space` is an object of at least one parameter */
export function checkSpace(space: unknown): SearchSpace {
  const entries = space !== null && typeof space === 'object' ? Object.entries(space) : []
  if (entries.length === 0)
    throw new KindredError(
      'ERR_VALUE',
      `space: expected parameters by name, as { factors: int(16, 256, { log: true }) }, but received ${show(space)}.`,
    )
  for (const [name, parameter] of entries)
    if (!['uniform', 'logUniform', 'int', 'choice'].includes((parameter as Parameter | null)?.kind as string))
      throw new KindredError(
        'ERR_VALUE',
        `space: ${show(name)}: expected uniform(), logUniform(), int() or choice() but received ${show(parameter)}.`,
      )
  return space as SearchSpace
}

/** Whether the parameter can have this value. */
export function isValueOf(parameter: Parameter, value: unknown): boolean {
  if (parameter.kind === 'choice') return parameter.values.includes(value as ChoiceValue)
  if (typeof value !== 'number' || (parameter.kind === 'int' && !Number.isInteger(value))) return false
  return value >= parameter.low && value <= parameter.high
}

const isLog = (parameter: NumericParameter) =>
  parameter.kind === 'logUniform' || (parameter.kind === 'int' && parameter.log)

/** The scale on which a numeric parameter is uniform: its bounds there. An integer has half a step around it. */
export function scaleOf(parameter: NumericParameter): { low: number; high: number } {
  const half = parameter.kind === 'int' ? 0.5 : 0
  const [low, high] = [parameter.low - half, parameter.high + half]
  return isLog(parameter) ? { low: Math.log(low), high: Math.log(high) } : { low, high }
}

/** A value on the scale of {@link scaleOf}. */
export function toScale(parameter: NumericParameter, value: number): number {
  return isLog(parameter) ? Math.log(value) : value
}

/** The value at a place of the scale of {@link scaleOf}. */
export function fromScale(parameter: NumericParameter, place: number): number {
  const value = isLog(parameter) ? Math.exp(place) : place
  const { low, high } = parameter
  // Plus 0: JSON does not keep the sign of -0.
  return Math.min(high, Math.max(low, parameter.kind === 'int' ? Math.round(value) : value)) + 0
}
