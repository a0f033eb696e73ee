import {
  LogTransformer,
  Matrix,
  MinMaxScaler,
  OutlierLimiter,
  QuantileTransformer,
  RobustScaler,
  RowNormalizer,
  SimpleImputer,
  StandardScaler,
  type TransformerJson,
} from 'kindred'
import { describe, expect, it } from 'vitest'
import { normalCdf, normalQuantile } from '#lib/features/scale/normal-distribution.js'
import { code } from '../support/logs.js'
import { expectNear, golden, matrixOf } from './golden.js'

const train = matrixOf(golden.train)
const other = matrixOf(golden.other)

type Scaler = StandardScaler | MinMaxScaler | RobustScaler | QuantileTransformer
type ScalerClass = (new (options: object) => Scaler) & { fromJSON(json: TransformerJson): Scaler }
const CLASSES = { StandardScaler, MinMaxScaler, RobustScaler, QuantileTransformer }
const classOf = (name: string) => CLASSES[name as keyof typeof CLASSES] as unknown as ScalerClass

describe("equals scikit-learn's of the same name, on numbers that are missing, equal and constant", () => {
  it.each(golden.scalers)('$type $options', ({ type, options, transformed, inverse }) => {
    const scaler = new (classOf(type))(options).fit(train)
    const out = scaler.transform(other)
    expectNear(out.data, transformed)
    // Back from single precision, of numbers up to 10^6, whose column spans as much.
    const back = scaler.inverseTransform(out)
    for (let i = 0; i < back.data.length; i++) {
      const span = [10, 100, 1e6, 10, 10, 10][i % 6]!
      expectNear([back.data[i]! / span], [inverse[i] === null ? null : inverse[i]! / span], 1e-5)
    }
    const json = JSON.parse(JSON.stringify(scaler))
    expect(classOf(type).fromJSON(json).transform(other)).toEqual(out)
    expect(
      classOf(type)
        .fromJSON(JSON.parse(JSON.stringify(new (classOf(type))(options))))
        .toJSON().state,
    ).toBeNull()
  })

  it.each(golden.imputers)('SimpleImputer $options', ({ options, transformed }) => {
    const imputer = new SimpleImputer(options).fit(train)
    expectNear(imputer.transform(other).data, transformed)
    expect(SimpleImputer.fromJSON(JSON.parse(JSON.stringify(imputer))).transform(other)).toEqual(
      imputer.transform(other),
    )
  })

  it.each(['l2', 'l1', 'max'] as const)('RowNormalizer %s', (norm) => {
    const normalizer = new RowNormalizer({ norm })
    expectNear(normalizer.fit(train).transform(matrixOf(golden.filled)).data, golden.normalized[norm])
    const rows = new Matrix(2, 2, Float32Array.of(2, Number.NaN, 0, 0))
    expect([...normalizer.transform(rows).data]).toEqual([Number.NaN, Number.NaN, 0, 0])
    expect(RowNormalizer.fromJSON(JSON.parse(JSON.stringify(normalizer))).toJSON()).toEqual(normalizer.toJSON())
  })

  it('StandardScaler of a stream', () => {
    const scaler = new StandardScaler().partialFit(train.subarray(0, 10)).partialFit(train.subarray(10))
    expectNear(scaler.mean, golden.partial.mean, 1e-8)
    expectNear(scaler.variance, golden.partial.variance, 1e-6)
    expectNear(scaler.scale, golden.partial.scale, 1e-8)
    expect([...scaler.samplesSeen].every((count) => count > 20 && count <= 31)).toBe(true)
    const whole = new StandardScaler().fit(train)
    expectNear(
      scaler.transform(other).data,
      [...whole.transform(other).data].map((v) => (Number.isNaN(v) ? null : v)),
    )
  })

  it('MinMaxScaler of a stream', () => {
    const scaler = new MinMaxScaler().partialFit(train.subarray(0, 1)).partialFit(train.subarray(1))
    expect(scaler.transform(other)).toEqual(new MinMaxScaler().fit(train).transform(other))
  })

  it('log1p', () => {
    const positive = new Matrix(other.rows, other.cols, other.data.map(Math.abs))
    expectNear(new LogTransformer().fit(positive).transform(positive).data, golden.log1p)
  })
})

describe('LogTransformer', () => {
  const both = new Matrix(1, 4, Float32Array.of(-8, 0, 3, Number.NaN))
  it('takes bases, offsets and both signs, and comes back', () => {
    const signed = new LogTransformer({ signed: true, base: 3 }).fit(both)
    expectNear(signed.transform(both).data, [-2, 0, Math.log(4) / Math.log(3), null])
    expectNear(signed.inverseTransform(signed.transform(both)).data, [-8, 0, 3, null], 1e-6)
    const scaled = new LogTransformer({ signed: true, offset: 0.5 }).fit(both)
    expectNear(scaled.transform(both).data, [-Math.log(17), 0, Math.log(7), null])
    expectNear(scaled.inverseTransform(scaled.transform(both)).data, [-8, 0, 3, null], 1e-6)
    const two = new LogTransformer({ base: 2, offset: 9 }).fit(both)
    expectNear(two.transform(both).data, [0, Math.log2(9), Math.log2(12), null])
    expectNear(
      LogTransformer.fromJSON(JSON.parse(JSON.stringify(two))).inverseTransform(two.transform(both)).data,
      [-8, 0, 3, null],
      1e-6,
    )
  })

  it('refuses numbers without a logarithm, naming one', () => {
    expect(() => new LogTransformer().fit(both)).toThrow(/above -1 but row 0 has -8 in column 0/)
    expect(() => new LogTransformer({ signed: true, offset: 0 })).toThrow(code('ERR_VALUE'))
    expect(() => new LogTransformer({ base: 1 })).toThrow(code('ERR_VALUE'))
  })
})

