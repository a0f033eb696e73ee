// Classifiers of several labels and of numbers: losses, decisions, reports, files.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CrossEncoder, TextClassifier } from 'kindred'
import ort from 'onnxruntime-node'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { loadTokenizer, tokenSequences } from '#lib/text/base/token-sequences.js'
import { MultiLabelReport } from '#lib/text/multi-label-report.js'
import { RegressionReport } from '#lib/text/regression-report.js'
import { dir } from '../support/table-files.js'

const folder = join(__dirname, '..', 'fixtures', 'tiny-bert')
const { texts } = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as { texts: string[] }
const labels = ['sea', 'crime', 'animal']
const sets = [['sea'], ['crime'], [], ['animal', 'crime'], ['sea', 'animal'], ['crime']]
const numbers = [0.5, -2, 3, 1.25, 0, 4]
const whole = { batchSize: texts.length, epochs: 1, learningRate: 1e-3 }

const multi = (options = {}) => TextClassifier.load(folder, { labels, problemType: 'multi-label', seed: 3, ...options })
const regressor = () => TextClassifier.load(folder, { problemType: 'regression', seed: 3 })

describe('multi-label', () => {
  it('has the mean binary cross-entropy of all labels as its loss, and falls', async () => {
    const classifier = await multi()
    const before = await classifier.predict(texts)
    const expected = before.flatMap(({ scores }, text) =>
      labels.map((label, n) => -Math.log(sets[text]!.includes(label) ? scores[n]! : 1 - scores[n]!)),
    )
    await classifier.fit(texts, sets, whole)
    expect(classifier.history[0]!.loss).toBeCloseTo(expected.reduce((a, b) => a + b) / expected.length, 5)
    await classifier.fit(texts, sets, { ...whole, epochs: 150, learningRate: 1e-2 })
    expect((await classifier.predict(texts)).map((one) => one.labels.map(({ label }) => label).sort())).toEqual(
      sets.map((set) => [...set].sort()),
    )
    const report = await classifier.evaluate(texts, sets)
    expect(report).toMatchObject({ microF1: 1, macroF1: 1, accuracy: 1 })
    expect(report.perClass.map(({ label, support }) => [label, support])).toEqual([
      ['sea', 2],
      ['crime', 3],
      ['animal', 2],
    ])
  })

  it('gives the labels from the threshold on, the most probable first', async () => {
    const classifier = await multi()
    const { scores } = (await classifier.predict(texts.slice(0, 1)))[0]!
    const order = labels.map((label, n) => ({ label, score: scores[n]! })).sort((a, b) => b.score - a.score)
    const at = async (threshold: number) => (await classifier.predict(texts.slice(0, 1), { threshold }))[0]!.labels
    expect(await at(0)).toEqual(order)
    expect(await at(order[1]!.score)).toEqual(order.slice(0, 2))
    expect(await at(1)).toEqual([])
    const report = await classifier.evaluate(texts, sets, { threshold: 0 })
    expect(report.microF1).toBeCloseTo((2 * 7) / (7 + 18), 12)
    for (const threshold of [-0.1, 2, Number.NaN])
      await expect(classifier.predict(texts, { threshold })).rejects.toMatchObject({ code: 'ERR_VALUE' })
  })

  it('keeps the epoch of the best micro F1', async () => {
    const classifier = await multi()
    const validation = { texts, labels: sets }
    await classifier.fit(texts, sets, { ...whole, epochs: 30, learningRate: 3e-2, schedule: 'constant', validation })
    const scores = classifier.history.map((epoch) => epoch.validation!.microF1)
    expect((await classifier.evaluate(texts, sets)).microF1).toBe(Math.max(...scores))
  })

  it('is the same after it was saved, with the problem_type of transformers', async () => {
    const classifier = await multi()
    const out = join(dir, 'multi-label')
    await classifier.save(out)
    const config = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'))
    expect(config).toMatchObject({ problem_type: 'multi_label_classification', id2label: { 0: 'sea', 2: 'animal' } })
    const loaded = await TextClassifier.load(out, { problemType: 'multi-label' })
    expect(loaded.labels).toEqual(labels)
    expect(await loaded.predict(texts)).toEqual(await classifier.predict(texts))
    const unasked = await TextClassifier.load(out)
    expect(unasked.problemType).toBe('multi-label')
    expect(await unasked.predict(texts)).toEqual(await classifier.predict(texts))
    await expect(TextClassifier.load(out, { problemType: 'single-label' })).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringContaining("a head for 'multi-label'"),
    })
  })

  it('refuses labels that are none', async () => {
    const classifier = await multi()
    for (const [given, part] of [
      [[['sea'], 'crime', [], [], [], []], /labels\[1\]: expected a list/],
      [[['sea'], ['whale'], [], [], [], []], /labels\[1\]\[0\].*"whale"/],
      [[['sea']], /each of 6/],
      [[[], [], [], [], [], []], /none has any/],
    ] as const) {
      await expect(classifier.fit(texts, given as never)).rejects.toMatchObject({
        code: 'ERR_VALUE',
        message: expect.stringMatching(part),
      })
    }
    expect(classifier.history).toEqual([])
  })
})

