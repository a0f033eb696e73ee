import { checkBoolean, checkInteger, checkOneOf } from '../../native/argument-checks.js'
import { checkRange } from '../scale/check-range.js'
import { checkLogOptions, type LogTransformerOptions, logOf } from '../scale/log-transformer.js'
import { type MinMaxScalerOptions, minMaxMap } from '../scale/min-max-scaler.js'
import { mapQuantile, quantilesOf, references } from '../scale/quantile-map.js'
import { OUTPUT_DISTRIBUTIONS, type QuantileTransformerOptions } from '../scale/quantile-transformer.js'
import { checkQuantileRange, type RobustScalerOptions, robustMap } from '../scale/robust-scaler.js'
import type { StandardScalerOptions } from '../scale/standard-scaler.js'
import { standardScale } from '../scale/statistics.js'
import type { OfNumbers } from './declaration.js'
import type { FeaturePlan } from './feature.js'
import { NUMBER_OPTIONS, planNumber } from './number-feature.js'

/** Learnt as [center, scale]; of no numbers, nothing is done. */
const pair = (center: number, scale: number) =>
  Number.isNaN(center) || Number.isNaN(scale) ? Float64Array.of(0, 1) : Float64Array.of(center, scale)

const linear = (learnt: Float64Array, low = -Infinity, high = Infinity) => ({
  center: learnt[0]!,
  scale: learnt[1]!,
  low,
  high,
})

function number(name: string, options: OfNumbers): FeaturePlan {
  return planNumber(name, { kind: 'number' }, options, {
    learn: async () => Float64Array.of(0, 1),
    make: (learnt) => linear(learnt),
  })
}

function standard(name: string, options: OfNumbers & StandardScalerOptions): FeaturePlan {
  const withMean = checkBoolean('withMean', options.withMean ?? true)
  const withStd = checkBoolean('withStd', options.withStd ?? true)
  return planNumber(name, { kind: 'standard', withMean, withStd }, options, {
    async learn(statistics) {
      const moments = await statistics.moments()
      const scale = moments.count === 0 || !withStd ? 1 : standardScale(moments)
      return pair(withMean ? moments.mean : 0, scale)
    },
    make: (learnt) => linear(learnt),
  })
}

function minMax(name: string, options: OfNumbers & MinMaxScalerOptions): FeaturePlan {
  const featureRange = checkRange('featureRange', options.featureRange ?? [0, 1])
  const clip = checkBoolean('clip', options.clip ?? false)
  return planNumber(name, { kind: 'min-max', featureRange, clip }, options, {
    async learn(statistics) {
      const { min, max } = await statistics.extremes()
      return pair(...minMaxMap(min, max, featureRange))
    },
    make: (learnt) => linear(learnt, ...(clip ? featureRange : [])),
  })
}

function robust(name: string, options: OfNumbers & RobustScalerOptions): FeaturePlan {
  const declared = {
    withCentering: checkBoolean('withCentering', options.withCentering ?? true),
    withScaling: checkBoolean('withScaling', options.withScaling ?? true),
    quantileRange: checkQuantileRange('quantileRange', options.quantileRange ?? [25, 75]),
    unitVariance: checkBoolean('unitVariance', options.unitVariance ?? false),
  }
  return planNumber(name, { kind: 'robust', ...declared }, options, {
    async learn(statistics) {
      const [center, scale] = robustMap(await statistics.sorted(), declared.quantileRange, declared.unitVariance)
      return pair(declared.withCentering ? center : 0, declared.withScaling ? scale : 1)
    },
    make: (learnt) => linear(learnt),
  })
}

function log(name: string, options: OfNumbers & LogTransformerOptions): FeaturePlan {
  const map = checkLogOptions(options)
  const declared = { kind: 'log', base: options.base ?? Math.E, offset: map.offset, signed: map.signed }
  return planNumber(name, declared, options, {
    learn: async () => new Float64Array(0),
    make: () => (x) => logOf(x, map),
    ...(!map.signed && { takes: (x: number) => !(x <= -map.offset) }),
  })
}

function quantile(name: string, options: OfNumbers & QuantileTransformerOptions): FeaturePlan {
  const count = checkInteger('quantiles', options.quantiles ?? 1000, { min: 1 })
  const output = checkOneOf('outputDistribution', options.outputDistribution ?? 'uniform', OUTPUT_DISTRIBUTIONS)
  return planNumber(name, { kind: 'quantile', quantiles: count, outputDistribution: output }, options, {
    async learn(statistics) {
      const sorted = await statistics.sorted()
      if (sorted.length === 0) return Float64Array.of(0)
      return quantilesOf(sorted, references(Math.min(count, sorted.length)))
    },
    make(quantiles) {
      const at = references(quantiles.length)
      return (x) => mapQuantile(x, quantiles, at, output)
    },
  })
}

type Kind = {
  readonly options: readonly string[]
  readonly plan: (name: string, options: never) => FeaturePlan
}

/** Kinds of numbers, with the options that each takes beside `kind`. */
export const NUMBER_KINDS: Readonly<Record<'number' | 'standard' | 'min-max' | 'robust' | 'log' | 'quantile', Kind>> = {
  number: { options: NUMBER_OPTIONS, plan: number },
  standard: { options: [...NUMBER_OPTIONS, 'withMean', 'withStd'], plan: standard },
  'min-max': { options: [...NUMBER_OPTIONS, 'featureRange', 'clip'], plan: minMax },
  robust: {
    options: [...NUMBER_OPTIONS, 'withCentering', 'withScaling', 'quantileRange', 'unitVariance'],
    plan: robust,
  },
  log: { options: [...NUMBER_OPTIONS, 'base', 'offset', 'signed'], plan: log },
  quantile: { options: [...NUMBER_OPTIONS, 'quantiles', 'outputDistribution'], plan: quantile },
}
