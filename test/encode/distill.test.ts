import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type DistillProgress,
  distill,
  KindredError,
  StaticEmbedder,
  type StaticEncoder,
  saveStaticEncoder,
  TextEmbedder,
} from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadStaticEncoder } from '#lib/encode/static/static-encoder-file.js'

const words = 'love war sea king city ghost river winter letter garden the of and a'.split(' ')
/** Sentences of 3 to 8 words, no two orders alike. */
const corpus = Array.from({ length: 200 }, (_, i) =>
  Array.from({ length: 3 + (i % 6) }, (_, j) => words[(i * (j + 3) + j * j) % words.length]).join(' '),
)

let teacher: TextEmbedder
beforeAll(async () => {
  teacher = await TextEmbedder.load('test/fixtures/tiny-encoder')
})
afterAll(() => teacher.dispose())

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, x, d) => sum + x * b[d]!, 0)

/** Correlation between the student's and the teacher's similarities of all pairs of texts. */
async function agreement(student: StaticEncoder, texts: readonly string[]): Promise<number> {
  const { vectors } = await teacher.embed(texts)
  const { vectors: own } = await (await StaticEmbedder.from(student)).embed(texts)
  const x: number[] = []
  const y: number[] = []
  for (let i = 0; i < texts.length; i++)
    for (let j = 0; j < i; j++) {
      x.push(dot(own.row(i), own.row(j)))
      y.push(dot(vectors.row(i), vectors.row(j)))
    }
  const centre = (v: number[]) => v.map((a) => a - v.reduce((p, q) => p + q, 0) / v.length)
  const [cx, cy] = [centre(x), centre(y)]
  return dot(cx, cy) / Math.sqrt(dot(cx, cx) * dot(cy, cy))
}

describe('distill', () => {
  it('learns the similarities of the teacher', async () => {
    const untrained = await distill(teacher, corpus, { dims: 16, epochs: 0 })
    const trained = await distill(teacher, corpus, { dims: 16, epochs: 40, batchSize: 32, learningRate: 0.02 })
    const losses = trained.about!.losses as { cosine: number; similarity: number }[]
    expect(losses).toHaveLength(40)
    expect(losses.at(-1)!.cosine).toBeLessThan(0.6 * losses[0]!.cosine)
    expect(await agreement(trained, corpus.slice(0, 60))).toBeGreaterThan(
      (await agreement(untrained, corpus.slice(0, 60))) + 0.05,
    )
  })

  it('gives the same encoder for the same seed and another for another', async () => {
    const make = (seed: number) => distill(teacher, corpus, { dims: 8, epochs: 2, augment: 1, seed })
    const [first, again, other] = [await make(5), await make(5), await make(6)]
    expect(again).toEqual(first)
    expect(other.embeddings).not.toEqual(first.embeddings)
  })

  it('leaves special tokens without a vector, and no other', async () => {
    const { vocabulary, embeddings, scales } = await distill(teacher, corpus, { dims: 8, epochs: 1 })
    expect(embeddings).toHaveLength(vocabulary.length * 8)
    for (const [id, token] of vocabulary.entries())
      expect(scales[id]! > 0, token).toBe(!['[PAD]', '[CLS]', '[SEP]', '[MASK]'].includes(token))
  })

  it('saves as a folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kindred-'))
    try {
      const made = await distill(teacher, corpus, { dims: 8, epochs: 1 })
      await saveStaticEncoder(join(folder, 'static'), made)
      expect(await loadStaticEncoder(join(folder, 'static'))).toMatchObject(made)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('tells its progress, stage by stage', async () => {
    const seen: DistillProgress[] = []
    await distill(teacher, corpus, { dims: 8, epochs: 3, batchSize: 64, onProgress: (p) => seen.push(p) })
    expect([...new Set(seen.map((p) => p.stage))]).toEqual(['vocabulary', 'corpus', 'training'])
    for (const stage of ['vocabulary', 'corpus', 'training']) {
      const last = seen.filter((p) => p.stage === stage).at(-1)!
      expect(last.done).toBe(last.total)
    }
    const training = seen.filter((p) => p.stage === 'training')
    expect(training.map((p) => p.done)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1))
    expect(training.every((p) => Number.isFinite(p.loss))).toBe(true)
  })

  it.each(['vocabulary', 'corpus', 'training'])('stops in the stage %s when aborted', async (stage) => {
    const controller = new AbortController()
    const run = distill(teacher, corpus, {
      epochs: 50,
      signal: controller.signal,
      onProgress: (progress) => progress.stage === stage && controller.abort(),
    })
    await expect(run).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  })

  it.each([
    [{ dims: 0 }, 'ERR_VALUE', /dims: expected an integer from 1 to 32/],
    [{ dims: 33 }, 'ERR_VALUE', /received 33/],
    [{ epochs: -1 }, 'ERR_VALUE', /epochs/],
    [{ batchSize: 0 }, 'ERR_VALUE', /batchSize/],
    [{ learningRate: Number.NaN }, 'ERR_VALUE', /learningRate/],
    [{ frequencyScale: 0 }, 'ERR_VALUE', /frequencyScale/],
    [{ augment: 0.5 }, 'ERR_VALUE', /augment/],
    [{ epoch: 1 }, 'ERR_VALUE', /unknown option "epoch"/],
  ])('refuses %j', async (options, code, message) => {
    const error = await distill(teacher, corpus, options as object).catch((e) => e)
    expect(error).toBeInstanceOf(KindredError)
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('refuses a corpus without a token, and what is no encoder', async () => {
    await expect(distill(teacher, ['', ' '])).rejects.toMatchObject({ code: 'ERR_DATA' })
    await expect(distill(teacher, [])).rejects.toMatchObject({ code: 'ERR_DATA' })
    await expect(distill({} as TextEmbedder, corpus)).rejects.toMatchObject({ code: 'ERR_VALUE' })
  })
})

describe('token ids in place of a text', () => {
  it('give the vector of the text', async () => {
    const [whole] = await teacher.tokenize(['love and war'])
    const { vectors, tokens } = await teacher.embed(['love and war', whole!.subarray(1, -1)])
    expect(vectors.row(1)).toEqual(vectors.row(0))
    expect(tokens[1]).toBe(tokens[0])
  })

  it('are refused outside the vocabulary', async () => {
    await expect(teacher.embed([Int32Array.of(1_000_000)])).rejects.toMatchObject({ code: 'ERR_ENCODER' })
  })
})
