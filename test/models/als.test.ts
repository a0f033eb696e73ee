import { AlternatingLeastSquares, backendInfo, Interactions, setThreads } from 'kindred'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { code, parityFeatures, tasteLog } from '../support/logs.js'

const threads = backendInfo().threads.count
afterEach(() => setThreads(threads))

/** Gaussian elimination with partial pivoting, in double. */
function solve(a: number[][], b: number[]): number[] {
  const n = b.length
  const m = a.map((row, i) => [...row, b[i]!])
  for (let c = 0; c < n; c++) {
    const pivot = m.slice(c).reduce((best, row, i) => (Math.abs(row[c]!) > Math.abs(m[best]![c]!) ? c + i : best), c)
    ;[m[c], m[pivot]] = [m[pivot]!, m[c]!]
    for (let r = c + 1; r < n; r++) {
      const ratio = m[r]![c]! / m[c]![c]!
      for (let k = c; k <= n; k++) m[r]![k]! -= ratio * m[c]![k]!
    }
  }
  const x = new Array<number>(n).fill(0)
  for (let r = n - 1; r >= 0; r--) {
    let sum = m[r]![n]!
    for (let k = r + 1; k < n; k++) sum -= m[r]![k]! * x[k]!
    x[r] = sum / m[r]![r]!
  }
  return x
}

