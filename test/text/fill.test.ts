import { join } from 'node:path'
import { MaskedLanguageModel } from 'kindred'
import { describe, expect, it } from 'vitest'

const folder = join(__dirname, '..', 'fixtures', 'tiny-bert')

describe('MaskedLanguageModel.fill', () => {
  it('says the words that it has learnt, for each mask of each text', async () => {
    const model = await MaskedLanguageModel.create(folder, { dims: 32, layers: 1, heads: 2, dropout: 0, seed: 1 })
    const texts = ['the man and his dog', 'the king and his queen', 'a toy for the boy', 'the old ship of war']
    const many = Array.from({ length: 64 }, (_, n) => texts[n % 4]!)
    await model.fit(many, { epochs: 40, batchSize: 16, learningRate: 5e-3, seed: 2 })
    const filled = await model.fill(['the man and his [MASK]', 'the [MASK] and his [MASK]', 'a [MASK] for the boy'], {
      k: 2,
    })
    expect(filled.map((masks) => masks.length)).toEqual([1, 2, 1])
    expect([filled[0]![0]![0]!.token, filled[2]![0]![0]!.token]).toEqual(['dog', 'toy'])
    expect(filled[1]![0]!.map(({ token }) => token).sort()).toEqual(['king', 'man'])
    for (const masks of filled)
      for (const mask of masks) {
        expect(mask).toHaveLength(2)
        expect(mask[0]!.score).toBeGreaterThanOrEqual(mask[1]!.score)
      }
    const [all] = await model.fill(['the [MASK]'], { k: 1000 })
    expect(all![0]!.some(({ token }) => /^\[[A-Z]+\]$/.test(token))).toBe(false)
    expect(all![0]!.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 2)
  })

  it('has nothing for a mask that was cut off, and refuses texts without one', async () => {
    const model = await MaskedLanguageModel.load(folder)
    expect(await model.fill([`${'dog '.repeat(40)} [MASK]`, 'a [MASK]'], { k: 1 })).toEqual([[], [[expect.anything()]]])
    for (const [texts, options] of [
      [['a dog'], {}],
      [['a [MASK]'], { k: 0 }],
      [[5], {}],
    ] as const)
      await expect(model.fill(texts as never, options)).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(model.fill(['a [MASK]'], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
    })
  })
})
