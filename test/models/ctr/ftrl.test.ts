import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { FTRLFactorizationMachine, FTRLLogisticRegression, loadModel, Table } from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'

const dir = mkdtempSync(join(tmpdir(), 'kindred-ftrl-'))
afterAll(() => rmSync(dir, { recursive: true }))

interface Row extends Record<string, unknown> {
  user: string
  item: string
  price: number
  tags: string[]
  label: number
}

/** Clicks that depend on the user and the item, and on which of both meet. */
function clicks(count: number, seed = 1): Row[] {
  let state = seed
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  return Array.from({ length: count }, () => {
    const [user, item] = [Math.floor(random() * 30), Math.floor(random() * 20)]
    const logit = (user % 3) - 1 + ((user + item) % 2 === 0 ? 1.5 : -1.5)
    return {
      user: `u${user}`,
      item: `i${item}`,
      price: 10 + item,
      tags: item % 4 === 0 ? ['a', 'b'] : item % 4 === 1 ? [] : ['c'],
      label: random() < 1 / (1 + Math.exp(-logit)) ? 1 : 0,
    }
  })
}

/** McMahan et al. 2013, algorithm 1, over one weight for each name. */
class Scalar {
  readonly z = new Map<string, number>()
  readonly n = new Map<string, number>()
  constructor(readonly options: { alpha: number; beta: number; l1: number; l2: number }) {}
  weight(name: string): number {
    const { alpha, beta, l1, l2 } = name === 'bias' ? { ...this.options, l1: 0, l2: 0 } : this.options
    const [z, n] = [this.z.get(name) ?? 0, this.n.get(name) ?? 0]
    return Math.abs(z) <= l1 ? 0 : -(z - Math.sign(z) * l1) / ((beta + Math.sqrt(n)) / alpha + l2)
  }
  predict(names: readonly string[]): number {
    return 1 / (1 + Math.exp(-names.reduce((sum, name) => sum + this.weight(name), 0)))
  }
  learn(names: readonly string[], label: number): void {
    const g = this.predict(names) - label
    const steps = names.map((name) => {
      const n = this.n.get(name) ?? 0
      return { name, z: g - ((Math.sqrt(n + g * g) - Math.sqrt(n)) / this.options.alpha) * this.weight(name) }
    })
    for (const { name, z } of steps) {
      this.z.set(name, (this.z.get(name) ?? 0) + z)
      this.n.set(name, (this.n.get(name) ?? 0) + g * g)
    }
  }
}

const namesOf = ({ user, item }: Row) => ['bias', `user ${user}`, `item ${item}`]
const only = { label: 'label', ignore: ['price', 'tags'] }