describe('AlternatingLeastSquares', () => {
  it('learns who likes what', async () => {
    const model = await new AlternatingLeastSquares({ factors: 2, regularization: 1 }).fit(tasteLog({ users: 200 }))
    const list = await model.recommend(0, { k: 10 })
    expect(list.filter(({ item }) => (item as number) % 2 === 0).length).toBeGreaterThanOrEqual(9)
    const similar = await model.similarItems(3, { k: 10 })
    expect(similar.filter(({ item }) => (item as number) % 2 === 1).length).toBeGreaterThanOrEqual(9)
    expect(similar.map(({ item }) => item)).not.toContain(3)
  })

  it.each(['cg', 'cholesky', 'block'] as const)('lowers the loss with every sweep (%s)', async (solver) => {
    const options = { factors: 24, blockSize: 16, solver, trackLoss: true, iterations: 8 }
    const model = await new AlternatingLeastSquares(options).fit(tasteLog())
    expect(model.losses).toHaveLength(8)
    for (let i = 1; i < 8; i++) expect(model.losses[i]!).toBeLessThanOrEqual(model.losses[i - 1]! * (1 + 1e-6))
  })

  it('reports the loss of Hu et al., equal to the dense double sum', async () => {
    const log = tasteLog({ users: 9, items: 12 })
    const options = { factors: 3, regularization: 0.5, alpha: 2, iterations: 2, trackLoss: true }
    const model = await new AlternatingLeastSquares(options).fit(log)
    const weights = new Map([...log].map(({ user, item, weight }) => [`${user} ${item}`, weight]))
    let loss = 0
    for (const [u, user] of [...model.users].entries())
      for (const [i, item] of [...model.items].entries()) {
        const weight = weights.get(`${user} ${item}`)
        const y = model.itemFactors.row(i)
        const score = model.userFactors.row(u).reduce((sum, value, f) => sum + value * y[f]!, 0)
        loss += weight === undefined ? score ** 2 : (1 + 2 * weight) * (1 - score) ** 2
      }
    for (const value of [...model.userFactors.data, ...model.itemFactors.data]) loss += 0.5 * value ** 2
    expect(model.losses.at(-1)).toBeCloseTo(loss, 4)
  })

  it('weighs unobserved pairs and scales the penalty by frequency as Rendle et al. do', async () => {
    const log = tasteLog({ users: 9, items: 12 })
    const [w0, nu] = [0.2, 0.5]
    const options = { factors: 3, regularization: 0.1, regularizationExponent: nu, unobservedWeight: w0, alpha: 2 }
    const model = await new AlternatingLeastSquares({ ...options, iterations: 3, trackLoss: true }).fit(log)
    const rows = [...log]
    const weights = new Map(rows.map(({ user, item, weight }) => [`${user} ${item}`, weight]))
    let loss = 0
    for (const [u, user] of [...model.users].entries())
      for (const [i, item] of [...model.items].entries()) {
        const weight = weights.get(`${user} ${item}`)
        const y = model.itemFactors.row(i)
        const score = model.userFactors.row(u).reduce((sum, value, f) => sum + value * y[f]!, 0)
        loss += weight === undefined ? w0 * score ** 2 : (w0 + 2 * weight) * (1 - score) ** 2
      }
    const square = (row: Float32Array) => row.reduce((sum, value) => sum + value ** 2, 0)
    for (const [u, user] of [...model.users].entries()) {
      const count = rows.filter((row) => row.user === user).length
      loss += 0.1 * (count + w0 * model.items.size) ** nu * square(model.userFactors.row(u))
    }
    for (const [i, item] of [...model.items].entries()) {
      const count = rows.filter((row) => row.item === item).length
      loss += 0.1 * (count + w0 * model.users.size) ** nu * square(model.itemFactors.row(i))
    }
    expect(model.losses.at(-1)).toBeCloseTo(loss, 4)
  })

  it('same seed, same bits, for any number of threads; another seed, others', async () => {
    const fit = (seed: number) => new AlternatingLeastSquares({ factors: 16, iterations: 3, seed }).fit(tasteLog())
    const factors = []
    for (const count of [1, 2, 3, 8]) {
      setThreads(count)
      factors.push(Buffer.from((await fit(5)).itemFactors.data.buffer).toString('base64'))
    }
    expect(new Set(factors).size).toBe(1)
    expect((await fit(6)).itemFactors.data).not.toEqual((await fit(5)).itemFactors.data)
  })

  it.each([1e20, 1e30, 1e300])('refuses weights beyond the range of floats: alpha %f', async (alpha) => {
    await expect(new AlternatingLeastSquares({ factors: 4, alpha }).fit(tasteLog())).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringMatching(/Lower alpha/),
    })
  })

  it('folds in a new user exactly', async () => {
    const model = await new AlternatingLeastSquares({ factors: 8, regularization: 0.3, alpha: 4 }).fit(tasteLog())
    const history = [{ item: 2, weight: 3 }, { item: 5 }, { item: 8, weight: 0.5 }]
    const Y = Array.from(model.items, (_, i) => [...model.itemFactors.row(i)])
    const A = Array.from({ length: 8 }, (_, i) =>
      Array.from({ length: 8 }, (_, j) => Y.reduce((sum, y) => sum + y[i]! * y[j]!, i === j ? 0.3 : 0)),
    )
    const b = new Array<number>(8).fill(0)
    for (const { item, weight = 1 } of history) {
      const y = Y[model.items.indexOf(item)]!
      for (let i = 0; i < 8; i++) {
        b[i]! += (1 + 4 * weight) * y[i]!
        for (let j = 0; j < 8; j++) A[i]![j]! += 4 * weight * y[i]! * y[j]!
      }
    }
    const x = solve(A, b)
    const list = await model.recommendFor(history, { k: 100, exclude: 'none' })
    for (const { item, score } of list) {
      const y = Y[model.items.indexOf(item)]!
      expect(Math.abs(score - y.reduce((sum, value, f) => sum + value * x[f]!, 0))).toBeLessThan(1e-5)
    }
  })

  it('explains a score by what the user had: the parts add up to it', async () => {
    const log = tasteLog()
    const options = {
      factors: 8,
      regularization: 0.3,
      unobservedWeight: 0.5,
      solver: 'cholesky',
      iterations: 30,
    } as const
    const model = await new AlternatingLeastSquares(options).fit(log)
    const { score, contributions, rest } = await model.explain(3, 7, { k: 3 })
    const all = await model.explain(3, 7, { k: 100 })
    expect(contributions).toEqual(all.contributions.slice(0, 3))
    expect(contributions.reduce((sum, { contribution }) => sum + contribution, 0) + rest).toBeCloseTo(score, 9)
    const history = new Set([...log].filter(({ user }) => user === 3).map(({ item }) => item))
    expect(new Set(all.contributions.map(({ id }) => id))).toEqual(history)
    // The user, solved for once more with the items as they are in the end.
    await model.update(Interactions.from([...log].filter(({ user }) => user === 3)))
    expect(score).toBeCloseTo((await model.score(3, [7]))[0]!, 5)
  })

  it('stops early when asked to', async () => {
    const options = { factors: 4, iterations: 200, tolerance: 1e-3 }
    const done: number[] = []
    const model = await new AlternatingLeastSquares(options).fit(tasteLog(), { onProgress: (p) => done.push(p.done) })
    expect(done.at(-1)).toBeLessThan(200)
    expect(model.losses).toHaveLength(done.length)
  })

  it('an aborted fit leaves the model as it was', async () => {
    const model = await new AlternatingLeastSquares({ factors: 4, iterations: 3 }).fit(tasteLog())
    const before = await model.recommend(1)
    const abort = new AbortController()
    const fit = model.fit(tasteLog({ seed: 9 }), { signal: abort.signal, onProgress: () => abort.abort('enough') })
    await expect(fit).rejects.toMatchObject({ name: 'AbortError', code: 'ERR_ABORTED', cause: 'enough' })
    expect(await model.recommend(1)).toEqual(before)
  })

  it('refuses options and logs that make no sense', async () => {
    for (const options of [
      { factors: 0 },
      { factors: 1e9 },
      { factors: 2.5 },
      { regularization: Number.NaN },
      { regularization: -1 },
      { alpha: Number.POSITIVE_INFINITY },
      { iterations: 0 },
      { solver: 'magic' as never },
      { blockSize: 0 },
      { unobservedWeight: 0 },
      { regularizationExponent: -1 },
      { initialScale: 0 },
      { seed: -1 },
      { rank: 3 } as never,
    ])
      expect(() => new AlternatingLeastSquares(options)).toThrow(code('ERR_VALUE'))
    const model = new AlternatingLeastSquares()
    await expect(model.fit(Interactions.from([]))).rejects.toEqual(code('ERR_DATA'))
    await expect(model.fit([] as never)).rejects.toEqual(code('ERR_VALUE'))
    const singular = new AlternatingLeastSquares({ factors: 8, regularization: 0, alpha: 0, solver: 'cholesky' })
    await expect(singular.fit(Interactions.from([{ user: 1, item: 1 }]))).rejects.toEqual(
      code('ERR_NOT_POSITIVE_DEFINITE'),
    )
    const huge = Interactions.from([
      { user: 1, item: 1, weight: 3e38 },
      { user: 2, item: 1 },
    ])
    await expect(new AlternatingLeastSquares({ alpha: 1e6 }).fit(huge)).rejects.toEqual(code('ERR_VALUE'))
  })
})

