import { type Axis, roundNumbers, shortNumber, type Tick } from '../../data/number-axis.js'
import { type ChoiceParameter, type ChoiceValue, type Parameter, scaleOf, toScale } from './space.js'

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
