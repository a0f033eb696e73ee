import fc from 'fast-check'
import {
  CalibratedList,
  CategoryDiversity,
  DeterminantalPointProcess,
  Features,
  MaximalMarginalRelevance,
  rerank,
} from 'kindred'
import { describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'

type Vector = readonly number[]
const dot = (a: Vector, b: Vector) => a.reduce((sum, value, n) => sum + value * b[n]!, 0)
const cosine = (a: Vector, b: Vector) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))

/** The determinant by Gaussian elimination. */
function determinant(matrix: number[][]): number {
  const m = matrix.map((row) => [...row])
  let out = 1
  for (let i = 0; i < m.length; i++) {
    let pivot = i
    for (let r = i; r < m.length; r++) if (Math.abs(m[r]![i]!) > Math.abs(m[pivot]![i]!)) pivot = r
    if (m[pivot]![i] === 0) return 0
    if (pivot !== i) {
      ;[m[i], m[pivot]] = [m[pivot]!, m[i]!]
      out = -out
    }
    out *= m[i]![i]!
    for (let r = i + 1; r < m.length; r++) {
      const factor = m[r]![i]! / m[i]![i]!
      for (let c = i; c < m.length; c++) m[r]![c]! -= factor * m[i]![c]!
    }
  }
  return out
}

function vectorsOf(count: number, dims: number, seed: number): number[][] {
  const random = createRandom(seed)
  return Array.from({ length: count }, () => Array.from({ length: dims }, () => Math.fround(2 * random.next() - 1)))
}

/** The item of the largest value among those left, the first of several, over and over. */
function greedily(count: number, length: number, value: (chosen: readonly number[], row: number) => number): number[] {
  const chosen: number[] = []
  while (chosen.length < Math.min(count, length)) {
    let best = -1
    let most = -Infinity
    for (let row = 0; row < count; row++) {
      if (chosen.includes(row)) continue
      const own = value(chosen, row)
      if (own > most) [best, most] = [row, own]
    }
    chosen.push(best)
  }
  return chosen
}

const listOf = (count: number) => Array.from({ length: count }, (_, item) => ({ item, score: 3 - (2 * item) / count }))
const relevance = (count: number, row: number) => (count === 1 ? 1 : 1 - row / (count - 1))
const itemsOf = async (
  list: ReturnType<typeof listOf>,
  step: Parameters<typeof rerank>[1] extends Iterable<infer S> ? S : never,
  options = {},
) => (await rerank(list, [step], options)).map(({ item }) => item)

describe('lists by vectors', () => {
  it('are those of the definition of MMR', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.nat(99),
        fc.constantFrom(0.2, 0.5, 0.9),
        async (count, seed, lambda) => {
          const vectors = vectorsOf(count, 6, seed)
          const features = Features.from(vectors.keys(), vectors)
          const expected = greedily(count, 8, (chosen, row) => {
            const alike = chosen.map((other) => cosine(vectors[other]!, vectors[row]!))
            return lambda * relevance(count, row) - (1 - lambda) * (alike.length === 0 ? 0 : Math.max(...alike))
          })
          const step = new MaximalMarginalRelevance(features, { lambda })
          expect(await itemsOf(listOf(count), step, { k: 8 })).toEqual(expected)
        },
      ),
    )
  })

  it('are those of the definition of a DPP: the largest determinants of the kernel', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.nat(99),
        fc.constantFrom(0.2, 0.5, 0.9),
        async (count, seed, theta) => {
          const vectors = vectorsOf(count, 9, seed)
          const features = Features.from(vectors.keys(), vectors)
          const expected = greedily(count, 6, (chosen, row) => {
            const own = [...chosen, row]
            const kernel = own.map((i) => own.map((j) => cosine(vectors[i]!, vectors[j]!)))
            const sum = own.reduce((total, i) => total + relevance(count, i), 0)
            return theta * sum + (1 - theta) * Math.log(determinant(kernel))
          })
          const step = new DeterminantalPointProcess(features, { theta })
          expect(await itemsOf(listOf(count), step, { k: 6 })).toEqual(expected)
        },
      ),
    )
  })

  it('say how alike items are, and which have no vector', async () => {
    const features = Features.from(
      [0, 1, 2],
      [
        [1, 0],
        [1, 0],
        [0, 2],
      ],
    )
    const list = [0, 1, 2, 3].map((item) => ({ item, score: 1 }))
    const mmr = await rerank(list, [new MaximalMarginalRelevance(features, { lambda: 0.5 })])
    expect(mmr.map(({ item, reasons }) => [item, ...reasons])).toEqual([
      [0, 'MMR: first, by relevance'],
      [2, 'MMR: 0 alike at most with what stands before'],
      [3, 'MMR: has no vector, by relevance'],
      [1, 'MMR: 1 alike at most with what stands before'],
    ])
    const dpp = await rerank(list, [new DeterminantalPointProcess(features)])
    expect(dpp.map(({ item, reasons }) => [item, ...reasons])).toEqual([
      [0, 'DPP: first, by relevance'],
      [2, 'DPP: 1 of it is new beside what stands before'],
      [3, 'DPP: has no vector, by relevance'],
      [1, 'DPP: 0 of it is new beside what stands before'],
    ])
  })
})

