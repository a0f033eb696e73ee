import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SentenceEncoder, type TextPair } from '../../dist/index.js'

const TINY = 'test/fixtures/tiny-bert'

/** The model with this dropout. */
function withDropout(rate: number): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'kindred-')), 'model')
  cpSync(TINY, folder, { recursive: true })
  const path = join(folder, 'config.json')
  const rates = { hidden_dropout_prob: rate, attention_probs_dropout_prob: rate }
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...rates }))
  return folder
}

const WORDS = ['a good film', 'a bad film', 'the plot', 'an actor', 'music', 'the end of it', 'fun', 'long and slow']
const pairs = WORDS.map((word, n): TextPair => [word, `${word} ${WORDS[(n * 3 + 1) % WORDS.length]}`])
const OPTIONS = { epochs: 2, batchSize: 7, learningRate: 1e-3, seed: 3 } as const

async function trained(folder: string, options: object) {
  const encoder = await SentenceEncoder.load(folder)
  await encoder.fit(pairs, { ...OPTIONS, ...options })
  return { losses: encoder.history.map(({ loss }) => loss), vectors: (await encoder.embed(WORDS)).data }
}

describe('chunkSize', () => {
  it('changes neither losses nor gradients, whatever the chunk', async () => {
    const folder = withDropout(0)
    const whole = await trained(folder, {})
    for (const chunkSize of [1, 2, 3, 7, 100]) {
      const chunked = await trained(folder, { chunkSize })
      for (const [n, loss] of whole.losses.entries()) expect(Math.abs(chunked.losses[n]! - loss)).toBeLessThan(1e-5)
      const worst = Math.max(...chunked.vectors.map((value, n) => Math.abs(value - whole.vectors[n]!)))
      expect(worst).toBeLessThan(1e-5)
    }
  })

  it('draws the same dropout in both passes: with one chunk it is the uncached step', async () => {
    const folder = withDropout(0.3)
    const [whole, chunked] = [await trained(folder, {}), await trained(folder, { chunkSize: 7 })]
    for (const [n, loss] of whole.losses.entries()) expect(Math.abs(chunked.losses[n]! - loss)).toBeLessThan(1e-5)
    expect(Math.max(...chunked.vectors.map((value, n) => Math.abs(value - whole.vectors[n]!)))).toBeLessThan(1e-5)
  })

  it('goes with an adapter, and with SimCSE', async () => {
    const folder = withDropout(0)
    const adapter = { kind: 'lora', rank: 2 } as const
    const [whole, chunked] = [await trained(folder, { adapter }), await trained(folder, { adapter, chunkSize: 3 })]
    expect(Math.max(...chunked.vectors.map((value, n) => Math.abs(value - whole.vectors[n]!)))).toBeLessThan(1e-5)
    const encoder = await SentenceEncoder.load(withDropout(0.1))
    await encoder.fit(WORDS, { ...OPTIONS, loss: 'simcse', chunkSize: 2 })
    expect(encoder.history).toHaveLength(2)
  })

  it('is refused beside what it cannot go with', async () => {
    const encoder = await SentenceEncoder.load(TINY)
    const fit = (options: object) => encoder.fit(pairs, { ...OPTIONS, chunkSize: 2, ...options })
    const refused = { code: 'ERR_VALUE', message: expect.stringContaining('chunkSize') }
    for (const chunkSize of [0, 1.5, Number.NaN, '2']) await expect(fit({ chunkSize })).rejects.toMatchObject(refused)
    await expect(fit({ scores: pairs.map(() => 1) })).rejects.toMatchObject(refused)
    await expect(fit({ accumulation: 2 })).rejects.toMatchObject(refused)
    await expect(fit({ adversarial: { kind: 'fgm' } })).rejects.toMatchObject(refused)
    await expect(fit({ adapter: { kind: 'adalora', rank: 2 } })).rejects.toMatchObject(refused)
  })
})
