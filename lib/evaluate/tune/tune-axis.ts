import { type ChoiceParameter, type ChoiceValue, type Parameter, scaleOf, toScale } from './space.js'

/** Places values between 0 and 1 along an axis. */
export interface Axis {
  /** 0 at the beginning of the axis, 1 at its end. */
  at(value: unknown): number
  /** Where to write what. */
  ticks: readonly { at: number; label: string }[]
}

/** A number to four significant digits, anything else as text. */
export function shortNumber(value: unknown): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value)
}

interface Tick {
  value: number
  label: string
}

/** About four round numbers within a range, with as many digits as tell them apart. */
function roundNumbers(low: number, high: number): Tick[] {
  const step = 10 ** Math.floor(Math.log10((high - low) / 4))
  const wide = [1, 2, 5, 10].map((factor) => factor * step).find((size) => (high - low) / size <= 5)!
  const magnitude = Math.log10(Math.max(Math.abs(low), Math.abs(high)) / wide)
  const digits = Math.min(15, Math.max(4, Math.ceil(magnitude) + 1))
  const first = Math.ceil(low / wide)
  return Array.from({ length: Math.floor(high / wide) - first + 1 }, (_, n) => {
    const value = (first + n) * wide
    return { value, label: String(Number(value.toPrecision(digits))) }
  })
}

/** An axis of numbers; a range of one value gets a margin. */
export function numberAxis(values: readonly number[]): Axis {
  let [low, high] = [Math.min(...values), Math.max(...values)]
  const margin = 0.05 * (high > low ? high - low : Math.abs(high)) || 1
  low -= margin
  high += margin
  const at = (value: unknown) => ((value as number) - low) / (high - low)
  return { at, ticks: roundNumbers(low, high).map(({ value, label }) => ({ at: at(value), label })) }
}

function powersOfTen(low: number, high: number): Tick[] {
  const first = Math.ceil(Math.log10(low))
  const powers = Array.from({ length: Math.floor(Math.log10(high)) - first + 1 }, (_, n) => Number(`1e${first + n}`))
  const every = Math.ceil(powers.length / 5)
  return powers.filter((_, n) => n % every === 0).map((value) => ({ value, label: shortNumber(value) }))
}

/** Characters that the labels of one axis may have together. */
const ROOM = 34

function choiceAxis({ values }: ChoiceParameter): Axis {
  const at = (value: unknown) => (values.indexOf(value as ChoiceValue) + 0.5) / values.length
  const every = Math.ceil((3 * values.length) / ROOM)
  const most = Math.floor((ROOM * every) / values.length)
  const shown = (value: unknown) =>
    String(value).length > most ? `${String(value).slice(0, most - 1)}…` : String(value)
  return {
    at,
    ticks: values.filter((_, n) => n % every === 0).map((value) => ({ at: at(value), label: shown(value) })),
  }
}

/** The axis of a parameter, on the scale that it is searched on. */
export function parameterAxis(parameter: Parameter): Axis {
  if (parameter.kind === 'choice') return choiceAxis(parameter)
  const { low, high } = scaleOf(parameter)
  const margin = 0.04 * (high - low)
  const at = (value: unknown) => (toScale(parameter, value as number) - low + margin) / (high - low + 2 * margin)
  const isLog = parameter.kind === 'logUniform' || (parameter.kind === 'int' && parameter.log)
  const powers = isLog ? powersOfTen(parameter.low, parameter.high) : []
  const ticks = powers.length > 1 ? powers : roundNumbers(parameter.low, parameter.high)
  return {
    at,
    ticks: ticks
      .filter(({ value }) => value >= parameter.low && value <= parameter.high)
      .filter(({ value }) => parameter.kind !== 'int' || Number.isInteger(value))
      .map(({ value, label }) => ({ at: at(value), label })),
  }
}
