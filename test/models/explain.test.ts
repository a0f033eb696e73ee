import fc from 'fast-check'
import {
  EASE,
  GFCF,
  type Id,
  type Interactions,
  ItemKNN,
  P3alpha,
  PureSVD,
  type Recommender,
  SLIM,
  UserKNN,
} from 'kindred'
import { describe, expect, it } from 'vitest'
import { anyLog, code, tasteLog } from '../support/logs.js'

const MODELS: Record<string, [from: 'item' | 'user', fit: (log: Interactions) => Promise<Recommender>]> = {
  EASE: ['item', (log) => new EASE({ regularization: 10 }).fit(log)],
  SLIM: ['item', (log) => new SLIM({ alpha: 0.05, neighbors: 5 }).fit(log)],
  P3alpha: ['item', (log) => new P3alpha({ neighbors: 5 }).fit(log)],
  PureSVD: ['item', (log) => new PureSVD({ factors: 3 }).fit(log)],
  GFCF: ['item', (log) => new GFCF({ factors: 3 }).fit(log)],
  ItemKNN: ['item', (log) => new ItemKNN({ neighbors: 5, weighting: 'tfidf' }).fit(log)],
  UserKNN: ['user', (log) => new UserKNN({ neighbors: 5, similarity: 'jaccard' }).fit(log)],
}

describe.each(Object.entries(MODELS))('%s explains its scores', (_, [from, fit]) => {
  it('by parts that add up, the largest first, of the history or of those who had the item', async () => {
    await fc.assert(
      fc.asyncProperty(anyLog, fc.nat(6), fc.nat(1000), async (log, k, pick) => {
        const model = await fit(log)
        const user = [...log.users][pick % log.users.size]!
        const item = [...log.items][(pick * 7) % log.items.size]!
        const { score, contributions, rest } = await model.explain(user, item, { k })
        const [expected] = await model.score(user, [item])
        expect(Math.abs(score - expected!)).toBeLessThanOrEqual(1e-4 * (1 + Math.abs(expected!)))
        expect(contributions.reduce((sum, part) => sum + part.contribution, rest)).toBeCloseTo(score, 9)
        expect(contributions.length).toBeLessThanOrEqual(k)
        if (contributions.length < k) expect(rest).toBe(0)
        const sizes = contributions.map(({ contribution }) => Math.abs(contribution))
        expect(sizes).toEqual([...sizes].sort((a, b) => b - a))
        expect(sizes).not.toContain(0)
        const possible = [...log].filter((row) => (from === 'item' ? row.user === user : row.item === item))
        const ids = new Set<Id>(possible.map((row) => row[from]))
        for (const part of contributions) {
          expect(part.from).toBe(from)
          expect(ids.has(part.id)).toBe(true)
        }
        expect(new Set(contributions.map(({ id }) => id)).size).toBe(contributions.length)
      }),
      { numRuns: 30 },
    )
  })

  it('refuses whom it does not know, and options that are not legal', async () => {
    const model = await fit(tasteLog())
    await expect(model.explain('nobody', 2)).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    await expect(model.explain(1, 'nothing')).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    await expect(model.explain(1, 2, { k: -1 })).rejects.toEqual(code('ERR_VALUE'))
    await expect(model.explain(1, 2, { depth: 1 } as never)).rejects.toThrow(/unknown option "depth"/)
    await expect(model.explain(1, 2, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
  })
})
