import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CanonicalCorrelation, Features, Matrix } from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'
import { code } from '../support/logs.js'
import { expectClose, reductions, tableOf } from './reductions.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-cca-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const [x, y] = [tableOf('tall'), tableOf('other')]

/** The correlation of column k of two matrices. */
function correlation(a: Matrix, b: Matrix, k: number): number {
  const column = (m: Matrix) => Array.from({ length: m.rows }, (_, r) => m.row(r)[k]!)
  const centred = (list: number[]) => list.map((value) => value - list.reduce((p, q) => p + q, 0) / list.length)
  const dot = (p: number[], q: number[]) => p.reduce((sum, value, i) => sum + value * q[i]!, 0)
  const [p, q] = [centred(column(a)), centred(column(b))]
  return dot(p, q) / Math.sqrt(dot(p, p) * dot(q, q))
}

describe('CanonicalCorrelation', () => {
  it.each(reductions.cca)(
    'has the correlations of the whitened covariance, with a ridge of $regularization',
    async (one) => {
      const { regularization, correlations } = one
      const cca = await new CanonicalCorrelation({ components: 4, regularization }).fit(x, y)
      expectClose(cca.correlations, correlations, 1e-6)
      const [u, v] = [await cca.transform(x), await cca.transform(y, { view: 'y' })]
      if (regularization > 0) return
      for (let k = 0; k < 4; k++) expect(correlation(u, v, k)).toBeCloseTo(correlations[k]!, 5)
      for (const side of [u, v])
        for (let k = 0; k < 4; k++) {
          const squares = Array.from({ length: side.rows }, (_, r) => side.row(r)[k]! ** 2).reduce((p, q) => p + q, 0)
          expect(squares / (side.rows - 1)).toBeCloseTo(1, 4)
        }
    },
  )

  it('pairs Features by id, counts those without a pair, and comes back from disk', async () => {
    const ids = Array.from({ length: 80 }, (_, i) => i)
    const left = Features.from(ids, x)
    const turned = new Matrix(79, 4)
    for (let r = 0; r < 79; r++) turned.row(r).set(y.row(79 - r))
    const right = Features.from([...ids.slice(1).reverse()], turned)
    const cca = await new CanonicalCorrelation({ components: 2 }).fit(left, right)
    expect([cca.samplesSeen, cca.unpaired]).toEqual([79, 1])
    const plain = await new CanonicalCorrelation({ components: 2 }).fit(x.subarray(1), y.subarray(1))
    expect(cca.correlations).toEqual(plain.correlations)
    await cca.save(join(dir, 'saved'))
    const loaded = await CanonicalCorrelation.load(join(dir, 'saved'))
    expect(loaded.options).toEqual(cca.options)
    expect(loaded.unpaired).toBe(1)
    const images = await loaded.transform(right, { view: 'y' })
    expect([...images.ids]).toEqual([...right.ids])
    expect(images.matrix).toEqual(await cca.transform(turned, { view: 'y' }))
  })

  it('refuses what it cannot use, and stays as it was', async () => {
    const cca = await new CanonicalCorrelation({ components: 2 }).fit(x, y)
    const before = cca.correlations
    await expect(cca.fit(x, y.subarray(1))).rejects.toThrow(/Give Features/)
    await expect(cca.fit(x, Features.from([1], [[1, 2]]))).rejects.toEqual(code('ERR_VALUE'))
    await expect(cca.fit(x.subarray(0, 1), y.subarray(0, 1))).rejects.toEqual(code('ERR_DATA'))
    await expect(new CanonicalCorrelation({ components: 5 }).fit(x, y)).rejects.toThrow(/from 1 to 4/)
    const bad = new Matrix(y.rows, y.cols, y.data.slice())
    bad.data[0] = Number.NaN
    await expect(cca.fit(x, bad)).rejects.toEqual(code('ERR_VALUE'))
    await expect(cca.transform(x, { view: 'z' as never })).rejects.toEqual(code('ERR_VALUE'))
    await expect(cca.transform(y)).rejects.toEqual(code('ERR_SHAPE'))
    await expect(new CanonicalCorrelation().transform(x)).rejects.toEqual(code('ERR_NOT_FITTED'))
    expect(() => new CanonicalCorrelation({ regularization: -1 })).toThrow(code('ERR_VALUE'))
    expect(cca.correlations).toBe(before)
  })
})
