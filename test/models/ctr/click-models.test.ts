import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  backendInfo,
  ClickReport,
  DCNv2,
  DeepFM,
  FactorizationMachine,
  FeaturePipeline,
  FieldAwareFM,
  FinalMLP,
  GradientBoostedTrees,
  LogisticRegression,
  loadModel,
  setThreads,
  Table,
  WideAndDeep,
} from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { CLICK_MODELS } from '#lib/models/registry.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-clicks-'))
afterAll(() => rmSync(dir, { recursive: true }))

const small = { epochs: 30, batchSize: 64, learningRate: 0.01, embeddingRate: 5, seed: 3 }
const deep = { ...small, hidden: [16, 8], dropout: 0.1, dims: 4 }
const MODELS = {
  LogisticRegression: () => new LogisticRegression(small),
  FactorizationMachine: () => new FactorizationMachine({ ...small, dims: 4 }),
  FieldAwareFM: () => new FieldAwareFM({ ...small, dims: 2 }),
  WideAndDeep: () => new WideAndDeep(deep),
  DeepFM: () => new DeepFM(deep),
  DCNv2: () => new DCNv2({ ...deep, batchNorm: true }),
  FinalMLP: () => new FinalMLP(deep),
}
const cases = Object.entries(MODELS) as [keyof typeof MODELS, () => DeepFM][]

/** Clicks where the user's taste is the item's kind, more so in the evening, and where the price is low. */
function clicks(rows: number, seed: number): Table {
  const random = createRandom(seed)
  return Table.from(
    Array.from({ length: rows }, () => {
      const [user, item, hour] = [random.integer(12), random.integer(10), random.integer(4)]
      const price = random.normal()
      const z = (user % 2 === item % 2 ? 2.5 : -2.5) + (hour === 3 ? 1 : 0) - price
      return {
        click: Number(random.next() < 1 / (1 + Math.exp(-z))),
        user: `u${user}`,
        item: `i${item}`,
        hour: hour,
        price: random.next() < 0.05 ? null : price,
        tags: item % 3 === 0 ? [] : [`t${item % 4}`, `t${item % 2}`],
        photo: Float32Array.of(item / 10, (item % 2) - 0.5, 1),
      }
    }),
    { types: { photo: 'vector', price: 'number' } },
  )
}
const train = clicks(1500, 1)
const valid = clicks(600, 2)
const fit = { label: 'click', validation: valid, fields: { hour: 'categorical' } as const }
const bitsOf = (values: Float32Array) => [...new Uint32Array(values.buffer, values.byteOffset, values.length)]

