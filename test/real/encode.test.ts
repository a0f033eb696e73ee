import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { TextEmbedder } from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const real = process.env.KINDRED_REAL
if (!real) console.warn('Skipped: tests with a real encoder. Set KINDRED_REAL to the folder with models/ and data/.')

interface Golden {
  text: string
  tokens: number
  truncated: boolean
  token_ids: number[]
  vector: number[]
}

describe.skipIf(!real)('all-MiniLM-L6-v2', () => {
  const folder = join(real ?? '', 'models', 'all-MiniLM-L6-v2')
  let golden: Golden[]
  let encoder: TextEmbedder
  beforeAll(async () => {
    golden = JSON.parse(await readFile(join(folder, 'golden.json'), 'utf8')).rows
    encoder = await TextEmbedder.load(folder)
  })
  afterAll(() => encoder?.dispose())

  async function cosines(of: TextEmbedder): Promise<number[]> {
    const { vectors } = await of.embed(golden.map((row) => row.text))
    return golden.map(({ vector }, i) => vector.reduce((sum, x, d) => sum + x * vectors.row(i)[d]!, 0))
  }

  it('gives the golden token ids, counts and flags', async () => {
    const texts = golden.map((row) => row.text)
    const ids = await encoder.tokenize(texts)
    const { tokens, truncated } = await encoder.embed(texts)
    for (const [i, row] of golden.entries()) {
      expect([...ids[i]!], row.text.slice(0, 60)).toEqual(row.token_ids)
      expect(tokens[i]).toBe(row.tokens)
      expect(truncated[i]).toBe(row.truncated)
    }
  })

  it('gives the golden vectors', async () => {
    expect(Math.min(...(await cosines(encoder)))).toBeGreaterThanOrEqual(0.9999)
  })

  it('is told how far int8 is off', async () => {
    const int8 = await TextEmbedder.load(folder, { dtype: 'int8' })
    const found = await cosines(int8)
    int8.dispose()
    const mean = found.reduce((a, b) => a + b, 0) / found.length
    console.info(
      `int8 against float32: cosine ${Math.min(...found).toFixed(4)} at least, ${mean.toFixed(4)} on average`,
    )
    expect(Math.min(...found)).toBeGreaterThan(0.95)
    expect(mean).toBeGreaterThan(0.985)
  })

  // Other processes on the same cores delay the loop too, so that a failure counts if it comes three times in a row.
  it('keeps the event loop alive: under 20 ms over 1,000 plots', { retry: 2 }, async () => {
    const lines = (await readFile(join(real!, 'data', 'ml-1m', 'items.jsonl'), 'utf8')).split('\n', 1000)
    const texts = lines.map((line) => JSON.parse(line)).map(({ title, plot }) => `${title}. ${plot ?? ''}`)
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const { vectors } = await encoder.embed(texts)
    delay.disable()
    expect(vectors.rows).toBe(1000)
    expect(delay.max / 1e6).toBeLessThan(20)
  })
})