describe('regression', () => {
  it('has the mean squared error as its loss, and learns the numbers', async () => {
    const classifier = await regressor()
    const before = await classifier.predict(texts)
    const mse = before.reduce((sum, value, n) => sum + (value - numbers[n]!) ** 2, 0) / texts.length
    expect((await classifier.evaluate(texts, numbers)).mse).toBeCloseTo(mse, 5)
    await classifier.fit(texts, numbers, whole)
    expect(classifier.history[0]!.loss).toBeCloseTo(mse, 4)
    await classifier.fit(texts, numbers, {
      ...whole,
      epochs: 300,
      learningRate: 1e-2,
      validation: { texts, labels: numbers },
    })
    const report = await classifier.evaluate(texts, numbers)
    expect(report.mse).toBeLessThan(0.05)
    expect(report.spearman).toBeGreaterThan(0.9)
    expect(report.mse).toBe(Math.min(...classifier.history.map(({ validation }) => validation!.mse)))
  })

  it('is the same after it was saved, and exported to ONNX', async () => {
    const classifier = await regressor()
    const out = join(dir, 'regression')
    await classifier.save(out)
    expect(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'))).toMatchObject({
      problem_type: 'regression',
      id2label: { 0: 'LABEL_0' },
    })
    const loaded = await TextClassifier.load(out)
    expect(loaded).toMatchObject({ problemType: 'regression', labels: [] })
    const own = await classifier.predict(texts)
    expect(await loaded.predict(texts)).toEqual(own)
    // One output and no word of what it is for: transformers takes it for a number too.
    await (await CrossEncoder.load(folder, { seed: 3 })).save(join(dir, 'one-output'))
    expect((await TextClassifier.load(join(dir, 'one-output'))).problemType).toBe('regression')
    const exported = join(dir, 'regression-onnx')
    await classifier.exportOnnx(exported)
    const session = await ort.InferenceSession.create(join(exported, 'onnx', 'model.onnx'))
    const sequences = await tokenSequences(await loadTokenizer(folder), texts, 32)
    for (const [n, ids] of sequences.entries()) {
      const row = (values: Iterable<number>) =>
        new ort.Tensor('int64', BigInt64Array.from([...values], BigInt), [1, ids.length])
      const { logits } = await session.run({
        input_ids: row(ids),
        attention_mask: row(ids.map(() => 1)),
        token_type_ids: row(ids.map(() => 0)),
      })
      expect(logits!.dims).toEqual([1, 1])
      expect(logits!.data[0]).toBeCloseTo(own[n]!, 4)
    }
  })

  it('refuses numbers that are none, labels, and a threshold', async () => {
    const classifier = await regressor()
    for (const bad of ['1', Number.NaN, Infinity, 1e300, null])
      await expect(classifier.fit(texts, [0, 0, 0, 0, 0, bad] as never)).rejects.toMatchObject({
        code: 'ERR_VALUE',
        message: expect.stringContaining('labels[5]'),
      })
    await expect(TextClassifier.load(folder, { labels, problemType: 'regression' })).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringContaining('labels'),
    })
    await expect(TextClassifier.load(folder, { problemType: 'multilabel' as never })).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringContaining('Did you mean "multi-label"?'),
    })
    await expect(classifier.predict(texts, { threshold: 0.5 })).rejects.toMatchObject({ code: 'ERR_VALUE' })
  })
})