describe('FTRLLogisticRegression', () => {
  it('is algorithm 1 of the paper', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          alpha: fc.constantFrom(0.05, 0.5),
          beta: fc.constantFrom(0, 1),
          l1: fc.constantFrom(0, 0.5),
          l2: fc.constantFrom(0, 1),
        }),
        fc.integer({ min: 1, max: 1000 }),
        async (options, seed) => {
          const rows = clicks(200, seed)
          const scalar = new Scalar(options)
          // 22 bits: no two of these 50 categories share a weight.
          const model = await new FTRLLogisticRegression({ ...options, bits: 22 }).fit(Table.from(rows), only)
          let loss = 0
          for (const row of rows) {
            const p = scalar.predict(namesOf(row))
            loss -= Math.log(row.label === 1 ? p : 1 - p) / rows.length
            scalar.learn(namesOf(row), row.label)
          }
          expect(model.progressiveLogLoss).toBeCloseTo(loss, 4)
          const predicted = await model.predict(Table.from(rows))
          for (const [n, row] of rows.entries()) expect(predicted[n]).toBeCloseTo(scalar.predict(namesOf(row)), 4)
          const weights = [...scalar.n].filter(([name, n]) => name !== 'bias' && n > 0)
          expect(model.sparsity.weights).toBe(weights.length)
          const zeros = weights.filter(([name]) => Math.abs(Math.abs(scalar.z.get(name)!) - options.l1) > 1e-3)
          expect(model.sparsity.zeros).toBeGreaterThanOrEqual(
            zeros.filter(([name]) => scalar.weight(name) === 0).length,
          )
        },
      ),
      { numRuns: 10 },
    )
  })

  it('learns the same from rows in one table as from the same rows in several', async () => {
    const rows = clicks(600)
    const table = (from: number, until: number) => Table.from(rows.slice(from, until))
    const whole = await new FTRLLogisticRegression({ l1: 0.1 }).fit(table(0, 200), { label: 'label' })
    const parts = await new FTRLLogisticRegression({ l1: 0.1 }).fit(table(0, 200), { label: 'label' })
    await whole.update(table(200, 600))
    for (let n = 200; n < 600; n += 40) await parts.update(table(n, n + 40))
    expect(await parts.predict(table(0, 600))).toEqual(await whole.predict(table(0, 600)))
  })

  it('knows a click in the next prediction, of a category that nobody knew as well', async () => {
    const model = await new FTRLLogisticRegression({ alpha: 0.5 }).fit(Table.from(clicks(100)), only)
    const row = { ...clicks(1)[0]!, user: 'new', item: 'new' }
    const [before] = await model.predict(Table.from([row]))
    expect(model.counts.fields.user).toEqual({ unseen: 1, missing: 0 })
    await model.update(Table.from([{ ...row, label: 1 }]))
    const [after] = await model.predict(Table.from([row]))
    expect(after).toBeGreaterThan(before!)
    expect(model.counts.fields.user).toEqual({ unseen: 1, missing: 0 })
  })

  /** Rows of sparse features, some of them without any. */
  const sparseTable = (rows: number, seed: number, most = 6) => {
    const drawn = fc.sample(
      fc.array(fc.integer({ min: 0, max: 1e6 }), { minLength: most > 6 ? 1 : 0, maxLength: most }),
      {
        numRuns: rows,
        seed,
      },
    )
    const offsets = new Int32Array(rows + 1)
    for (const [n, own] of drawn.entries()) offsets[n + 1] = offsets[n]! + own.length
    const indices = Int32Array.from(drawn.flatMap((own) => [...own].sort((a, b) => a - b)))
    const values = Float32Array.from(indices, (index) => 1 + (index % 3))
    const labels = Float64Array.from({ length: rows }, (_, n) => (n % 3 === 0 ? 1 : 0))
    return Table.fromColumns([
      { type: 'number', name: 'label', values: labels },
      { type: 'sparse', name: 'x', offsets, indices, values, width: 1e6 + 1 },
    ])
  }

  it('learns the same from sparse features in large updates as in small ones, with rows without any as well', async () => {
    const label = 'label'
    for (const most of [6, 20]) {
      const [first, more] = [sparseTable(50, 1, most), sparseTable(600, 2, most)]
      const whole = await new FTRLLogisticRegression({ bits: 8 }).fit(first, { label })
      const parts = await new FTRLLogisticRegression({ bits: 8 }).fit(first, { label })
      await whole.update(more)
      for (let n = 0; n < 600; n += 3) await parts.update(more.slice(n, n + 3))
      expect(await parts.predict(more)).toEqual(await whole.predict(more))
      expect(parts.sparsity).toEqual(whole.sparsity)
    }
  })

  it('names the row of sparse features that is not finite, in large updates and small ones, and stays as it was', async () => {
    const model = await new FTRLLogisticRegression({ bits: 8 }).fit(sparseTable(50, 1), { label: 'label' })
    for (const [rows, most] of [
      [600, 20],
      [3, 20],
    ] as const) {
      const table = sparseTable(rows, 3, most)
      const before = await model.predict(table)
      const column = table.column('x')
      if (column.type !== 'sparse') throw new Error('expected sparse features')
      const kept = column.values.slice()
      column.values[column.offsets[2]!] = Number.POSITIVE_INFINITY
      await expect(model.update(table)).rejects.toMatchObject({
        code: 'ERR_DATA',
        message: expect.stringMatching(/update: row 2 of "x" holds Infinity/),
      })
      column.values.set(kept)
      expect(await model.predict(table)).toEqual(before)
    }
  })

  it('answers predictions that are under way as before an update, or after it', async () => {
    const label = 'label'
    const [train, judged] = [Table.from(clicks(300)), Table.from(clicks(2000, 9))]
    const model = await new FTRLLogisticRegression({ alpha: 0.5, bits: 10 }).fit(train, { label })
    const pattern = await new FTRLLogisticRegression({ alpha: 0.5, bits: 10 }).fit(train, { label })
    const legal = [await pattern.predict(judged)]
    const predicted: Promise<Float32Array>[] = []
    const updates: Promise<void>[] = []
    for (let n = 0; n < 6; n++) {
      const more = Table.from(clicks(n % 2 === 0 ? 3 : 500, n + 20))
      predicted.push(model.predict(judged))
      updates.push(model.update(more))
      predicted.push(model.predict(judged))
      await pattern.update(more)
      legal.push(await pattern.predict(judged))
    }
    await Promise.all(updates)
    predicted.push(model.predict(judged))
    const texts = legal.map(String)
    for (const scores of await Promise.all(predicted)) expect(texts).toContain(String(scores))
    expect(String(await predicted.at(-1))).toBe(texts.at(-1))
  })

  it('has more weights of 0 the larger the penalty', async () => {
    let last = -1
    for (const l1 of [0, 1, 4, 1000]) {
      const model = await new FTRLLogisticRegression({ l1 }).fit(Table.from(clicks(500)), { label: 'label' })
      const { weights, zeros } = model.sparsity
      expect(zeros).toBeGreaterThanOrEqual(last)
      expect(zeros).toBeLessThanOrEqual(weights)
      last = zeros
      if (l1 === 1000) expect(zeros).toBe(weights)
    }
  })
})