describe.each(cases)('%s', (name, make) => {
  const fitted = make().fit(train, fit)

  it('is among the models that are loaded by name', () => {
    expect(CLICK_MODELS[name].algorithm).toBe(name)
    expect(Object.keys(CLICK_MODELS)).toContain(name)
  })

  it('learns from all kinds of fields', async () => {
    const model = await fitted
    expect(Object.fromEntries(model.fields.map((field) => [field.name, field.kind]))).toEqual({
      user: 'categorical',
      item: 'categorical',
      hour: 'categorical',
      price: 'numeric',
      tags: 'multi',
      photo: 'vector',
    })
    const report = await model.evaluate(valid, { group: 'user' })
    // Pairs of user and item are beyond a model of first order.
    expect(report.auc).toBeGreaterThan(name === 'LogisticRegression' ? 0.55 : 0.85)
    expect(report.groupedAuc).toBeGreaterThan(name === 'LogisticRegression' ? 0.52 : 0.85)
    expect(report.groups).toBe(12)
    const best = model.history.reduce((a, b) => (b.score! > a.score! ? b : a))
    expect(best.validation).toBeInstanceOf(ClickReport)
    expect(report.auc).toBe(best.score)
  })

  it('gives probabilities that do not depend on the rows beside', async () => {
    const model = await fitted
    const all = await model.predict(valid)
    expect(all).toHaveLength(valid.rows)
    for (const p of all) expect(p > 0 && p < 1).toBe(true)
    const part = await model.predict(valid.filterRows(Int32Array.of(5, 3)))
    expect(part[0]).toBeCloseTo(all[5]!, 6)
    expect(part[1]).toBeCloseTo(all[3]!, 6)
    expect(await model.predict(valid.slice(0, 0))).toHaveLength(0)
  })

  it('is saved and loaded, by its class and by loadModel', async () => {
    const model = await fitted
    const path = join(dir, name)
    await model.save(path)
    const before = bitsOf(await model.predict(valid))
    const loaded = await loadModel<DeepFM>(path)
    expect(loaded).toBeInstanceOf(CLICK_MODELS[name])
    expect(loaded.options).toEqual(model.options)
    expect(loaded.fields).toEqual(model.fields)
    expect(bitsOf(await loaded.predict(valid))).toEqual(before)
    const Class = model.constructor as typeof DeepFM
    expect(bitsOf(await (await Class.load(path)).predict(valid))).toEqual(before)
    const other = (name === 'DeepFM' ? WideAndDeep : DeepFM) as typeof DeepFM
    await expect(other.load(path)).rejects.toMatchObject({
      code: 'ERR_MODEL_FILE',
      message: expect.stringContaining(name),
    })
  })

  it('scores candidates in a context as it scores rows', async () => {
    const model = await fitted
    const items = valid.slice(0, 20).select(['item', 'tags', 'photo'])
    const scorer = await model.candidates(items)
    const context = { user: 'u3', hour: 3, price: null }
    const rows = Int32Array.of(4, 0, 4, 19)
    const table = Table.from(
      [...rows].map((row) => ({ ...items.row(row), ...context })),
      { types: { price: 'number', tags: 'list', photo: 'vector' } },
    )
    const expected = await model.predict(table)
    const scores = await scorer.score(context, rows)
    for (const [n, p] of expected.entries()) expect(scores[n]).toBeCloseTo(p, 6)
  })

  it('learns from further rows', async () => {
    const model = await make().fit(train, { ...fit, validation: undefined })
    const turned = Table.from(
      [...clicks(1500, 5)].map((row) => ({ ...row, click: 1 - (row.click as number) })),
      {
        types: { photo: 'vector', price: 'number', tags: 'list' },
      },
    )
    const before = await model.evaluate(turned)
    for (let n = 0; n < 3; n++) await model.update(turned)
    const after = await model.evaluate(turned)
    expect(after.logLoss).toBeLessThan(before.logLoss)
  })
})

describe('categories', () => {
  it('that are unseen or rare share what the model has learnt of such, and are counted', async () => {
    const model = await new FactorizationMachine({ ...small, dims: 4, unseenShare: 0.02 }).fit(train, fit)
    const base = valid.slice(0, 3)
    const unseen = base.with([
      { type: 'string', name: 'user', codes: Int32Array.of(0, 1, -1), dictionary: ['new', 'newer'] },
    ])
    const predicted = await model.predict(unseen)
    expect(model.counts.rows).toBe(3)
    expect(model.counts.fields.user).toEqual({ unseen: 2, missing: 1 })
    expect(predicted.every((p) => p > 0.02 && p < 0.98)).toBe(true)
    // All new users are one to it.
    const two = Table.concat([
      unseen.slice(0, 1),
      unseen.slice(0, 1).with([{ type: 'string', name: 'user', codes: Int32Array.of(0), dictionary: ['other'] }]),
    ])
    const [first, second] = await model.predict(two)
    expect(first).toBe(second)
    // A user of whom nothing is known gets what users get on the whole.
    const every = await model.predict(
      Table.concat(
        Array.from({ length: 12 }, (_, n) =>
          base.slice(0, 1).with([{ type: 'string', name: 'user', codes: Int32Array.of(0), dictionary: [`u${n}`] }]),
        ),
      ),
    )
    const logit = (p: number) => Math.log(p / (1 - p))
    const spread = Math.max(...every) - Math.min(...every)
    const mean = every.reduce((sum, p) => sum + logit(p), 0) / 12
    expect(spread).toBeGreaterThan(0.4)
    expect(Math.abs(logit(first!) - mean)).toBeLessThan(1.5)
  })

  it('rarer than minCount have no embeddings of their own', async () => {
    const rare = Table.concat([
      train,
      train.slice(0, 1).with([{ type: 'string', name: 'user', codes: Int32Array.of(0), dictionary: ['once'] }]),
    ])
    const sizes = async (minCount: number) =>
      (await new LogisticRegression({ ...small, epochs: 1, minCount }).fit(rare, fit)).fields.find(
        ({ name }) => name === 'user',
      )!.size
    expect(await sizes(1)).toBe(13)
    expect(await sizes(2)).toBe(12)
  })
})

