import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  type FeatureDeclarations,
  FeaturePipeline,
  loadEmbedder,
  Matrix,
  StandardScaler,
  setThreads,
  Table,
  TargetEncoder,
} from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'
import { code } from '../support/logs.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-pipeline-'))
afterAll(() => rmSync(dir, { recursive: true }))

/** Every kind but texts. */
const EVERY: FeatureDeclarations = {
  plain: { kind: 'number', column: 'price' },
  price: { kind: 'standard', flag: true },
  sized: { kind: 'min-max', column: 'size', featureRange: [-1, 1], clip: true, missing: 'median' },
  robust: { kind: 'robust', column: 'size', outliers: 'iqr', missing: 'most-frequent' },
  winsorised: {
    kind: 'standard',
    column: 'price',
    outliers: { method: 'winsorize', limits: [0.1, 0.9], action: 'missing' },
  },
  log: { kind: 'log', column: 'price', missing: 3 },
  signed: { kind: 'log', column: 'price', signed: true },
  rank: { kind: 'quantile', column: 'price', quantiles: 5 },
  normal: { kind: 'quantile', column: 'size', quantiles: 7, outputDistribution: 'normal' },
  sold: 'number',
  brand: { kind: 'one-hot', missing: 'bucket' },
  common: { kind: 'one-hot', column: 'brand', minCount: 2, unseen: 'ignore' },
  brandIndex: { kind: 'ordinal', column: 'brand' },
  sizeClass: { kind: 'one-hot', column: 'size', maxCategories: 3 },
  soldClass: { kind: 'one-hot', column: 'sold' },
  hashed: { kind: 'hash', column: 'brand', buckets: 7 },
  plainHash: { kind: 'hash', column: 'size', buckets: 3, signed: false },
  target: { kind: 'target', column: 'brand', folds: 2 },
  tags: 'multi-label',
  when: { kind: 'cyclic', parts: ['hour', 'weekday', 'dayOfMonth', 'dayOfYear', 'month'], timeZone: 'Europe/Berlin' },
  where: { kind: 'place', latitude: 'lat', longitude: 'lon', points: { town: [52.5, 13.4] } },
  cell: { kind: 'geohash', latitude: 'lat', longitude: 'lon', precision: 2 },
  cellHash: { kind: 'geohash', latitude: 'lat', longitude: 'lon', encode: 'hash', buckets: 5 },
  vector: { kind: 'vector', normalize: true },
}

const COLUMNS = {
  price: 'number',
  size: 'number',
  sold: 'boolean',
  brand: 'string',
  tags: 'list',
  when: 'timestamp',
  lat: 'number',
  lon: 'number',
  vector: 'vector',
  rating: 'number',
} as const