describe('lists by categories', () => {
  const categories = (item: unknown) => ['abc', 'a', 'bc', 'b', ''][(Number(item) * 3) % 5]!.split('').filter(Boolean)
  const sharesOf = (items: readonly number[]) => {
    const shares = new Map<string, number>()
    for (const item of items) {
      const own = categories(item)
      const named = own.length === 0 ? [''] : own
      for (const name of named) shares.set(name, (shares.get(name) ?? 0) + 1 / named.length / items.length)
    }
    return shares
  }

  it('are those of the definition of calibration', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 25 }),
        fc.array(fc.nat(24), { minLength: 1, maxLength: 6 }),
        fc.constantFrom(0.1, 0.5, 0.95),
        async (count, history, lambda) => {
          const wanted = sharesOf(history)
          const expected = greedily(count, 7, (chosen, row) => {
            const shares = sharesOf([...chosen, row])
            let divergence = 0
            for (const [name, p] of wanted) divergence += p * Math.log(p / (0.99 * (shares.get(name) ?? 0) + 0.01 * p))
            // Rounded, since sums in another order differ in their last bits.
            return Math.round(1e9 * ((1 - lambda) * relevance(count, row) - lambda * divergence))
          })
          const step = new CalibratedList(categories, { lambda })
          const list = listOf(count)
          expect(await itemsOf(list, step, { k: 7, history: history.map((item) => ({ item })) })).toEqual(expected)
        },
      ),
    )
  })

  it('are those of the definition of the Jensen-Shannon divergence', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 25 }), fc.constantFrom(0.1, 0.5, 0.95), async (count, lambda) => {
        const wanted = sharesOf(Array.from({ length: count }, (_, item) => item))
        const expected = greedily(count, 7, (chosen, row) => {
          const shares = sharesOf([...chosen, row])
          let divergence = 0
          for (const name of new Set([...wanted.keys(), ...shares.keys()])) {
            const [p, q] = [wanted.get(name) ?? 0, shares.get(name) ?? 0]
            if (p > 0) divergence += (p * Math.log2((2 * p) / (p + q))) / 2
            if (q > 0) divergence += (q * Math.log2((2 * q) / (p + q))) / 2
          }
          return Math.round(1e9 * ((1 - lambda) * relevance(count, row) - lambda * divergence))
        })
        expect(await itemsOf(listOf(count), new CategoryDiversity(categories, { lambda }), { k: 7 })).toEqual(expected)
      }),
    )
  })

  it('come to the shares that are wanted', async () => {
    const list = Array.from({ length: 60 }, (_, item) => ({ item, score: -item }))
    const genre = (item: unknown) => (Number(item) < 40 ? 'drama' : 'comedy')
    const ranked = await rerank(list, [new CalibratedList(genre, { lambda: 0.99, target: { drama: 7, comedy: 3 } })], {
      k: 10,
    })
    expect(ranked.filter(({ item }) => genre(item) === 'comedy')).toHaveLength(3)
    expect(ranked[0]!.reasons).toEqual(['calibration: drama 1 so far, 0.7 wanted'])
    const even = await rerank(list, [new CategoryDiversity(genre, { lambda: 0.99, target: 'uniform' })], { k: 10 })
    expect(even.filter(({ item }) => genre(item) === 'comedy')).toHaveLength(5)
    const untouched = await rerank(list, [new CalibratedList(genre)], { k: 10 })
    expect(untouched).toEqual(list.slice(0, 10).map((entry) => ({ ...entry, reasons: [] })))
  })
})