describe('files in the format of LIBSVM', () => {
  const path = join(dir, 'fields.libsvm')
  const random = createRandom(4)
  const lines = Array.from({ length: 400 }, () => {
    const [a, b] = [random.integer(6), random.integer(5)]
    return `${Number(a % 2 === b % 2)} ${a}:1 ${6 + b}:1`
  })
  writeFileSync(path, lines.join('\n'))

  it('of one-hot fields give categorical fields by their ranges', async () => {
    const table = await Table.read(path)
    const model = await new FactorizationMachine({ ...small, dims: 4 }).fit(table, { label: 'label' })
    expect(model.fields.map(({ name, kind, size }) => [name, kind, size])).toEqual([
      ['features[0]', 'categorical', 6],
      ['features[1]', 'categorical', 5],
    ])
    expect((await model.evaluate(table)).auc).toBeGreaterThan(0.95)
    const odd = join(dir, 'odd.libsvm')
    writeFileSync(odd, '1 2:1\n0 3:1 99:1\n1 1:1 2:1')
    const other = await Table.read(odd)
    await model.predict(other.slice(0, 2))
    expect(model.counts.fields).toMatchObject({ 'features[1]': { missing: 1, unseen: 1 } })
    await expect(model.predict(other)).rejects.toMatchObject({ code: 'ERR_DATA' })
  })

  it('of one-hot fields may have indices between those of the training, which are unseen', async () => {
    const read = (name: string, rows: readonly string[]) => {
      writeFileSync(join(dir, name), rows.join('\n'))
      return Table.read(join(dir, name))
    }
    const known = Array.from({ length: 120 }, (_, n) => `${n % 2} ${1 + (n % 5)}:1 ${10 + (n % 7)}:1 ${20 + (n % 3)}:1`)
    const model = await new FactorizationMachine({ ...small, dims: 4, epochs: 2 }).fit(
      await read('known.libsvm', known),
      {
        label: 'label',
      },
    )
    // 9 is of the second field, for it comes second; 18 of the third.
    const [unseen, above, second] = await model.predict(
      await read('between.libsvm', ['1 1:1 9:1 20:1', '1 1:1 17:1 20:1', '0 1:1 12:1 18:1']),
    )
    expect(unseen).toBe(above)
    expect(second).not.toBe(above)
    expect(model.counts.fields).toMatchObject({
      'features[0]': { unseen: 0, missing: 0 },
      'features[1]': { unseen: 2, missing: 0 },
      'features[2]': { unseen: 1, missing: 0 },
    })
    for (const row of ['1 1:1 2:1 20:1', '1 1:1 9:1 12:1 20:1', '1 1:1 9:1 12:1'])
      await expect(model.predict(await read('two.libsvm', [row]))).rejects.toMatchObject({ code: 'ERR_DATA' })
  })

  it('give no two fields of one name', async () => {
    const table = (await Table.read(path)).with([
      { type: 'number', name: 'features[0]', values: Float64Array.from(lines, (_, n) => n) },
    ])
    await expect(new LogisticRegression(small).fit(table, { label: 'label' })).rejects.toMatchObject({
      code: 'ERR_COLUMN',
      message: expect.stringMatching(/two fields "features\[0\]"/),
    })
  })

  it('of other features give one multi-valued field, whose values count', async () => {
    const weighted = join(dir, 'weighted.libsvm')
    writeFileSync(
      weighted,
      lines
        .map((line, n) =>
          n % 2
            ? `${line} 20:${n % 4 === 1 ? 2 : -2}`.replace(/^\d/, String(Number(n % 4 === 1)))
            : `${n % 4 === 0 ? 1 : 0} 3:1`,
        )
        .join('\n'),
    )
    const model = await new LogisticRegression(small).fit(await Table.read(weighted), { label: 'label' })
    expect(model.fields.map(({ name, kind }) => [name, kind])).toEqual([['features', 'multi']])
    const [two, minus] = await model.predict((await Table.read(weighted)).filterRows(Int32Array.of(1, 3)))
    expect(two! - minus!).toBeGreaterThan(0.5)
    await expect(
      new LogisticRegression(small).fit(await Table.read(weighted), {
        label: 'label',
        fields: { features: 'categorical' },
      }),
    ).rejects.toMatchObject({ code: 'ERR_DATA' })
  })
})