describe('item features', () => {
  const log = tasteLog({ users: 200 })
  const ids = Array.from({ length: 60 }, (_, i) => i)
  const options = { factors: 2, regularization: 1 }

  it.each(['kernel', 'linear', 'auto'] as const)('rank items that nobody has touched (%s)', async (featureMap) => {
    const als = new AlternatingLeastSquares({ ...options, featureMap })
    const model = await als.fit(log, { itemFeatures: parityFeatures(ids) })
    expect(model.featureMap).toBe(featureMap === 'linear' ? 'linear' : 'kernel')
    expect(model.items.size).toBe(60)
    const cold = ids.filter((id) => !log.items.has(id))
    const list = await model.recommend(0, { k: cold.length / 2, candidates: cold })
    expect(list.every(({ item }) => (item as number) % 2 === 0)).toBe(true)
  })

  it('come in later too, and leave alone what behaviour taught', async () => {
    const model = await new AlternatingLeastSquares(options).fit(log, {
      itemFeatures: parityFeatures(ids.slice(0, 50)),
    })
    const known = model.itemFactors.row(model.items.indexOf(2)).slice()
    const report = await model.addItems(parityFeatures(ids))
    expect(report).toEqual({ added: 10, replaced: 50 - log.items.size, kept: log.items.size })
    expect(model.itemFactors.row(model.items.indexOf(2))).toEqual(known)
    expect(await model.recommend(0, { k: 100, exclude: 'none' })).toHaveLength(60)
    await expect(model.addItems(parityFeatures(ids, 9))).rejects.toEqual(code('ERR_SHAPE'))
  })

  it('must have something to do with the log', async () => {
    const strangers = parityFeatures([1001, 1002])
    const onProgress = vi.fn()
    const fit = new AlternatingLeastSquares(options).fit(log, { itemFeatures: strangers, onProgress })
    await expect(fit).rejects.toEqual(code('ERR_DATA'))
    expect(onProgress).not.toHaveBeenCalled()
  })

  it('of more items than a kernel takes are refused before anything is learned', async () => {
    const many = Array.from({ length: 8193 }, (_, i) => i)
    const wide = Interactions.from(many.map((item) => ({ user: item % 7, item })))
    const itemFeatures = parityFeatures(many, 1)
    const onProgress = vi.fn()
    const kernel = new AlternatingLeastSquares({ ...options, featureMap: 'kernel' })
    await expect(kernel.fit(wide, { itemFeatures, onProgress })).rejects.toEqual(code('ERR_TOO_LARGE'))
    expect(onProgress).not.toHaveBeenCalled()
    const auto = new AlternatingLeastSquares({ ...options, iterations: 1 })
    expect((await auto.fit(wide, { itemFeatures })).featureMap).toBe('linear')
  })
})

