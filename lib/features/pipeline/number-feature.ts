import { isNumeric } from '../../data/table/column.js'
import { checkBoolean, checkOptions } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import { checkFillRule, type FillRule, mostFrequent } from '../scale/fill-value.js'
import { checkOutlierLimits, OUTLIER_OPTIONS, type OutlierLimits, outlierBounds } from '../scale/outlier-bounds.js'
import { quantileOf } from '../scale/statistics.js'
import { numberCell } from './cells.js'
import type { OfNumbers } from './declaration.js'
import {
  type FeatureCounts,
  type FeatureInput,
  type FeaturePlan,
  type FeatureState,
  type FillJob,
  type FittedFeature,
  joined,
  type LearnContext,
} from './feature.js'
import { NumberStatistics } from './number-statistics.js'

/** The smallest normal float: what is nearer to 0 is 0, as in the kernel. */
const LEAST = 2 ** -126

/** A number nearer to 0 than any normal one is 0, as in the kernel, where such numbers are slow. */
const settled = (x: number) => (Math.abs(x) < 2 ** -1022 ? 0 : x)

/** (x - center) / scale within [low, high]. */
export interface LinearMap {
  readonly center: number
  readonly scale: number
  readonly low: number
  readonly high: number
}

/** How a kind of number is made of one that is there. */
export interface NumberMap {
  /** What is learnt of the numbers that are there; at most these statistics are computed. */
  learn(statistics: NumberStatistics): Promise<Float64Array>
  /** What to do, given what was learnt: a linear map, which the kernel computes, or any function. */
  make(learnt: Float64Array): LinearMap | ((x: number) => number)
  /** Whether the kind takes the number; others are outliers that are missing. */
  takes?(x: number): boolean
}

/** What cleans a number. */
interface Cleaning {
  readonly low: number
  readonly high: number
  readonly drop: boolean
  /** What is put where a number is missing. */
  readonly fill: number
  readonly flag: boolean
}

export const NUMBER_OPTIONS = ['column', 'missing', 'flag', 'outliers'] as const

/** A declared number. @param options those of {@link OfNumbers}, checked for unknown ones */
export function planNumber(
  name: string,
  declared: Record<string, unknown>,
  options: OfNumbers,
  map: NumberMap,
): FeaturePlan {
  const column = options.column ?? name
  const missing = options.missing === 'keep' ? options.missing : checkFillRule('missing', options.missing ?? 'mean')
  const flag = checkBoolean('flag', options.flag ?? false)
  const given = typeof options.outliers === 'string' ? { method: options.outliers } : options.outliers
  const rule = given === undefined ? undefined : checkOutlierLimits(checkOptions('outliers', given, OUTLIER_OPTIONS))
  if (typeof missing === 'number' && map.takes?.(missing) === false)
    throw new KindredError('ERR_VALUE', `missing: expected a number that the kind can take but received ${missing}.`)
  return {
    declared: { ...declared, column, missing, flag, ...(rule && { outliers: rule }) },
    needs: [{ column, types: ['number', 'boolean', 'timestamp'] }],
    learn: (context) => learnNumber(name, column, { missing, flag, rule }, map, context),
    restore({ config, numbers }, { inputs }) {
      const [low, high, fill] = numbers
      const cleaning = { low: low!, high: high!, fill: fill!, drop: config.drop === true, flag }
      return new FittedNumber(name, inputs[0]!, cleaning, map, numbers.slice(3))
    },
  }
}