const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null, freq: 5 })
const odd = fc.oneof(
  fc.constantFrom(0, -0, 1e-300, -1e-40, 5e-324, 1e30, 1),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 }),
)
const word = fc.oneof(fc.constantFrom('a', 'b', 'nike', 'zoë', '', '__proto__', 'constructor'), fc.string())
const row = fc.record({
  price: maybe(odd),
  size: maybe(fc.constantFrom(1, 2, 2.5, 40, -7)),
  sold: maybe(fc.boolean()),
  brand: maybe(word),
  tags: fc.array(word, { maxLength: 3 }),
  when: maybe(fc.date({ min: new Date('1890-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })),
  lat: maybe(fc.double({ min: -100, max: 100, noNaN: true })),
  lon: maybe(fc.double({ min: -180, max: 180, noNaN: true })),
  vector: maybe(fc.array(fc.double({ noNaN: true, min: -10, max: 10 }), { minLength: 3, maxLength: 3 })),
  rating: fc.integer({ min: 1, max: 5 }),
})
type Row = typeof row extends fc.Arbitrary<infer T> ? T : never

/** With vectors of three numbers in all of them. */
const tableOf = (rows: readonly Row[]) => {
  const padded = [{ ...rows[0]!, vector: [1, 2, 3] }, ...rows.slice(1)]
  return Table.from(padded, { types: COLUMNS })
}

const bits = (data: Float32Array) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')

describe('the same bits', () => {
  const rows = fc.array(row, { minLength: 2, maxLength: 40 })

  it('for a table and for each of its rows, for any number of threads, and when saved and loaded', async () => {
    let n = 0
    await fc.assert(
      fc.asyncProperty(rows, rows, async (train, other) => {
        const pipeline = await new FeaturePipeline(EVERY).fit(tableOf(train), { target: 'rating' })
        const table = tableOf(other)
        const matrix = await pipeline.transformMatrix(table)
        const before = pipeline.report
        expect(before.rows).toBe(table.rows)
        pipeline.resetReport()
        for (let i = 0; i < table.rows; i++) {
          const alone = pipeline.transformRow(table.row(i))
          if (bits(alone) !== bits(matrix.row(i))) {
            const j = alone.findIndex((value, k) => !Object.is(value, matrix.row(i)[k]))
            throw new Error(`${pipeline.featureNames[j]}: ${alone[j]} and ${matrix.row(i)[j]}`)
          }
        }
        expect(pipeline.report).toEqual(before)
        const folder = join(dir, `p${n++ % 3}`)
        await pipeline.save(folder)
        const loaded = await FeaturePipeline.load(folder)
        expect(loaded.featureNames).toEqual(pipeline.featureNames)
        expect(loaded.schemaHash).toBe(pipeline.schemaHash)
        setThreads(1 + (n % 3))
        expect(bits((await loaded.transformMatrix(table)).data)).toBe(bits(matrix.data))
        expect(loaded.report).toEqual(before)
      }),
      { numRuns: 60 },
    )
    setThreads(2)
  })

  it('for a table longer than a block, whatever stands around a row', async () => {
    const rows = fc.sample(row, { numRuns: 300, seed: 7 })
    const many = Array.from({ length: 9000 }, (_, i) => rows[(i * 31) % rows.length]!)
    const pipeline = await new FeaturePipeline(EVERY).fit(tableOf(many), { target: 'rating' })
    const table = tableOf(many)
    const matrix = await pipeline.transformMatrix(table)
    for (let i = 0; i < 9000; i += 7) expect(bits(pipeline.transformRow(table.row(i)))).toBe(bits(matrix.row(i)))
    const part = await pipeline.transformMatrix(table.slice(4000, 4100))
    expect(bits(part.data)).toBe(bits(matrix.subarray(4000, 4100).data))
  })
})

describe('features', () => {
  const table = Table.from([
    { id: 'a', price: 1, brand: 'x', tags: ['p'], when: new Date('2024-03-31T00:30:00Z'), rating: 1 },
    { id: 'b', price: 3, brand: 'y', tags: [], when: new Date('2024-03-31T01:30:00Z'), rating: 5 },
    { id: 'c', price: null, brand: 'x', tags: ['q', 'p'], when: null, rating: 3 },
  ])

  it('stand in order, by name, under the ids of their rows', async () => {
    const pipeline = new FeaturePipeline({
      price: { kind: 'standard', flag: true },
      brand: 'one-hot',
      tags: 'multi-label',
    })
    const features = await (await pipeline.fit(table, { id: 'id' })).transform(table)
    expect(pipeline.featureNames).toEqual([
      'price',
      'price.missing',
      'brand=x',
      'brand=y',
      'brand=<unseen>',
      'tags=p',
      'tags=q',
      'tags=<unseen>',
    ])
    expect([...features.ids]).toEqual(['a', 'b', 'c'])
    expect([...features.vector('a')]).toEqual([-1, 0, 1, 0, 0, 1, 0, 0])
    expect([...features.vector('c')]).toEqual([0, 1, 1, 0, 0, 1, 1, 0])
    expect(features.report).toEqual(pipeline.report)
    expect(features.report.features.price).toEqual({ missing: 1, unseen: 0, outliers: 0, truncated: 0 })
    expect([...(await (await new FeaturePipeline({ price: 'standard' }).fit(table)).transform(table)).ids]).toEqual([
      0, 1, 2,
    ])
  })

  it('count what is missing, unseen and beyond', async () => {
    const pipeline = await new FeaturePipeline({
      price: { kind: 'log', missing: 0 },
      brand: 'one-hot',
      tags: 'multi-label',
    }).fit(table)
    pipeline.transformRow({ price: -5, brand: 'new', tags: ['p', 'r', 's'] })
    pipeline.transformRow({})
    const great = new FeaturePipeline({ n: 'number', size: { kind: 'number', column: 'n' } })
    const sizes = Table.from({ n: [1, 1e300] })
    await expect(great.fitTransform(sizes)).rejects.toThrow(/feature "n" is Infinity in row 1/)
    expect(() => pipeline.transformRow([-5, 'new'] as never)).toThrow(/expected a row by the names of columns/)
    expect(pipeline.report).toEqual({
      rows: 2,
      features: {
        price: { missing: 2, unseen: 0, outliers: 1, truncated: 0 },
        brand: { missing: 1, unseen: 1, outliers: 0, truncated: 0 },
        tags: { missing: 1, unseen: 2, outliers: 0, truncated: 0 },
      },
    })
    pipeline.resetReport()
    expect(pipeline.report.rows).toBe(0)
  })

  it('are those of StandardScaler, for numbers that are there', async () => {
    const numbers = Float32Array.from({ length: 5000 }, (_, i) => Math.sin(i * i) * 100 + 7)
    const scaled = new StandardScaler().fit(new Matrix(5000, 1, numbers)).transform(new Matrix(5000, 1, numbers))
    const own = await new FeaturePipeline({ x: 'standard' }).fit(Table.from({ x: Float64Array.from(numbers) }))
    const matrix = await own.transformMatrix(Table.from({ x: Float64Array.from(numbers) }))
    for (let i = 0; i < 5000; i++) expect(matrix.data[i]).toBeCloseTo(scaled.data[i]!, 6)
  })

  it('read clocks in their time zone', async () => {
    const hours = (timeZone: string) =>
      new FeaturePipeline({ when: { kind: 'cyclic', parts: ['hour'], timeZone } }).fit(table)
    const hour = ([sin, cos]: Float32Array) => ((Math.atan2(sin!, cos!) / (2 * Math.PI)) * 24 + 24) % 24
    const [utc, berlin, nepal] = await Promise.all(['UTC', 'Europe/Berlin', 'Asia/Kathmandu'].map(hours))
    // The clocks of Berlin went from 2:00 to 3:00 at 1:00 UTC.
    expect(hour(utc!.transformRow({ when: new Date('2024-03-31T01:30:00Z') }))).toBeCloseTo(1.5, 5)
    expect(hour(berlin!.transformRow({ when: new Date('2024-03-31T00:30:00Z') }))).toBeCloseTo(1.5, 5)
    expect(hour(berlin!.transformRow({ when: new Date('2024-03-31T01:30:00Z') }))).toBeCloseTo(3.5, 5)
    expect(hour(nepal!.transformRow({ when: new Date('2024-03-31T01:30:00Z') }))).toBeCloseTo(7.25, 5)
    expect([...utc!.transformRow({ when: null })]).toEqual([0, 0])
  })

  it('of the target are out of fold for the rows that they were fitted on', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => ({ brand: `b${i % 7}`, rating: (i * 13) % 5 }))
    const many = Table.from(rows)
    const pipeline = new FeaturePipeline({ brand: { kind: 'target', seed: 3 } })
    const fitted = await pipeline.fitTransform(many, { target: 'rating' })
    const encoder = new TargetEncoder({ seed: 3 })
    const brands = rows.map(({ brand }) => brand)
    const ratings = rows.map(({ rating }) => rating)
    expect(fitted.matrix.data).toEqual(encoder.fitTransform(brands, ratings).data)
    expect((await pipeline.transform(many)).matrix.data).toEqual(encoder.transform(brands).data)
    await expect(pipeline.fit(many)).rejects.toThrow(/needs a target/)
    await expect(pipeline.fit(many, { target: 'brand' })).rejects.toEqual(code('ERR_COLUMN'))
  })

  it('make a table for models of clicks', async () => {
    const pipeline = await new FeaturePipeline({
      price: 'min-max',
      brand: 'one-hot',
      hashed: { kind: 'hash', column: 'brand', buckets: 4 },
      index: { kind: 'ordinal', column: 'brand' },
      goal: { kind: 'target', column: 'brand', folds: 2 },
      tags: 'multi-label',
      when: { kind: 'cyclic', parts: ['hour'] },
    }).fit(table, { target: 'rating' })
    const other = Table.from(
      [
        { price: 2, brand: 'z', tags: ['p', 'new'], when: new Date(0), rating: 1, more: 5 },
        { price: null, brand: null, tags: [], when: null, rating: 2, more: 6 },
      ],
      { types: { price: 'number', brand: 'string', tags: 'list', when: 'timestamp' } },
    )
    const made = await pipeline.transformTable(other, { keep: ['rating'] })
    expect(made.columns).toEqual([
      'price',
      'brand',
      'hashed',
      'index',
      'goal',
      'tags',
      'when.hour.sin',
      'when.hour.cos',
      'rating',
    ])
    expect(made.row(0)).toMatchObject({
      price: 0.5,
      brand: '<unseen>',
      index: '<unseen>',
      goal: 3,
      tags: ['p', '<unseen>'],
      rating: 1,
    })
    expect(made.row(1)).toMatchObject({ price: 0.5, brand: null, hashed: null, tags: [], 'when.hour.cos': 0 })
    expect(made.column('hashed')).toMatchObject({ dictionary: ['hashed#0', 'hashed#1', 'hashed#2', 'hashed#3'] })
    expect(pipeline.report.features.brand).toEqual({ missing: 1, unseen: 1, outliers: 0, truncated: 0 })
    await expect(pipeline.transformTable(other, { keep: ['price'] })).rejects.toEqual(code('ERR_VALUE'))
  })

  it('of texts come through any embedder, each text once', async () => {
    const embedder = await loadEmbedder()
    const texts = Table.from({ title: ['a red shoe', null, 'a red shoe', 'a hat'], price: [1, 2, 3, 4] })
    const pipeline = await new FeaturePipeline({
      price: 'standard',
      title: { kind: 'text', embedder, normalize: true },
    }).fit(texts)
    const { vectors } = await embedder.embed(['a red shoe', 'a hat'], { normalize: true })
    const matrix = await pipeline.transformMatrix(texts)
    expect(matrix.cols).toBe(1 + vectors.cols)
    expect(bits(matrix.row(2).subarray(1))).toBe(bits(vectors.row(0)))
    expect(
      matrix
        .row(1)
        .subarray(1)
        .every((value) => value === 0),
    ).toBe(true)
    expect(bits(await pipeline.transformRowAsync({ title: 'a hat', price: 4 }))).toBe(bits(matrix.row(3)))
    expect(bits(pipeline.transformRow({ title: vectors.row(1), price: 4 }))).toBe(bits(matrix.row(3)))
    expect(() => pipeline.transformRow({ title: 'a hat', price: 4 })).toThrow(code('ERR_NOT_SUPPORTED'))
    expect(pipeline.transformRow({ price: 4 })[3]).toBe(0)
    expect(pipeline.report.rows).toBe(7)
    const folder = join(dir, 'texts')
    await pipeline.save(folder)
    await expect(FeaturePipeline.load(folder)).rejects.toThrow(/give embedders: \{ "title"/)
    await expect(FeaturePipeline.load(folder, { embedders: { titel: embedder } })).rejects.toEqual(code('ERR_VALUE'))
    const loaded = await FeaturePipeline.load(folder, { embedders: { title: embedder } })
    expect(bits((await loaded.transformMatrix(texts)).data)).toBe(bits(matrix.data))
    embedder.dispose()
  })

  it('are those of a row whose fields are getters', async () => {
    class Shoe {
      get price() {
        return 3
      }
      get brand() {
        return 'y'
      }
    }
    const pipeline = await new FeaturePipeline({ price: 'number', brand: 'one-hot' }).fit(table)
    expect([...pipeline.transformRow(new Shoe() as never)]).toEqual([3, 0, 1, 0])
  })
})

describe('an input that is not that of fit', () => {
  const table = Table.from([
    { price: 1, brand: 'x', vector: [1, 2] },
    { price: 2, brand: 'y', vector: [3, 4] },
  ])
  const fitted = () => new FeaturePipeline({ price: 'standard', brand: 'one-hot', vector: 'vector' }).fit(table)

  it('is refused, with every difference by name', async () => {
    const pipeline = await fitted()
    const wrong = Table.from([{ price: 'cheap', vector: [1, 2, 3], other: 1 }])
    const error = await pipeline.transform(wrong).catch((thrown) => thrown)
    expect(error).toEqual(code('ERR_COLUMN'))
    expect(error.message).toMatch(/column "price" is of type string, but was of type number/)
    expect(error.message).toMatch(/column "brand" of type string is not there/)
    expect(error.message).toMatch(/column "vector" is of type vector of 3, but was of type vector of 2/)
    for (const call of [() => pipeline.transformMatrix(wrong), () => pipeline.transformTable(wrong)])
      await expect(call()).rejects.toEqual(code('ERR_COLUMN'))
    expect(pipeline.report.rows).toBe(0)
  })

  it('may have other columns, and columns in which all is missing', async () => {
    const pipeline = await fitted()
    const other = Table.from([{ more: 1, price: null, brand: null, vector: null }])
    expect((await pipeline.transformMatrix(other)).data).toEqual(pipeline.transformRow({}))
  })

  it.each([
    [{ price: 'cheap' }, /column "price": expected a value of type 'number'/],
    [{ price: Infinity }, /column "price"/],
    [{ brand: {} }, /column "brand"/],
    [{ vector: 'x' }, /column "vector"/],
    [{ vector: [1, Number.NaN] }, /column "vector"/],
  ])('is refused as a row %o, and not counted', async (row, message) => {
    const pipeline = await fitted()
    expect(() => pipeline.transformRow({ price: null, ...row })).toThrow(message)
    expect(() => pipeline.transformRow(row)).toThrow(code('ERR_DATA'))
    expect(pipeline.report).toEqual((await fitted()).report)
    expect(() => pipeline.transformRow(null as never)).toThrow(code('ERR_VALUE'))
    expect(() => pipeline.transformRow({ vector: [1] })).toThrow(code('ERR_SHAPE'))
  })
})

describe('mistakes', () => {
  const table = Table.from([{ price: 1, brand: 'x', id: 'a' }])
  it.each<[string, unknown, RegExp]>([
    ['no features', {}, /at least one/],
    ['what is no object', 5, /features by name/],
    ['an unknown kind', { price: 'standart' }, /feature "price": kind: .*Did you mean "standard"/],
    [
      'an unknown option',
      { price: { kind: 'standard', flags: true } },
      /feature "price".*"flags".*Did you mean "flag"/,
    ],
    ['an option of another kind', { price: { kind: 'standard', clip: true } }, /unknown option "clip"/],
    ['an unknown zone', { when: { kind: 'cyclic', timeZone: 'Europe/Berlln' } }, /Europe\/Berlln/],
    ['an unknown part', { when: { kind: 'cyclic', parts: ['minute'] } }, /parts: expected one of/],
    ['no part', { when: { kind: 'cyclic', parts: [] } }, /parts: expected a list/],
    ['a place beyond the pole', { at: { kind: 'place', points: { x: [91, 0] } } }, /points\.x\[0\]/],
    ['a text without an embedder', { t: { kind: 'text' } }, /expected an embedder/],
    ['a wrong embedder', { t: { kind: 'text', embedder: {} } }, /expected what loadEmbedder/],
    ['a number that has no logarithm', { p: { kind: 'log', missing: -3 } }, /missing: expected/],
    ['a column that is no name', { p: { kind: 'number', column: 5 } }, /column: expected the name/],
  ])('%s', (_, features, message) => {
    expect(() => new FeaturePipeline(features as never)).toThrow(code('ERR_VALUE'))
    expect(() => new FeaturePipeline(features as never)).toThrow(message)
  })

  it('in fit leave the pipeline as it was', async () => {
    const pipeline = new FeaturePipeline({ price: 'number', brand: 'one-hot' })
    expect(() => pipeline.transformRow({})).toThrow(code('ERR_NOT_FITTED'))
    await expect(pipeline.transform(table)).rejects.toEqual(code('ERR_NOT_FITTED'))
    await expect(
      pipeline.fit(Table.from({ price: [], brand: [] }, { types: { price: 'number', brand: 'string' } })),
    ).rejects.toEqual(code('ERR_DATA'))
    await pipeline.fit(table)
    const before = pipeline.transformRow({ price: 4, brand: 'x' })
    await expect(pipeline.fit({} as never)).rejects.toEqual(code('ERR_VALUE'))
    await expect(pipeline.fit(Table.from([{ price: 'a' }]))).rejects.toThrow(
      /feature "price" reads columns of type number or boolean or timestamp, but "price" is of type string; feature "brand" reads column "brand", which is not there/,
    )
    await expect(pipeline.fit(table, { id: 'none' })).rejects.toEqual(code('ERR_COLUMN'))
    await expect(pipeline.fit(table, { signal: AbortSignal.abort() })).rejects.toEqual(code('ERR_ABORTED'))
    const thrown = new Error('of the caller')
    const failing = () => {
      throw thrown
    }
    await expect(pipeline.fit(table, { onProgress: failing })).rejects.toBe(thrown)
    await expect(pipeline.transform(table, { onProgress: failing })).rejects.toBe(thrown)
    expect(pipeline.transformRow({ price: 4, brand: 'x' })).toEqual(before)
  })

  it('an abort stops every call, before it and during it', async () => {
    const values = Float64Array.from({ length: 300_000 }, (_, i) => Math.sin(i))
    const big = Table.from({ price: values, brand: Array.from(values, (x) => `b${Math.floor(1000 * x)}`) })
    const pipeline = await new FeaturePipeline({ price: 'quantile', brand: 'ordinal' }).fit(big)
    const before = pipeline.report
    const reason = new Error('enough')
    const calls: ((options: { signal: AbortSignal }) => Promise<unknown>)[] = [
      (options) => new FeaturePipeline({ price: 'quantile', brand: 'ordinal' }).fit(big, options),
      (options) => pipeline.transform(big, options),
      (options) => pipeline.transformMatrix(big, options),
      (options) => pipeline.transformTable(big, options),
    ]
    for (const [c, call] of calls.entries()) {
      await expect(call({ signal: AbortSignal.abort(reason) }), String(c)).rejects.toMatchObject({ cause: reason })
      const controller = new AbortController()
      const running = call({ signal: controller.signal })
      setImmediate(() => controller.abort(reason))
      await expect(running, String(c)).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: reason })
    }
    expect(pipeline.report).toEqual(before)
  })

  it('in ids are named', async () => {
    const pipeline = await new FeaturePipeline({ price: 'number' }).fit(table, { id: 'id' })
    await expect(
      pipeline.transform(
        Table.from([
          { price: 1, id: 'a' },
          { price: 2, id: 'a' },
        ]),
      ),
    ).rejects.toEqual(code('ERR_DUPLICATE'))
    await expect(
      pipeline.transform(
        Table.from([
          { price: 1, id: 'a' },
          { price: 2, id: null },
        ]),
      ),
    ).rejects.toThrow(/row 1 has no id/)
    await expect(pipeline.transform(Table.from([{ price: 1 }]))).rejects.toEqual(code('ERR_COLUMN'))
  })

  it('progress is told', async () => {
    const seen: number[] = []
    const pipeline = await new FeaturePipeline({ price: 'number', brand: 'one-hot' }).fit(table, {
      onProgress: ({ done, total }) => seen.push(done / total),
    })
    expect(seen).toEqual([0.5, 1])
    await pipeline.transformMatrix(table, { onProgress: ({ done, total }) => seen.push(done / total) })
    expect(seen.at(-1)).toBe(1)
  })
})

describe('a saved pipeline', () => {
  it('that was altered is refused', async () => {
    const table = Table.from([{ price: 1, brand: 'x', size: 3, sold: true }])
    const pipeline = await new FeaturePipeline({
      price: 'standard',
      brand: 'one-hot',
      size: { kind: 'one-hot' },
      sold: { kind: 'ordinal' },
    }).fit(table, { id: 'brand' })
    const folder = join(dir, 'altered')
    await pipeline.save(folder)
    expect([...(await (await FeaturePipeline.load(folder)).transform(table)).ids]).toEqual(['x'])
    const path = join(folder, 'config.json')
    const config = readFileSync(path, 'utf8')
    const change = (from: string, to: string) => {
      expect(config).toContain(from)
      writeFileSync(path, config.replace(from, to))
    }
    for (const [from, to] of [
      ['"type": "number"', '"type": "string"'],
      ['"kind": "standard"', '"kind": "robust"'],
      ['"missing": "mean"', '"missing": "median"'],
      ['"features": [', '"features": 5, "f": ['],
      ['"name": "price"', '"name": "prize"'],
      ['"drop": false', '"drop": true'],
      ['"categories": "string"', '"categories": 5'],
      ['"id": "brand"', '"id": 5'],
      ['"features": [', '"features": [null, '],
    ] as const) {
      change(from, to)
      await expect(FeaturePipeline.load(folder), `${from} -> ${to}`).rejects.toEqual(code('ERR_MODEL_FILE'))
    }
    await expect(FeaturePipeline.load(join(dir, 'none'))).rejects.toEqual(code('ERR_MODEL_FILE'))
  })

  it('of hashes alone has nothing to learn, and is saved all the same', async () => {
    const table = Table.from([{ brand: 'x' }])
    const pipeline = await new FeaturePipeline({ brand: { kind: 'hash', buckets: 3 } }).fit(table)
    await pipeline.save(join(dir, 'hash'))
    const loaded = await FeaturePipeline.load(join(dir, 'hash'))
    expect(loaded.transformRow({ brand: 'q' })).toEqual(pipeline.transformRow({ brand: 'q' }))
  })
})
