import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
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

  it('int8 is as close as documented', async () => {
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

  // In a process of its own, since vitest's heap and messages delay its loop too. So do other programs on the same
  // cores: a failure counts if it comes three times in a row.
  it('keeps the event loop alive: under 20 ms over 1,000 plots', { retry: 2 }, () => {
    const script = `
      const { TextEmbedder } = require('kindred')
      const { readFileSync } = require('node:fs')
      const { monitorEventLoopDelay } = require('node:perf_hooks')
      const [folder, items] = process.argv.slice(1)
      const rows = readFileSync(items, 'utf8').split('\\n', 1000).map((line) => JSON.parse(line))
      const texts = rows.map(({ title, plot }) => title + '. ' + (plot ?? ''))
      TextEmbedder.load(folder).then(async (encoder) => {
        const delay = monitorEventLoopDelay({ resolution: 1 })
        delay.enable()
        const { vectors } = await encoder.embed(texts)
        delay.disable()
        console.log(JSON.stringify({ rows: vectors.rows, delay: delay.max / 1e6 }))
      })`
    const items = join(real!, 'data', 'ml-1m', 'items.jsonl')
    const output = execFileSync(process.execPath, ['-e', script, folder, items], { encoding: 'utf8' })
    const { rows, delay } = JSON.parse(output)
    console.info(`event loop delay: ${delay.toFixed(1)} ms at most`)
    expect(rows).toBe(1000)
    expect(delay).toBeLessThan(20)
  })
})