describe('update', () => {
  it('takes in new users, new items and new pairs, and comes close to a refit', async () => {
    const log = tasteLog({ users: 80 })
    const rows = [...log]
    const old = Interactions.from(rows.filter(({ user }) => (user as number) < 70))
    const added = [
      ...rows.filter(({ user }) => (user as number) >= 70),
      ...[0, 2, 4, 6].map((user) => ({ user, item: 'new', weight: 1 })),
    ]
    const model = await new AlternatingLeastSquares({ factors: 2, regularization: 1 }).fit(old)
    const untouched = model.userFactors.row(model.users.indexOf(1)).slice()
    await model.update(Interactions.from(added))
    expect(model.users.size).toBe(80)
    expect(model.userFactors.row(model.users.indexOf(1))).toEqual(untouched)
    const even = await model.recommend(78, { k: 8 })
    expect(even.filter(({ item }) => item === 'new' || (item as number) % 2 === 0).length).toBeGreaterThanOrEqual(7)
    const [liked] = await model.score(78, ['new'])
    const [foreign] = await model.score(79, ['new'])
    expect(liked!).toBeGreaterThan(foreign! + 0.1)
    expect((await model.recommend(0, { k: 100 })).map(({ item }) => item)).not.toContain('new')
  })

  it('learns an item known by its features from a user who had nothing else', async () => {
    const ids = Array.from({ length: 60 }, (_, i) => i)
    const model = await new AlternatingLeastSquares({ factors: 2, regularization: 1 }).fit(tasteLog({ users: 200 }), {
      itemFeatures: parityFeatures(ids),
    })
    await model.update(Interactions.from([{ user: 'new', item: 58 }]))
    const list = await model.recommend('new', { k: 10 })
    expect(list.every(({ item, score }) => (item as number) % 2 === 0 && score > 0)).toBe(true)
  })

  it('gives what fold-in gives, and an unchanged log changes nothing', async () => {
    const log = tasteLog()
    const model = await new AlternatingLeastSquares({ factors: 8 }).fit(log)
    const before = model.itemFactors.data.slice()
    const history = [{ item: 2 }, { item: 6 }]
    const folded = await model.recommendFor(history, { k: 5 })
    await model.update(Interactions.from(history.map(({ item }) => ({ user: 'new', item }))))
    const updated = await model.recommend('new', { k: 5 })
    expect(updated.map(({ item }) => item)).toEqual(folded.map(({ item }) => item))
    await model.update(Interactions.from([]))
    expect(model.itemFactors.data).toEqual(before)
  })
})
