import { type Parameter, scaleOf, toScale } from './space.js'

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

/** About four round numbers within a range. */
function roundNumbers(low: number, high: number): number[] {
  const step = 10 ** Math.floor(Math.log10((high - low) / 4))
  const wide = [1, 2, 5, 10].map((factor) => factor * step).find((size) => (high - low) / size <= 5)!
  const first = Math.ceil(low / wide)
  return Array.from({ length: Math.floor(high / wide) - first + 1 }, (_, n) => (first + n) * wide)
}

/** An axis of numbers; a range of one value gets a margin. */
export function numberAxis(values: readonly number[]): Axis {
  let [low, high] = [Math.min(...values), Math.max(...values)]
  const margin = high > low ? 0.05 * (high - low) : Math.max(1e-9, 0.05 * Math.abs(high))
  low -= margin
  high += margin
  const at = (value: unknown) => ((value as number) - low) / (high - low)
  return { at, ticks: roundNumbers(low, high).map((value) => ({ at: at(value), label: shortNumber(value) })) }
}

function powersOfTen(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low))
  const powers = Array.from({ length: Math.floor(Math.log10(high)) - first + 1 }, (_, n) => 10 ** (first + n))
  const every = Math.ceil(powers.length / 5)
  return powers.filter((_, n) => n % every === 0)
}

/** The axis of a parameter, on the scale that it is searched on. */
export function parameterAxis(parameter: Parameter): Axis {
  if (parameter.kind === 'choice') {
    const { values } = parameter
    const at = (value: unknown) => (values.indexOf(value as (typeof values)[number]) + 0.5) / values.length
    const shown = (value: unknown) => (String(value).length > 14 ? `${String(value).slice(0, 13)}…` : String(value))
    return { at, ticks: values.map((value) => ({ at: at(value), label: shown(value) })) }
  }
  const { low, high } = scaleOf(parameter)
  const margin = 0.04 * (high - low)
  const at = (value: unknown) => (toScale(parameter, value as number) - low + margin) / (high - low + 2 * margin)
  const isLog = parameter.kind === 'logUniform' || (parameter.kind === 'int' && parameter.log)
  const powers = isLog ? powersOfTen(parameter.low, parameter.high) : []
  const values = powers.length > 1 ? powers : roundNumbers(parameter.low, parameter.high)
  const whole = parameter.kind === 'int' ? values.filter(Number.isInteger) : values
  return {
    at,
    ticks: whole
      .filter((value) => value >= parameter.low && value <= parameter.high)
      .map((value) => ({ at: at(value), label: shortNumber(value) })),
  }
}
