import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Catalogue, StaticEmbedder, type StaticEncoder, saveStaticEncoder } from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadStaticEncoder } from '#lib/encode/static/static-encoder-file.js'

const vocabulary = ['[PAD]', '[UNK]', '[MASK]', 'cat', 'dog', '##s', 'é']

/** Rows and scales that differ; token t, dimension d. */
function encoder(dims = 5): StaticEncoder & { embeddings: Int8Array; scales: Float32Array } {
  return {
    vocabulary,
    embeddings: Int8Array.from({ length: vocabulary.length * dims }, (_, i) => ((i * 37) % 255) - 127),
    scales: Float32Array.from(vocabulary, (_, t) => 0.25 * (t + 1)),
    normalize: false,
  }
}

function mean(of: ReturnType<typeof encoder>, ids: number[]): number[] {
  const dims = of.embeddings.length / vocabulary.length
  return Array.from({ length: dims }, (_, d) =>
    ids.reduce((sum, id) => sum + (of.embeddings[id * dims + d]! * of.scales[id]!) / ids.length, 0),
  )
}

function expectRow(row: Float32Array, expected: number[]): void {
  expect(row.length).toBe(expected.length)
  for (const [d, value] of expected.entries()) expect(row[d]).toBeCloseTo(value, 3)
}