describe('a FeaturePipeline', () => {
  it('makes the fields, is fitted, saved and loaded with the model', async () => {
    const features = new FeaturePipeline({ user: 'ordinal', item: 'one-hot', price: 'quantile' })
    const model = await new FactorizationMachine({ ...small, dims: 4 }).fit(train, {
      label: 'click',
      validation: valid,
      features,
    })
    expect(features.isFitted).toBe(true)
    expect(model.fields.map(({ name, kind }) => [name, kind])).toEqual([
      ['user', 'categorical'],
      ['item', 'categorical'],
      ['price', 'numeric'],
    ])
    const path = join(dir, 'with-features')
    await model.save(path)
    await model.save(path)
    expect(readdirSync(path).filter((name) => name.startsWith('features-'))).toHaveLength(1)
    const loaded = await loadModel<FactorizationMachine>(path)
    expect(bitsOf(await loaded.predict(valid))).toEqual(bitsOf(await model.predict(valid)))
    const items = valid.slice(0, 5).select(['item'])
    const scores = await (await loaded.candidates(items)).score({ user: 'u1', price: 0.5 }, Int32Array.of(2, 0))
    const table = Table.from([2, 0].map((row) => ({ item: items.row(row).item, user: 'u1', price: 0.5 })))
    expect(bitsOf(scores)).toEqual(bitsOf(await model.predict(table)))
  })

  const once = () => new FactorizationMachine({ ...small, dims: 4, epochs: 1 })

  it('may be fitted again without a change of the model', async () => {
    const features = new FeaturePipeline({ user: 'ordinal', price: 'standard' })
    const model = await once().fit(train, { label: 'click', features })
    const before = bitsOf(await model.predict(valid))
    await features.fit(Table.from([{ user: 'other', price: 1000 }]))
    expect(bitsOf(await model.predict(valid))).toEqual(before)
  })

  it('stays as it was after a fit that failed', async () => {
    const features = new FeaturePipeline({ price: 'standard' })
    const one = Table.from([{ click: 1, price: 1 }])
    await expect(once().fit(one, { label: 'click', features })).rejects.toMatchObject({ code: 'ERR_DATA' })
    expect(features.isFitted).toBe(false)
  })

  it('is whole after saves at the same time into one folder', async () => {
    const models = await Promise.all(
      [1, 2, 3].map((seed) => {
        const features = new FeaturePipeline({ price: 'standard' })
        return new FactorizationMachine({ ...small, seed, dims: 4, epochs: 1 }).fit(train, { label: 'click', features })
      }),
    )
    const path = join(dir, 'at-once')
    for (let n = 0; n < 5; n++) {
      await Promise.all(models.map((model) => model.save(path)))
      const loaded = await FactorizationMachine.load(path)
      expect(readdirSync(path).filter((name) => name.startsWith('features-'))).toHaveLength(1)
      const saved = models.find(({ options }) => options.seed === loaded.options.seed)!
      expect(bitsOf(await loaded.predict(valid))).toEqual(bitsOf(await saved.predict(valid)))
    }
  })

  it('does not read the label', async () => {
    const features = new FeaturePipeline({ price: 'standard', seen: { kind: 'standard', column: 'click' } })
    await expect(once().fit(train, { label: 'click', features })).rejects.toMatchObject({
      code: 'ERR_COLUMN',
      message: expect.stringMatching(/reads the label "click"/),
    })
  })

  it('makes no fields of what is ignored', async () => {
    const features = new FeaturePipeline({
      user: 'ordinal',
      cost: { kind: 'standard', column: 'price' },
      item: 'ordinal',
    })
    const model = await once().fit(train, { label: 'click', features, ignore: ['user', 'cost', 'hour'] })
    expect(model.fields.map(({ name }) => name)).toEqual(['item'])
    await expect(once().fit(train, { label: 'click', features, ignore: ['none'] })).rejects.toMatchObject({
      code: 'ERR_COLUMN',
    })
  })
})

