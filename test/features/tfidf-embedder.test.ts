import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  Catalogue,
  ContentBased,
  Interactions,
  type KindredError,
  loadEmbedder,
  TfidfEmbedder,
  TfidfVectorizer,
  TruncatedSVD,
} from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'

const dir = mkdtempSync(join(tmpdir(), 'kindred-tfidf-embedder-'))
afterAll(() => rmSync(dir, { recursive: true }))

const THEMES = [
  ['running', 'mesh', 'light', 'sole', 'trail'],
  ['silk', 'evening', 'gown', 'elegant', 'lace'],
  ['oak', 'table', 'varnish', 'drawer', 'carved'],
]
const TEXTS = Array.from({ length: 90 }, (_, i) => {
  const words = THEMES[i % 3]!
  return Array.from({ length: 4 }, (_, n) => words[(i * 7 + n * (1 + (i % 4))) % 5]).join(' ')
})
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

describe('TfidfEmbedder', () => {
  it('is TF-IDF, its truncated SVD, and rows of norm 1', async () => {
    const embedder = await TfidfEmbedder.fit(TEXTS, { dims: 3 })
    const { vectors, tokens, truncated } = await embedder.embed(TEXTS)
    const rows = await new TfidfVectorizer().fitTransform(TEXTS)
    const reduced = await (await new TruncatedSVD({ components: 3 }).fit(rows)).transform(rows)
    for (let i = 0; i < TEXTS.length; i++) {
      const expected = reduced.row(i)
      const norm = Math.sqrt(dot(expected, expected))
      for (let d = 0; d < 3; d++) expect(vectors.row(i)[d]).toBeCloseTo(expected[d]! / norm, 5)
      expect(tokens[i]).toBe(rows.row(i).indices.length)
    }
    expect(truncated).not.toContain(true)
    // One theme, one direction.
    for (let i = 3; i < 90; i++) {
      expect(dot(vectors.row(i), vectors.row(i % 3))).toBeGreaterThan(0.9)
      expect(Math.abs(dot(vectors.row(i), vectors.row((i + 1) % 3)))).toBeLessThan(0.2)
    }
    const plain = await embedder.embed(TEXTS.slice(0, 2), { normalize: false })
    expect([...plain.vectors.data].every((value, i) => Math.abs(value - reduced.data[i]!) < 1e-5)).toBe(true)
    const two = await embedder.embed(['oak table'], { dims: 2, normalize: true })
    expect(dot(two.vectors.row(0), two.vectors.row(0))).toBeCloseTo(1, 5)
  })

  it('is an encoder like any other: items of a catalogue, for models', async () => {
    const catalogue = Catalogue.from(
      TEXTS.map((text, i) => ({ id: i, text })).concat([{ id: 90, text: 'zzz unheard' }]),
      { id: 'id', text: '{text}' },
    )
    const embedder = await TfidfEmbedder.fit(
      Catalogue.from(
        TEXTS.map((text, id) => ({ id, text })),
        { id: 'id', text: '{text}' },
      ),
      { dims: 3 },
    )
    const itemFeatures = await embedder.embedItems(catalogue)
    expect(itemFeatures.report).toMatchObject({ items: 91, empty: 0, truncated: 0 })
    expect([...itemFeatures.matrix.row(90)]).toEqual([0, 0, 0])
    const log = Interactions.from([
      { user: 'ann', item: 0 },
      { user: 'ann', item: 3 },
    ])
    const model = await new ContentBased().fit(log, { itemFeatures })
    const list = await model.recommend('ann', { k: 5 })
    expect(list.map(({ item }) => (item as number) % 3)).toEqual([0, 0, 0, 0, 0])
    expect((await embedder.tokenize(['oak zzz oak table']))[0]).toHaveLength(2)
  })

  it('is the same after saving', async () => {
    const embedder = await TfidfEmbedder.fit(TEXTS, { dims: 3, ngramRange: [1, 2], normalize: false, seed: 4 })
    await embedder.save(join(dir, 'saved'))
    await expect(loadEmbedder(join(dir, 'saved'))).rejects.toThrow(/TfidfEmbedder.load reads it/)
    const loaded = await TfidfEmbedder.load(join(dir, 'saved'))
    expect(await loaded.embed(TEXTS)).toEqual(await embedder.embed(TEXTS))
    expect([loaded.dims, loaded.normalize]).toEqual([3, false])
    expect(loaded.vectorizer.featureNames).toEqual(embedder.vectorizer.featureNames)
    await expect(TfidfVectorizer.load(join(dir, 'saved'))).rejects.toMatchObject({ code: 'ERR_MODEL_FILE' })
  })

  it('refuses what does not serve', async () => {
    const embedder = await TfidfEmbedder.fit(TEXTS, { dims: 2 })
    await expect(TfidfEmbedder.fit(TEXTS, { dims: 16 })).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(TfidfEmbedder.fit('text' as never)).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(embedder.embed(['a'], { prompt: 'x' })).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(embedder.embed(['a'], { pooling: 'cls' })).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(embedder.embed(['a'], { dims: 3 })).rejects.toMatchObject({ code: 'ERR_VALUE' })
    embedder.dispose()
    const error: KindredError = await embedder.embed(['a']).then(
      () => expect.fail(),
      (e) => e,
    )
    expect(error.code).toBe('ERR_DISPOSED')
  })

  it('takes as many dimensions as there are', async () => {
    expect((await TfidfEmbedder.fit(TEXTS)).dims).toBe(15)
    expect((await TfidfEmbedder.fit(['red shoes', 'blue shoes'])).dims).toBe(2)
  })
})