describe('OutlierLimiter', () => {
  const column = new Matrix(9, 1, Float32Array.of(1, 2, 3, 4, 5, 6, 7, 100, Number.NaN))
  it.each([
    [{ method: 'iqr' } as const, [-2.5, 11.5]],
    [{ method: 'iqr', factor: 0 } as const, [2.75, 6.25]],
    [{ method: 'z-score', factor: 1 } as const, [-15.8, 47.8]],
    [{ method: 'winsorize', limits: [0.25, 0.75] } as const, [2.75, 6.25]],
  ])('%o', (options, [low, high]) => {
    const limiter = new OutlierLimiter(options).fit(column)
    expect(limiter.low[0]).toBeCloseTo(low!, 1)
    expect(limiter.high[0]).toBeCloseTo(high!, 1)
    const out = limiter.transform(column)
    expect(Math.max(...out.data.subarray(0, 8))).toBeCloseTo(high!, 1)
    expect(out.data[8]).toBeNaN()
    expect(limiter.outliers).toBe([...column.data].filter((x) => x < low! || x > high!).length)
    const missing = new OutlierLimiter({ ...options, action: 'missing' }).fit(column)
    expect(missing.transform(column).data[7]).toBeNaN()
    const json = JSON.parse(JSON.stringify(missing))
    expect(OutlierLimiter.fromJSON(json).transform(column)).toEqual(missing.transform(column))
    expect(() => limiter.inverseTransform(out)).toThrow(code('ERR_NOT_SUPPORTED'))
  })

  it('of no numbers has no bounds, also when read again', () => {
    const nothing = new Matrix(1, 1, Float32Array.of(Number.NaN))
    const json = JSON.parse(JSON.stringify(new OutlierLimiter().fit(nothing)))
    expect(OutlierLimiter.fromJSON(json).transform(column)).toEqual(column)
  })
})

describe('mistakes', () => {
  const square = new Matrix(2, 2, Float32Array.of(1, 2, 3, 4))
  const classes = [StandardScaler, MinMaxScaler, RobustScaler, QuantileTransformer, LogTransformer, OutlierLimiter]
  it.each(classes.map((Class) => [Class.name, Class] as const))('%s', (name, Class) => {
    const scaler = new Class()
    expect(() => scaler.transform(square)).toThrow(code('ERR_NOT_FITTED'))
    expect(() => scaler.fit([1, 2] as never)).toThrow(code('ERR_VALUE'))
    expect(() => scaler.fit(new Matrix(0, 2))).toThrow(code('ERR_DATA'))
    scaler.fit(square)
    const before = scaler.transform(square)
    expect(() => scaler.fit(new Matrix(1, 2, Float32Array.of(1, Infinity)))).toThrow(/row 0 has Infinity in column 1/)
    expect(scaler.transform(square)).toEqual(before)
    expect(() => scaler.transform(new Matrix(2, 3))).toThrow(code('ERR_SHAPE'))
    for (const json of [
      null,
      5,
      {},
      { type: 'Other', options: {}, state: null },
      { type: name, options: {}, state: { a: 1 } },
    ])
      expect(() => Class.fromJSON(json as never), JSON.stringify(json)).toThrow(code('ERR_VALUE'))
  })

  it('of options', () => {
    for (const featureRange of [[1, 0], [0], 'x', [0, Number.NaN], [1, 1]])
      expect(() => new MinMaxScaler({ featureRange: featureRange as never })).toThrow(code('ERR_VALUE'))
    expect(() => new RobustScaler({ quantileRange: [-1, 50] })).toThrow(code('ERR_VALUE'))
    expect(() => new QuantileTransformer({ quantiles: 0 })).toThrow(code('ERR_VALUE'))
    expect(() => new SimpleImputer({ strategy: 'mode' as never })).toThrow(/Did you mean|expected one of/)
    expect(() => new SimpleImputer().fit(new Matrix(0, 2))).toThrow(code('ERR_DATA', /none/))
    expect(() => new SimpleImputer().transform(square)).toThrow(code('ERR_NOT_FITTED'))
    expect(() => new SimpleImputer().fit(square).transform(new Matrix(1, 1))).toThrow(code('ERR_SHAPE'))
    expect(() => new StandardScaler().fit(square).partialFit(new Matrix(1, 3))).toThrow(code('ERR_SHAPE'))
  })
})

describe('the normal distribution', () => {
  it('and its quantiles are inverse to each other, in the tails too', () => {
    for (let i = 1; i < 1000; i++) {
      const p = i / 1000
      expect(Math.abs(normalCdf(normalQuantile(p)) - p)).toBeLessThan(1e-14)
    }
    for (let k = 1; k < 300; k += 7) expect(normalCdf(normalQuantile(10 ** -k)) * 10 ** k).toBeCloseTo(1, 11)
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 14)
    expect([normalQuantile(0), normalQuantile(1), normalCdf(-Infinity), normalCdf(Infinity), normalCdf(0)]).toEqual([
      -Infinity,
      Infinity,
      0,
      1,
      0.5,
    ])
    expect([normalCdf(Number.NaN), normalQuantile(2)].every(Number.isNaN)).toBe(true)
  })
})