describe.each([
  ['FTRLLogisticRegression', (options = {}) => new FTRLLogisticRegression({ alpha: 0.3, ...options })],
  ['FTRLFactorizationMachine', (options = {}) => new FTRLFactorizationMachine({ alpha: 0.3, bits: 12, ...options })],
] as const)('%s', (_, create) => {
  it('is the same once it was saved and loaded, and learns on', async () => {
    const [train, more] = [Table.from(clicks(300)), Table.from(clicks(100, 7))]
    const model = await create().fit(train, { label: 'label' })
    const folder = join(dir, create().constructor.name)
    await model.save(folder)
    const loaded = (await loadModel(folder)) as unknown as typeof model
    expect(await loaded.predict(more)).toEqual(await model.predict(more))
    expect(loaded.sparsity).toEqual(model.sparsity)
    await model.update(more)
    await loaded.update(more)
    expect(await loaded.predict(more)).toEqual(await model.predict(more))
  })

  it('stays as it was where an update fails or is aborted', async () => {
    const model = await create().fit(Table.from(clicks(300)), { label: 'label' })
    const table = Table.from(clicks(50, 3))
    const before = await model.predict(table)
    await expect(model.update(Table.from([{ ...clicks(1)[0]!, label: 2 }]))).rejects.toMatchObject({ code: 'ERR_DATA' })
    const controller = new AbortController()
    const aborted = model.update(table, { signal: controller.signal })
    controller.abort()
    await expect(aborted).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    await expect(model.update(Table.from([{ user: 'a', label: 1 }]))).rejects.toMatchObject({ code: 'ERR_COLUMN' })
    expect(await model.predict(table)).toEqual(before)
  })

  it('keeps the best of its passes by a validation', async () => {
    const [train, validation] = [Table.from(clicks(400)), Table.from(clicks(400, 9))]
    const losses: number[] = []
    for (const epochs of [1, 2, 4])
      losses.push(
        (await (await create({ epochs }).fit(train, { label: 'label', validation })).evaluate(validation)).logLoss,
      )
    expect(losses[1]).toBeLessThanOrEqual(losses[0]!)
    expect(losses[2]).toBeLessThanOrEqual(losses[1]!)
  })

  it('refuses a checkpoint', async () => {
    const options = { label: 'label', checkpoint: dir }
    await expect(create().fit(Table.from(clicks(10)), options)).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
  })
})

describe('FTRLFactorizationMachine', () => {
  it('learns what depends on which user meets which item', async () => {
    const [train, test] = [Table.from(clicks(6000)), Table.from(clicks(2000, 5))]
    const plain = await (await new FTRLLogisticRegression({ alpha: 0.3, epochs: 5 }).fit(train, only)).evaluate(test)
    const model = new FTRLFactorizationMachine({ alpha: 0.3, epochs: 5, dims: 4, bits: 12, seed: 1 })
    const pairs = await (await model.fit(train, only)).evaluate(test)
    expect(pairs.auc).toBeGreaterThan(plain.auc + 0.05)
  })

  it('is the same with the same seed', async () => {
    const train = Table.from(clicks(300))
    const predicted = async (seed: number) =>
      (await new FTRLFactorizationMachine({ bits: 10, seed }).fit(train, { label: 'label' })).predict(train)
    expect(await predicted(1)).toEqual(await predicted(1))
    expect(await predicted(1)).not.toEqual(await predicted(2))
  })
})
