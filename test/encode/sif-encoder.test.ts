import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Catalogue, loadEmbedder, Matrix, SifEncoder, splitWords, WordVectors } from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { code } from '../support/logs.js'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'kindred-sif-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const DIMS = 5
const words = ['the', 'cat', 'sat', 'on', 'mat', 'dog']
function vectors(): WordVectors {
  const random = createRandom(3)
  return WordVectors.from(
    words,
    new Matrix(
      words.length,
      DIMS,
      Float32Array.from({ length: words.length * DIMS }, () => random.normal()),
    ),
  )
}
const TEXTS = ['The cat sat on the mat.', 'the dog', 'unknown words', '', 'A dog sat: the, the.', 'cat cat mat']

/** By the book: weighted means, then the first right singular vector by many steps of power iteration, taken out. */
function plainSif(from: WordVectors, texts: readonly string[], a: number, components: number): number[][] {
  const lists = texts.map((text) => splitWords(text).filter((word) => from.has(word)))
  const all = lists.flat()
  const weight = (word: string) => a / (a + all.filter((other) => other === word).length / all.length)
  const rows = lists.map((list) =>
    Array.from({ length: DIMS }, (_, d) =>
      list.reduce((sum, word) => sum + (weight(word) * from.vector(word)[d]!) / list.length, 0),
    ),
  )
  for (let c = 0; c < components; c++) {
    let u = Array.from({ length: DIMS }, (_, d) => d + 1)
    for (let step = 0; step < 5000; step++) {
      const next = u.map((_, d) =>
        rows.reduce((sum, row) => sum + row[d]! * row.reduce((p, x, e) => p + x * u[e]!, 0), 0),
      )
      const norm = Math.hypot(...next)
      u = next.map((x) => x / norm)
    }
    for (const row of rows) {
      const product = row.reduce((sum, x, d) => sum + x * u[d]!, 0)
      for (let d = 0; d < DIMS; d++) row[d]! -= product * u[d]!
    }
  }
  return rows
}

describe('sentence vectors', () => {
  it.each([
    [0.001, 0],
    [0.001, 1],
    [0.2, 1],
    [0.2, 2],
  ])('equal those made by the book, with a = %d and %d components', async (a, components) => {
    const from = vectors()
    const { vectors: rows, words: counts, known } = await from.sentenceVectors(TEXTS, { a, components })
    const expected = plainSif(from, TEXTS, a, components).flat()
    rows.data.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 4)
    })
    expect([...counts]).toEqual([6, 2, 2, 0, 5, 3])
    expect([...known]).toEqual([6, 2, 0, 0, 4, 3])
  })

  it('are plain means where that is asked for', async () => {
    const from = vectors()
    const { vectors: rows } = await from.sentenceVectors(TEXTS, { method: 'mean' })
    for (let d = 0; d < DIMS; d++)
      expect(rows.row(5)[d]).toBeCloseTo((2 * from.vector('cat')[d]! + from.vector('mat')[d]!) / 3, 5)
    expect([...rows.row(2)]).toEqual([0, 0, 0, 0, 0])
    await expect(from.sentenceVectors(TEXTS, { method: 'mean', a: 0.1 })).rejects.toEqual(
      code('ERR_VALUE', /a: of method/),
    )
    await expect(from.sentenceVectors(['x'])).rejects.toEqual(code('ERR_DATA', /at least one word/))
    await expect(from.sentenceVectors([5 as never])).rejects.toEqual(code('ERR_VALUE', /texts\[0\]/))
    await expect(from.sentenceVectors(TEXTS, { a: 0 })).rejects.toEqual(
      code('ERR_VALUE', /a: expected a number above 0/),
    )
  })

  it('weigh by the counts of the text that the vectors were trained on', async () => {
    const text = Array.from({ length: 50 }, (_, i) => ['the', i % 2 ? 'cat' : 'dog', 'the'])
    const trained = await WordVectors.train(text, { dims: 3, minCount: 1, epochs: 1 })
    const { vectors: rows } = await trained.sentenceVectors(['the cat'], { a: 0.1, components: 0 })
    const [the, cat] = [0.1 / (0.1 + 2 / 3), 0.1 / (0.1 + 1 / 6)]
    for (let d = 0; d < 3; d++)
      expect(rows.row(0)[d]).toBeCloseTo((the * trained.vector('the')[d]! + cat * trained.vector('cat')[d]!) / 2, 5)
  })
})