describe('what else a classifier does', () => {
  it('prunes classifiers of every problem, and distils those of single labels alone', async () => {
    const [several, number] = [await multi(), await regressor()]
    const smaller = await several.prune(texts, sets, { heads: 0.5 })
    expect(smaller).toMatchObject({ problemType: 'multi-label', labels })
    expect((await smaller.predict(texts))[0]!.scores).toHaveLength(3)
    expect(await (await number.prune(texts, numbers, { heads: 0.5 })).predict(texts)).toHaveLength(6)
    for (const refused of [
      () => several.distill.call(several as never, texts),
      () => number.fit(texts, numbers, { rdrop: {} }),
    ])
      await expect(refused()).rejects.toMatchObject({
        code: 'ERR_NOT_SUPPORTED',
        message: expect.stringContaining('single labels'),
      })
  })

  it('goes on from a checkpoint with the reports of the epochs before', async () => {
    const checkpoint = join(dir, 'problem-checkpoint')
    const validation = { texts, labels: sets }
    const options = { ...whole, epochs: 4, batchSize: 2, checkpoint, validation }
    const stop = new AbortController()
    const onProgress = ({ epoch }: { epoch: number }) => epoch === 3 && stop.abort()
    await expect(
      (await multi()).fit(texts, sets, { ...options, signal: stop.signal, onProgress }),
    ).rejects.toMatchObject({
      code: 'ERR_ABORTED',
    })
    const [resumed, straight] = [await multi(), await multi()]
    await resumed.fit(texts, sets, options)
    await straight.fit(texts, sets, { ...options, checkpoint: undefined })
    expect(resumed.history.map(({ loss }) => loss)).toEqual(straight.history.map(({ loss }) => loss))
    expect(resumed.history[0]!.validation).toBeInstanceOf(MultiLabelReport)
    expect(resumed.history.map(({ validation }) => String(validation))).toEqual(
      straight.history.map(({ validation }) => String(validation)),
    )
    expect(await resumed.predict(texts)).toEqual(await straight.predict(texts))
  })
})

describe('reports', () => {
  it('count labels by hand', () => {
    const report = new MultiLabelReport(['a', 'b', 'c'], [1, 0, 0, 1, 1, 0, 0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 1, 0])
    expect(report.perClass).toEqual([
      { label: 'a', precision: 1, recall: 0.5, f1: 2 / 3, support: 2 },
      { label: 'b', precision: 0.5, recall: 1, f1: 2 / 3, support: 1 },
      { label: 'c', precision: 0, recall: 0, f1: 0, support: 0 },
    ])
    expect(report).toMatchObject({ microF1: 4 / 6, macroF1: 2 / 3, accuracy: 1 / 3 })
    expect(String(report)).toMatch(/^b +0\.500 +1\.000 +0\.667 +1$/m)
  })

  it('measure numbers by hand', () => {
    const report = new RegressionReport([1, 2, 3, 4], [2, 2, 5, 3])
    expect(report).toMatchObject({ mse: 1.5, mae: 1, support: 4 })
    expect(report.pearson).toBeCloseTo(3 / Math.sqrt(5 * 6), 12)
    expect(report.spearman).toBeCloseTo(3.5 / Math.sqrt(5 * 4.5), 12)
    expect(new RegressionReport([1, 1], [2, 3])).toMatchObject({ pearson: 0, spearman: 0 })
    expect(String(report)).toMatch(/^mse +1\.5000$/m)
  })
})

it('types follow the problem', async () => {
  const several = await multi()
  const number = await regressor()
  const single = await TextClassifier.load(folder)
  expectTypeOf(several.predict).returns.resolves.items.toHaveProperty('labels')
  expectTypeOf(number.predict).returns.resolves.items.toBeNumber()
  expectTypeOf(single.predict).returns.resolves.items.toHaveProperty('label')
})