async function learnNumber(
  name: string,
  column: string,
  { missing, flag, rule }: { missing: FillRule | 'keep'; flag: boolean; rule: Required<OutlierLimits> | undefined },
  map: NumberMap,
  { column: columnOf, yielder, signal, over }: LearnContext,
): Promise<FittedNumber> {
  const found = columnOf(column)
  if (!isNumeric(found)) throw new KindredError('ERR_COLUMN', `column "${column}": expected numbers.`)
  let statistics = new NumberStatistics(found.values, yielder, signal)
  let [low, high] = [-Infinity, Infinity]
  if (rule !== undefined) {
    const sorted = rule.method === 'z-score' ? new Float64Array(0) : await statistics.sorted()
    ;[low, high] = outlierBounds(rule, await statistics.moments(), sorted)
  }
  const drop = rule?.action === 'missing'
  if (rule !== undefined || map.takes !== undefined) {
    const clean = found.values.slice()
    await over((begin, end) => {
      for (let i = begin; i < end; i++) {
        const x = clean[i]!
        if (x < low || x > high) clean[i] = drop ? Number.NaN : x < low ? low : high
        if (map.takes?.(clean[i]!) === false) clean[i] = Number.NaN
      }
    })
    statistics = new NumberStatistics(clean, yielder, signal)
  }
  let fill = await fillOf(missing, statistics)
  if (map.takes?.(fill) === false) fill = 1
  return new FittedNumber(
    name,
    { column, type: found.type },
    { low, high, drop, fill, flag },
    map,
    await map.learn(statistics),
  )
}

/** A statistic of no numbers is 0. */
async function fillOf(rule: FillRule | 'keep', statistics: NumberStatistics): Promise<number> {
  if (rule === 'keep') return Number.NaN
  if (typeof rule === 'number') return rule
  if (rule === 'mean') return (await statistics.moments()).mean
  const sorted = await statistics.sorted()
  if (sorted.length === 0) return 0
  return rule === 'median' ? quantileOf(sorted, 0.5) : mostFrequent(sorted)
}

class FittedNumber implements FittedFeature {
  readonly inputs: readonly FeatureInput[]
  readonly names: readonly string[]
  readonly #cleaning: Cleaning
  readonly #learnt: Float64Array
  readonly #takes: ((x: number) => boolean) | undefined
  readonly #map: LinearMap | ((x: number) => number)

  constructor(name: string, input: FeatureInput, cleaning: Cleaning, map: NumberMap, learnt: Float64Array) {
    this.inputs = [input]
    this.names = cleaning.flag ? [name, `${name}.missing`] : [name]
    const { low, high, fill } = cleaning
    this.#cleaning = { ...cleaning, low: settled(low), high: settled(high), fill: settled(fill) }
    this.#learnt = learnt
    this.#takes = map.takes?.bind(map)
    const made = map.make(learnt)
    this.#map = typeof made === 'function' ? made : { ...made, center: settled(made.center) }
  }

  putRow(values: readonly unknown[], out: Float32Array, at: number, counts: FeatureCounts): void {
    this.#put(numberCell(this.inputs[0]!, values[0]), out, at, counts)
  }

  #put(value: number, out: Float32Array, at: number, counts: FeatureCounts): void {
    const { low, high, drop, fill, flag } = this.#cleaning
    let x = settled(value)
    if (x < low || x > high) {
      counts.outliers++
      x = drop ? Number.NaN : x < low ? low : high
    } else if (this.#takes !== undefined && !Number.isNaN(x) && !this.#takes(x)) {
      counts.outliers++
      x = Number.NaN
    }
    if (Number.isNaN(x)) {
      counts.missing++
      if (flag) out[at + 1] = 1
      x = fill
    }
    const map = this.#map
    if (typeof map === 'function') {
      out[at] = map(x)
      return
    }
    let y = (x - map.center) / map.scale
    if (y < map.low) y = map.low
    if (y > map.high) y = map.high
    out[at] = Math.abs(y) < LEAST ? 0 : y
  }

  async fill(job: FillJob, at: number, counts: FeatureCounts): Promise<void> {
    const { values } = job.column(this.inputs[0]!.column) as { values: Float64Array }
    const map = this.#map
    const { low, high, drop, fill, flag } = this.#cleaning
    if (typeof map !== 'function') {
      const numbers = Float64Array.of(low, high, fill, map.center, map.scale, map.low, map.high)
      job.native.push({
        column: { first: at, width: this.names.length, values, numbers, dropOutliers: drop, flag },
        counts,
      })
      return
    }
    const { data, cols } = job.out
    await job.over((begin, end) => {
      for (let i = begin; i < end; i++) this.#put(values[i]!, data, i * cols + at, counts)
    })
  }

  state(): FeatureState {
    const { low, high, fill, drop } = this.#cleaning
    return { config: { drop }, numbers: joined([low, high, fill], this.#learnt) }
  }
}
