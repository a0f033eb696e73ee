import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { GradientBoostedTrees, type GradientBoostedTreesOptions, setThreads, Table } from 'kindred'
import { afterEach, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { code } from '../../support/logs.js'

afterEach(() => setThreads(4))

interface Fixture {
  columns: (number | null)[][]
  labels: number[]
  cases: { options: Record<string, number>; probabilities: number[] }[]
}
const fixture = JSON.parse(readFileSync('test/fixtures/trees.json', 'utf8')) as Fixture

/** Clicks by a category of many, a number with gaps, tags and a vector; `shift` moves what the number says. */
function clicks(rows = 1500, seed = 1) {
  const random = createRandom(seed)
  const next = () => random.next()
  return Table.from(
    Array.from({ length: rows }, () => {
      const item = Math.floor(next() ** 2 * 60)
      const price = next() < 0.2 ? null : next() * 10
      const tags = ['red', 'blue', 'big', 'old'].filter(() => next() < 0.4)
      const vector = Float32Array.of(next() - 0.5, next() - 0.5, next() - 0.5)
      const score =
        (item % 3) -
        1 +
        (price === null ? -1 : price > 6 ? 1.5 : -0.5) +
        (tags.includes('red') ? 1 : -0.5) +
        4 * vector[1]!
      return {
        item: `i${item}`,
        price,
        tags,
        vector,
        noise: next(),
        label: next() < 1 / (1 + Math.exp(-score)) ? 1 : 0,
      }
    }),
  )
}

const fitted = (options: GradientBoostedTreesOptions = {}, table = clicks()) =>
  new GradientBoostedTrees({ iterations: 30, ...options }).fit(table, { label: 'label' })

describe('GradientBoostedTrees', () => {
  it.each(fixture.cases)('predicts what scikit-learn does, $options', async ({ options, probabilities }) => {
    const columns = Object.fromEntries(fixture.columns.map((values, n) => [`x${n}`, values]))
    const table = Table.from({ ...columns, label: fixture.labels })
    const model = await new GradientBoostedTrees({
      iterations: options.max_iter!,
      maxLeaves: options.max_leaf_nodes!,
      l2: options.l2_regularization!,
      minLeafRows: options.min_samples_leaf!,
      learningRate: 0.2,
      ...(options.max_depth && { maxDepth: options.max_depth }),
    }).fit(table, { label: 'label' })
    const predicted = await model.predict(table)
    for (const [row, expected] of probabilities.entries()) expect(predicted[row]).toBeCloseTo(expected, 5)
  })

  it('learns from categories, numbers with gaps, lists and vectors', async () => {
    const model = await fitted({ iterations: 80 })
    const report = await model.evaluate(clicks(1500, 2))
    expect(report.auc).toBeGreaterThan(0.8)
    expect(model.trees).toBe(80)
    const [first] = model.importance()
    expect(first!.gain).toBeGreaterThan(0.1)
    expect(model.importance().map(({ field }) => field)).toHaveLength(5)
    expect(model.importance().at(-1)!.field).toBe('noise')
    expect(model.importance().reduce((sum, { gain }) => sum + gain, 0)).toBeCloseTo(1, 6)
    expect(model.fields.map(({ kind }) => kind)).toEqual(['categorical', 'numeric', 'multi', 'vector', 'numeric'])
  })

  it('gives the same bits for any number of threads, and others for another seed', async () => {
    const options = { subsample: 0.7, columnSample: 0.5, seed: 3 }
    const table = clicks(3000)
    const all: Float32Array[] = []
    for (const threads of [1, 2, 5]) {
      setThreads(threads)
      all.push(await (await fitted(options, table)).predict(table))
    }
    expect(all[1]).toEqual(all[0])
    expect(all[2]).toEqual(all[0])
    expect(await (await fitted({ ...options, seed: 4 }, table)).predict(table)).not.toEqual(all[0])
  })

  it('predicts a row as it does in a table', async () => {
    const model = await fitted()
    const table = clicks(50, 7)
    const all = await model.predict(table)
    for (const row of [0, 17, 49]) expect((await model.predict(table.slice(row, row + 1)))[0]).toBe(all[row])
    expect(await model.predict(table.slice(0, 0))).toEqual(new Float32Array(0))
  })

  it('does not care for the scale of numbers, nor for the order of columns', async () => {
    const table = clicks()
    const plain = await (await fitted({}, table)).predict(table)
    const price = table.column('price')
    if (price.type !== 'number') throw new Error()
    const scaled = table.with([{ ...price, values: price.values.map((value) => value * 1024) }])
    expect(await (await fitted({}, scaled)).predict(scaled)).toEqual(plain)
  })

  it('keeps the trees up to the least loss on the validation', async () => {
    const validation = clicks(400, 5)
    const options = { iterations: 400, learningRate: 0.5, patience: 5, maxLeaves: 63, minLeafRows: 2 }
    const steps: number[] = []
    const model = await new GradientBoostedTrees(options).fit(clicks(), {
      label: 'label',
      validation,
      onProgress: ({ step, steps: of, loss, secondsLeft }) => {
        steps.push(step)
        expect(of).toBe(400)
        expect(loss).toBeGreaterThan(0)
        expect(secondsLeft).toBeGreaterThanOrEqual(0)
      },
    })
    const { validationLosses, kept } = model.history
    expect(validationLosses.length).toBe(kept + 5)
    expect(steps).toEqual(validationLosses.map((_, n) => n + 1))
    expect(model.trees).toBe(kept)
    expect(Math.min(...validationLosses)).toBe(validationLosses[kept - 1])
    expect((await model.evaluate(validation)).logLoss).toBeCloseTo(validationLosses[kept - 1]!, 5)
    const same = await new GradientBoostedTrees({ ...options, iterations: kept }).fit(clicks(), { label: 'label' })
    expect(await same.predict(validation)).toEqual(await model.predict(validation))
  })

  it('lowers the squared error, and predicts shares', async () => {
    const table = clicks()
    const model = await fitted({ objective: 'squared-error', iterations: 60 }, table)
    const predicted = await model.predict(table)
    expect(predicted.every((p) => p >= 0 && p <= 1)).toBe(true)
    const plain = await (await fitted({ iterations: 60 }, table)).predict(table)
    const labels = table.column('label')
    if (labels.type !== 'number') throw new Error()
    const brier = (ps: Float32Array) => ps.reduce((sum, p, row) => sum + (p - labels.values[row]!) ** 2, 0) / ps.length
    expect(Math.abs(brier(predicted) - brier(plain))).toBeLessThan(0.02)
    const mean = labels.values.reduce((sum, y) => sum + y, 0) / table.rows
    expect(brier(predicted)).toBeLessThan(0.75 * mean * (1 - mean))
  })

  it('counts what is missing and unseen, and has an answer for it', async () => {
    const model = await fitted()
    const odd = Table.from(
      [
        { item: 'never', price: null, tags: ['never'], vector: null, noise: Number.NaN },
        { item: null, price: 1e300, tags: [], vector: Float32Array.of(1e30, -1e30, 0), noise: -1 },
      ],
      { types: { item: 'string', price: 'number', tags: 'list', vector: 'vector', noise: 'number' } },
    )
    const predicted = await model.predict(odd)
    expect(predicted.every((p) => p > 0 && p < 1)).toBe(true)
    expect(model.counts.rows).toBe(2)
    expect(model.counts.fields).toMatchObject({
      item: { unseen: 1, missing: 1 },
      price: { missing: 1 },
      tags: { unseen: 1, missing: 1 },
      vector: { missing: 1 },
      noise: { missing: 1 },
    })
  })

  it('has no category that knows its own label', async () => {
    // Every row has a category of its own: nothing can be learnt from it, whatever the labels.
    const random = createRandom(4)
    const rows = Array.from({ length: 600 }, (_, n) => ({ id: `r${n}`, label: random.next() < 0.5 ? 1 : 0 }))
    const model = await fitted({ minLeafRows: 5 }, Table.from(rows))
    expect(model.importance()[0]!.splits).toBe(0)
  })

  it('ends an abort within a fraction of a second and stays as it was', async () => {
    const table = clicks(20000)
    const model = await fitted({}, clicks())
    const before = await model.predict(clicks(20))
    const history = model.history
    const controller = new AbortController()
    let raised = 0
    const fit = new GradientBoostedTrees({ iterations: 100000, maxLeaves: 255 })
    const call = fit.fit(table, {
      label: 'label',
      signal: controller.signal,
      onProgress: ({ step }) => {
        if (step !== 3) return
        raised = performance.now()
        controller.abort()
      },
    })
    await expect(call).rejects.toThrow(code('ERR_ABORTED'))
    expect(performance.now() - raised).toBeLessThan(2000)
    await expect(fit.predict(table)).rejects.toThrow(code('ERR_NOT_FITTED'))
    await expect(model.fit(table, { label: 'label', signal: AbortSignal.abort() })).rejects.toThrow(code('ERR_ABORTED'))
    expect(await model.predict(clicks(20))).toEqual(before)
    expect(model.history).toBe(history)
  })

  it('rejects with what onProgress throws', async () => {
    const error = new Error('mine')
    const call = new GradientBoostedTrees().fit(clicks(200), {
      label: 'label',
      onProgress: () => {
        throw error
      },
    })
    await expect(call).rejects.toBe(error)
  })

  it.each<[GradientBoostedTreesOptions, RegExp]>([
    [{ learningRate: 0 }, /learningRate: expected a finite number above 0/],
    [{ maxLeaves: 1 }, /maxLeaves/],
    [{ maxDepth: 0.5 }, /maxDepth/],
    [{ bins: 256 }, /bins: expected an integer from 2 to 255/],
    [{ l2: -1 }, /l2/],
    [{ subsample: 1.5 }, /subsample/],
    [{ objective: 'auc' as never }, /'log-loss', 'squared-error'/],
    [{ learning_rate: 0.1 } as never, /learningRate/],
  ])('refuses %o', (options, message) => {
    expect(() => new GradientBoostedTrees(options)).toThrow(code('ERR_VALUE', message))
  })

  it('refuses rows that it cannot learn from', async () => {
    const trees = () => new GradientBoostedTrees()
    const with_ = (label: unknown[]) => Table.from({ x: label.map((_, n) => n), label })
    const fit = (label: unknown[]) => trees().fit(with_(label), { label: 'label' })
    await expect(fit([0, 1, 2])).rejects.toThrow(code('ERR_DATA', /row 2/))
    await expect(fit([1, 1])).rejects.toThrow(code('ERR_DATA', /alone/))
    await expect(fit([])).rejects.toThrow(code('ERR_DATA'))
    await expect(trees().fit(with_([0, 1]), { label: 'y' })).rejects.toThrow(code('ERR_COLUMN'))
    await expect(trees().fit(with_([0, 1]), { label: 'label', checkpoint: 'x' })).rejects.toThrow(
      code('ERR_NOT_SUPPORTED', /checkpoint/),
    )
    expect((await fit([0, 1])).trees).toBe(100)
  })

  it('lowers the loss on its rows with every tree, whatever the table', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            number: fc.oneof(fc.double(), fc.constant(null)),
            text: fc.oneof(fc.string(), fc.constant(null)),
            list: fc.array(fc.string(), { maxLength: 3 }),
            label: fc.integer({ min: 0, max: 1 }),
          }),
          { minLength: 2, maxLength: 60 },
        ),
        async (rows) => {
          const types = { number: 'number', text: 'string', list: 'list' } as const
          const table = Table.from([...rows, { label: 0 }, { label: 1 }], { types })
          let last = Number.POSITIVE_INFINITY
          const model = await new GradientBoostedTrees({ iterations: 8, minLeafRows: 1 }).fit(table, {
            label: 'label',
            onProgress: ({ loss }) => {
              expect(loss).toBeLessThanOrEqual(last + 1e-9)
              last = loss
            },
          })
          expect((await model.predict(table)).every((p) => p > 0 && p < 1)).toBe(true)
        },
      ),
      { numRuns: 40 },
    )
  })
})