describe('SifEncoder', () => {
  it('is an embedder: it embeds what it was fitted on as sentenceVectors does, and others alike', async () => {
    const from = vectors()
    const encoder = await SifEncoder.fit(from, TEXTS)
    const { vectors: expected } = await from.sentenceVectors(TEXTS)
    const { vectors: rows, tokens, truncated } = await encoder.embed(TEXTS)
    expect(rows.data).toEqual(expected.data)
    expect([...tokens]).toEqual([6, 2, 2, 0, 5, 3])
    expect(truncated).toEqual(TEXTS.map(() => false))
    const [one] = [await encoder.embed([TEXTS[4]!])]
    expect([...one.vectors.row(0)]).toEqual([...rows.row(4)])
    const unit = (await encoder.embed(TEXTS, { normalize: true, dims: 2 })).vectors
    expect(Math.hypot(...unit.row(0))).toBeCloseTo(1, 5)
    expect(await encoder.tokenize(['The dog, a cat'])).toEqual([Int32Array.of(0, 5, 1)])
    const items = await encoder.embedItems(
      Catalogue.from(
        [
          { id: 1, name: 'cat' },
          { id: 2, name: '' },
        ],
        { id: 'id', text: '{name}' },
      ),
    )
    expect(items.report).toEqual({ items: 2, empty: 1, truncated: 0, tokens: 1 })
    expect(encoder).toMatchObject({ dims: DIMS, maxTokens: Infinity, pooling: 'mean', normalize: false, a: 0.001 })
  })

  it('comes back from a folder, by loadEmbedder too', async () => {
    const encoder = await SifEncoder.fit(vectors(), TEXTS)
    const folder = join(dir, 'sif')
    await encoder.save(folder)
    const { vectors: expected } = await encoder.embed(TEXTS)
    for (const loaded of [await SifEncoder.load(folder), await loadEmbedder(folder)])
      expect((await loaded.embed(TEXTS)).vectors.data).toEqual(expected.data)
    await expect(loadEmbedder(folder, { dtype: 'fp32' })).rejects.toEqual(code('ERR_VALUE', /dtype/))
    const tokenize = (text: string) => text.split(' ').filter(Boolean)
    const own = await SifEncoder.fit(vectors(), TEXTS, { tokenize })
    await own.save(folder)
    await expect(SifEncoder.load(folder)).rejects.toEqual(code('ERR_VALUE', /tokenize: .* Give that function/))
    const again = await SifEncoder.load(folder, { tokenize })
    expect((await again.embed(['the cat'])).vectors.data).toEqual((await own.embed(['the cat'])).vectors.data)
  })

  it('refuses what it has not, and is gone once disposed of', async () => {
    await expect(SifEncoder.fit({} as never, TEXTS)).rejects.toEqual(code('ERR_VALUE', /expected WordVectors/))
    const encoder = await SifEncoder.fit(vectors(), TEXTS)
    await expect(encoder.embed(TEXTS, { prompt: 'x' })).rejects.toEqual(code('ERR_VALUE', /a SIF encoder has none/))
    await expect(encoder.embed(TEXTS, { pooling: 'cls' })).rejects.toEqual(code('ERR_VALUE', /pooling/))
    encoder.dispose()
    encoder.dispose()
    await expect(encoder.embed(TEXTS)).rejects.toEqual(code('ERR_DISPOSED'))
    await expect(encoder.save(join(dir, 'gone'))).rejects.toEqual(code('ERR_DISPOSED'))
  })
})