describe('StaticEmbedder', () => {
  let dir: string
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'kindred-static-'))
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it('gives the mean of the tokens', async () => {
    const of = encoder()
    const embedder = await StaticEmbedder.from(of)
    const { vectors, tokens, truncated } = await embedder.embed(['cat', 'Cats [MASK] dog', 'unheard', ''])
    expectRow(vectors.row(0), mean(of, [3]))
    expectRow(vectors.row(1), mean(of, [3, 5, 2, 4]))
    expectRow(vectors.row(2), mean(of, [1]))
    expectRow(vectors.row(3), [0, 0, 0, 0, 0])
    expect([...tokens]).toEqual([1, 4, 1, 0])
    expect(truncated).toEqual([false, false, false, false])
  })

  it.each([1, 3, 16, 64, 200, 256, 300])('gives the mean of the tokens in %i dimensions', async (dims) => {
    const of = encoder(dims)
    const embedder = await StaticEmbedder.from(of)
    const texts = fc.array(fc.constantFrom('cat', 'dog', 'dogs', '[PAD]'), { minLength: 1, maxLength: 40 })
    const ids: Record<string, number[]> = { cat: [3], dog: [4], dogs: [4, 5], '[PAD]': [0] }
    await fc.assert(
      fc.asyncProperty(texts, async (words) => {
        const { vectors } = await embedder.embed([words.join(' ')])
        expectRow(
          vectors.row(0),
          mean(
            of,
            words.flatMap((word) => ids[word]!),
          ),
        )
      }),
      { numRuns: 30 },
    )
  })

  it('normalises when asked, a zero vector staying zero', async () => {
    const embedder = await StaticEmbedder.from({ ...encoder(), normalize: true })
    const { vectors } = await embedder.embed(['cat dog', ''])
    expect(Math.hypot(...vectors.row(0))).toBeCloseTo(1, 5)
    expect([...vectors.row(1)]).toEqual([0, 0, 0, 0, 0])
    const raw = await embedder.embed(['cat dog'], { normalize: false })
    expectRow(raw.vectors.row(0), mean(encoder(), [3, 4]))
  })

  it('cuts, refuses or keeps long texts', async () => {
    const of = { ...encoder(), maxTokens: 2 }
    const embedder = await StaticEmbedder.from(of)
    const texts = ['dog', 'cat cat dog']
    const cut = await embedder.embed(texts)
    expectRow(cut.vectors.row(1), mean(of, [3, 3]))
    expect([...cut.tokens]).toEqual([1, 3])
    expect(cut.truncated).toEqual([false, true])
    expect((await embedder.tokenize(texts)).map((ids) => [...ids])).toEqual([[4], [3, 3]])
    const whole = await embedder.embed(texts, { truncation: 'chunk' })
    expectRow(whole.vectors.row(1), mean(of, [3, 3, 4]))
    expect(whole.truncated).toEqual([false, false])
    await expect(embedder.embed(texts, { truncation: 'error' })).rejects.toThrow(/texts\[1\] has 3 tokens.*1 of 2/)
    await expect(embedder.embed(texts, { truncation: 'error' })).rejects.toMatchObject({ code: 'ERR_TRUNCATED' })
  })

  it('gives each text of many batches its own vector and reports progress', async () => {
    const of = encoder()
    const embedder = await StaticEmbedder.from(of)
    const texts = Array.from({ length: 7000 }, (_, i) => ['cat', 'dog', 'cats', 'é'][i % 4]!)
    const seen: number[] = []
    const { vectors } = await embedder.embed(texts, { onProgress: ({ done }) => seen.push(done) })
    const expected = [[3], [4], [3, 5], [1]].map((ids) => mean(of, ids))
    for (let i = 0; i < texts.length; i++) expectRow(vectors.row(i), expected[i % 4]!)
    expect(seen.length).toBeGreaterThan(1)
    expect(seen.at(-1)).toBe(7000)
  })

  it('embeds a catalogue under its ids', async () => {
    const of = encoder()
    const embedder = await StaticEmbedder.from(of)
    const features = await embedder.embedItems(
      Catalogue.from(
        [
          { id: 'x', word: 'cat' },
          { id: 7, word: 'dog' },
        ],
        { id: 'id', text: '{word}' },
      ),
    )
    expect(features.report).toMatchObject({ items: 2, empty: 0, truncated: 0 })
    expectRow(features.matrix.row(features.ids.indexOf(7)), mean(of, [4]))
  })

  it('is saved and loaded whole', async () => {
    const of = { ...encoder(), normalize: true, maxTokens: 9, about: { command: 'kindred distill' } }
    const tokenizer = { lowercase: false, stripAccents: true, addedTokens: ['[MASK]'] }
    await saveStaticEncoder(dir, { ...of, tokenizer })
    const saved = await loadStaticEncoder(dir)
    expect(saved).toMatchObject({ ...of, dims: 5, tokenizer: { ...tokenizer, cleanText: true, unknown: '[UNK]' } })
    const loaded = await StaticEmbedder.load(dir)
    expect(loaded).toMatchObject({ dims: 5, maxTokens: 9, pooling: 'mean', normalize: true, about: of.about })
    const texts = ['cat Cat cats', '[MASK] [PAD]']
    const direct = await StaticEmbedder.from({ ...of, tokenizer })
    expect((await loaded.embed(texts)).vectors).toEqual((await direct.embed(texts)).vectors)
    expect((await loaded.tokenize(['Cat [PAD]']))[0]).toEqual(Int32Array.of(1, 1, 1, 1))
  })

  it('keeps texts unlimited through a save', async () => {
    await saveStaticEncoder(dir, encoder())
    expect((await StaticEmbedder.load(dir)).maxTokens).toBe(Infinity)
  })

  it('refuses encoders that do not fit together', async () => {
    const from = (change: object) => StaticEmbedder.from({ ...encoder(), ...change })
    await expect(from({ scales: new Float32Array(6) })).rejects.toMatchObject({ code: 'ERR_SHAPE' })
    await expect(from({ embeddings: new Int8Array(36) })).rejects.toMatchObject({ code: 'ERR_SHAPE' })
    await expect(from({ embeddings: new Float32Array(35) })).rejects.toThrow(/embeddings: expected an Int8Array/)
    for (const scale of [NaN, Infinity, 2e12, -1e38])
      await expect(from({ scales: new Float32Array(7).fill(scale) })).rejects.toThrow(/scales\[0\].*2\^40/)
    const largest = await (await from({ scales: new Float32Array(7).fill(2 ** 40) })).embed(['a b a b'])
    expect(largest.vectors.data.every(Number.isFinite)).toBe(true)
    await expect(from({ maxTokens: 0 })).rejects.toThrow(/maxTokens/)
    await expect(from({ dims: 5 })).rejects.toThrow(/unknown option "dims"/)
    await expect(
      saveStaticEncoder(dir, { ...encoder(), vocabulary: [...vocabulary.slice(1), 'a\nb'] }),
    ).rejects.toThrow(/vocabulary\[6\].*one line/)
  })

  it('refuses folders that are none of its own, or altered', async () => {
    await expect(StaticEmbedder.load(join(dir, 'none'))).rejects.toMatchObject({ code: 'ERR_MODEL_FILE' })
    const path = join(dir, 'altered')
    await saveStaticEncoder(path, encoder())
    const config = JSON.parse(readFileSync(join(path, 'config.json'), 'utf8'))
    for (const change of [
      { pooling: 'max' },
      { tokenizer: { unknown: 'none' } },
      { normalize: 1 },
      { maxTokens: -1 },
    ]) {
      writeFileSync(join(path, 'config.json'), JSON.stringify({ ...config, ...change }))
      await expect(StaticEmbedder.load(path)).rejects.toMatchObject({ code: 'ERR_MODEL_FILE' })
    }
    await expect(StaticEmbedder.load('')).rejects.toMatchObject({ code: 'ERR_VALUE' })
  })

  it('refuses options that it does not have', async () => {
    const embedder = await StaticEmbedder.from(encoder())
    const embed = (options: object) => embedder.embed(['cat'], options)
    await expect(embed({ pooling: 'max' })).rejects.toThrow(/pooling: expected one of 'mean' but received "max"/)
    await expect(embed({ normalise: true })).rejects.toThrow(/unknown option "normalise"/)
    await expect(embed({ truncation: 'cut' })).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(embed({ normalize: 1 })).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(embedder.embed([1 as unknown as string])).rejects.toThrow(/texts\[0\]/)
  })

  it('stops when aborted and when disposed of', async () => {
    const embedder = await StaticEmbedder.from(encoder())
    await expect(embedder.embed(['cat'], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
    })
    const controller = new AbortController()
    const texts = new Array(200_000).fill('cat dog '.repeat(20))
    const long = embedder.embed(texts, { signal: controller.signal, onProgress: () => controller.abort() })
    await expect(long).rejects.toMatchObject({ name: 'AbortError' })
    const last = embedder.embed(['cat dog'])
    embedder.dispose()
    embedder.dispose()
    expect([...(await last).tokens]).toEqual([2])
    await expect(embedder.embed(['cat'])).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
    await expect(embedder.tokenize(['cat'])).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
  })
})