describe('a fit', () => {
  const make = () => new DCNv2({ ...deep, epochs: 4, batchNorm: true })

  it('gives the same bits with the same seed on any number of threads, and others with another', async () => {
    const { count } = backendInfo().threads
    setThreads(1)
    const a = await make().fit(train, fit)
    setThreads(3)
    const b = await make().fit(train, fit)
    setThreads(count)
    const c = await new DCNv2({ ...deep, epochs: 4, batchNorm: true, seed: 9 }).fit(train, fit)
    const of = async (model: DCNv2) => bitsOf(await model.predict(valid))
    expect(await of(a)).toEqual(await of(b))
    expect(await of(a)).not.toEqual(await of(c))
  })

  it('goes on where it was interrupted, to the same bits', async () => {
    const whole = await make().fit(train, fit)
    const checkpoint = join(dir, 'checkpoint')
    const abort = new AbortController()
    const stopped = make().fit(train, {
      ...fit,
      checkpoint,
      checkpointEvery: 7,
      signal: abort.signal,
      onProgress: ({ step }) => step === 60 && abort.abort(),
    })
    await expect(stopped).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    const resumed = await make().fit(train, { ...fit, checkpoint, checkpointEvery: 7 })
    expect(bitsOf(await resumed.predict(valid))).toEqual(bitsOf(await whole.predict(valid)))
    expect(resumed.history.map(({ score }) => score)).toEqual(whole.history.map(({ score }) => score))
    await expect(new DeepFM({ ...deep, epochs: 4 }).fit(train, { ...fit, checkpoint })).rejects.toMatchObject({
      code: 'ERR_VALUE',
    })
  })

  it('that fails or is aborted leaves the model as it was', async () => {
    const model = await make().fit(train, fit)
    const before = bitsOf(await model.predict(valid))
    const abort = new AbortController()
    const stopped = model.fit(valid, { ...fit, signal: abort.signal, onProgress: () => abort.abort() })
    await expect(stopped).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    await expect(model.fit(valid.drop(['click']), fit)).rejects.toMatchObject({ code: 'ERR_COLUMN' })
    expect(bitsOf(await model.predict(valid))).toEqual(before)
    expect(model.history).toHaveLength(4)
  })

  it('takes a last batch of one row, by batch normalised or not', async () => {
    const model = new DCNv2({ ...deep, epochs: 1, batchNorm: true, batchSize: 7 })
    await model.fit(train.slice(0, 15), { label: 'click', fields: fit.fields })
    expect(model.history[0]!.loss).toBeGreaterThan(0)
  })
})

describe('many rows', () => {
  it('are predicted in runs, as in tables of fewer', async () => {
    const model = await new DeepFM({ ...deep, epochs: 1 }).fit(train, fit)
    const many = clicks(9000, 8)
    const all = await model.predict(many)
    const last = await model.predict(many.slice(8990))
    for (const [n, p] of last.entries()) expect(p).toBeCloseTo(all[8990 + n]!, 6)
    const first = await model.predict(many.slice(4090, 4100))
    for (const [n, p] of first.entries()) expect(p).toBeCloseTo(all[4090 + n]!, 6)
  })
})

describe.each([
  ['networks', () => new FactorizationMachine({ ...small, epochs: 1 })],
  ['trees', () => new GradientBoostedTrees({ iterations: 5 })],
] as const)('a request of one row with nulls: %s', (_, make) => {
  it('is predicted as what is missing, whatever type the columns are taken for', async () => {
    const model = await make().fit(train, fit)
    const none = { user: null, item: null, hour: null, price: null, tags: null, photo: null }
    const types = { user: 'string', item: 'string', hour: 'number', price: 'number', tags: 'list' } as const
    const typed = Table.from([{ ...none, photo: null }, train.row(0)], { types: { ...types, photo: 'vector' } })
    const [expected] = await model.predict(typed)
    expect([...(await model.predict(Table.from([none])))]).toEqual([expected])
    const texts = Object.fromEntries(Object.keys(none).map((name) => [name, 'string'] as const))
    expect([...(await model.predict(Table.from([none], { types: texts })))]).toEqual([expected])
    expect(model.counts).toMatchObject({ rows: 4, fields: { photo: { missing: 3 } } })
    await expect(model.predict(Table.from([{ ...none, tags: 1 }]))).rejects.toMatchObject({ code: 'ERR_COLUMN' })
  })
})

describe('what cannot be learnt from', () => {
  const model = new LogisticRegression({ ...small, epochs: 1 })
  const labelled = (values: (number | null)[]) =>
    Table.from(
      values.map((label, n) => ({ label, x: `x${n % 2}` })),
      { types: { label: 'number' } },
    )
  it.each<[string, () => Promise<unknown>, string, RegExp]>([
    [
      'labels beside 0 and 1',
      () => model.fit(labelled([0, 1, 2]), { label: 'label' }),
      'ERR_DATA',
      /row 2 of "label" has 2/,
    ],
    [
      'a missing label',
      () => model.fit(labelled([0, null, 1]), { label: 'label' }),
      'ERR_DATA',
      /row 1 of "label" has none/,
    ],
    ['one class', () => model.fit(labelled([1, 1]), { label: 'label' }), 'ERR_DATA', /has labels 1 alone/],
    ['no rows', () => model.fit(labelled([0, 1]).slice(0, 0), { label: 'label' }), 'ERR_DATA', /has no rows/],
    ['no label', () => model.fit(labelled([0, 1]), { label: 'clicked' }), 'ERR_COLUMN', /no column "clicked"/],
    ['texts as labels', () => model.fit(labelled([0, 1]), { label: 'x' }), 'ERR_COLUMN', /holds strings/],
    [
      'no other column',
      () => model.fit(labelled([0, 1]).select(['label']), { label: 'label' }),
      'ERR_COLUMN',
      /beside the label/,
    ],
    ['no table', () => model.fit([] as never, { label: 'label' }), 'ERR_VALUE', /expected a Table/],
    [
      'an unknown kind',
      () => model.fit(labelled([0, 1]), { label: 'label', fields: { x: 'text' as never } }),
      'ERR_VALUE',
      /expected one of/,
    ],
    [
      'a kind that a column cannot be',
      () => model.fit(labelled([0, 1]), { label: 'label', fields: { x: 'numeric' } }),
      'ERR_COLUMN',
      /not numeric/,
    ],
    [
      'a field that is not there',
      () => model.fit(labelled([0, 1]), { label: 'label', fields: { y: 'numeric' } }),
      'ERR_COLUMN',
      /no field "y"/,
    ],
    [
      'a pipeline that is none',
      () => model.fit(labelled([0, 1]), { label: 'label', features: {} as never }),
      'ERR_VALUE',
      /FeaturePipeline/,
    ],
    [
      'a validation of one class',
      () => model.fit(labelled([0, 1]), { label: 'label', validation: labelled([0, 0]) }),
      'ERR_DATA',
      /validation/,
    ],
  ])('is refused: %s', async (_, call, code, message) => {
    await expect(call()).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('is refused by predict and evaluate alike', async () => {
    await expect(model.predict(train)).rejects.toMatchObject({ code: 'ERR_NOT_FITTED' })
    const own = await new LogisticRegression({ ...small, epochs: 1 }).fit(train, fit)
    await expect(own.predict(train.drop(['user', 'tags']))).rejects.toMatchObject({
      code: 'ERR_COLUMN',
      message: expect.stringMatching(/"user" \(string.*\) is not there, "tags" \(list\) is not there/),
    })
    await expect(own.evaluate(train.drop(['click']))).rejects.toMatchObject({ code: 'ERR_COLUMN' })
    const huge = Float32Array.from({ length: 6 }, (_, n) => (n % 2 ? -3e38 : 3e38))
    const large = train.slice(0, 2).with([{ type: 'vector', name: 'photo', values: huge, width: 3 }])
    const pairs = await new FactorizationMachine({ ...small, epochs: 1 }).fit(train, fit)
    for (const call of [() => pairs.predict(large), () => pairs.evaluate(large)])
      await expect(call()).rejects.toMatchObject({ code: 'ERR_NOT_FINITE', message: expect.stringMatching(/row 0/) })
    const photo = Float32Array.from(train.slice(0, 2).rows === 2 ? [0, 1, 2, 0, Number.POSITIVE_INFINITY, 1] : [])
    const broken = train.slice(0, 2).with([{ type: 'vector', name: 'photo', values: photo, width: 3 }])
    await expect(own.predict(broken)).rejects.toMatchObject({
      code: 'ERR_DATA',
      message: expect.stringMatching(/row 1 of "photo"/),
    })
    const missing = train.slice(0, 1).with([
      { type: 'vector', name: 'photo', values: new Float32Array(3).fill(Number.NaN), width: 3 },
      { type: 'number', name: 'price', values: Float64Array.of(Number.NaN) },
    ])
    const [p] = await own.predict(missing)
    expect(p! > 0 && p! < 1).toBe(true)
    expect(own.counts.fields).toMatchObject({ photo: { missing: 1 }, price: { missing: 1 } })
    const extreme = train.slice(0, 1).with([{ type: 'number', name: 'price', values: Float64Array.of(1e300) }])
    expect((await own.predict(extreme))[0]).toBeGreaterThan(0)
  })

  it.each<[object, RegExp]>([
    [{ dims: 0 }, /dims/],
    [{ hidden: [] }, /hidden/],
    [{ hidden: [0] }, /hidden/],
    [{ dropout: 1 }, /dropout/],
    [{ heads: 3 }, /heads/],
    [{ l2: -1 }, /l2/],
    [{ minCount: 0 }, /minCount/],
    [{ unseenShare: 1 }, /unseenShare/],
    [{ batchSize: 0 }, /batchSize/],
    [{ schedule: 'often' }, /schedule/],
    [{ crossLayers: 3 }, /unknown option "crossLayers"/],
  ])('options are checked: %j', (options, message) => {
    expect(() => new FinalMLP(options)).toThrow(message)
  })
})

describe('saved folders that were changed', () => {
  it('are refused', async () => {
    const model = await new FactorizationMachine({ ...small, epochs: 1, dims: 4 }).fit(train, fit)
    const path = join(dir, 'changed')
    await model.save(path)
    const file = join(path, 'config.json')
    const config = JSON.parse(readFileSync(file, 'utf8'))
    const fieldOf = (of: typeof config, name: string) =>
      of.fitted.fields.find((field: { name: string }) => field.name === name)
    const changes: ((of: typeof config) => void)[] = [
      (of) => delete of.label,
      (of) => (of.options.dims = 5),
      (of) => (of.options.dims = 'many'),
      (of) => (of.fitted.fields = []),
      (of) => delete fieldOf(of, 'item').name,
      (of) => (fieldOf(of, 'price').deviation = -1),
      (of) => (fieldOf(of, 'photo').width = 4),
      (of) => (fieldOf(of, 'user').kind = 'vector'),
      (of) => (fieldOf(of, 'item').name = 'user'),
      (of) => (of.features = '../elsewhere'),
      (of) => (of.algorithm = 'DeepFM'),
    ]
    for (const change of changes) {
      const copy = structuredClone(config)
      change(copy)
      writeFileSync(file, JSON.stringify(copy))
      await expect(loadModel(path), String(change)).rejects.toMatchObject({ code: 'ERR_MODEL_FILE' })
    }
  })
})
