import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  CanonicalCorrelation,
  CrossModalProjection,
  Features,
  type FitProjectionOptions,
  Matrix,
  setThreads,
} from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { partnerRanks, retrievalFigures } from '#lib/models/cross-modal/retrieval-report.js'
import { code } from '../support/logs.js'
import { some } from './modalities.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-cross-modal-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** Two views of what is hidden, each turned and under noise: [items, 14] and [items, 9]. */
function views(items = 300, seed = 4): [Features, Features] {
  const random = createRandom(seed)
  const HIDDEN = 5
  const normals = (count: number) => Array.from({ length: count }, () => random.normal())
  const hidden = Array.from({ length: items }, () => normals(HIDDEN))
  const view = (dims: number) => {
    const turn = Array.from({ length: dims }, () => normals(HIDDEN))
    const rows = hidden.map((own) =>
      turn.map((axis) => axis.reduce((sum, value, d) => sum + value * own[d]!, 0) + 0.5 * random.normal()),
    )
    return Features.from(rows.map((_, n) => n), rows) // biome-ignore format: one
  }
  return [view(14), view(9)]
}

const [text, image] = views()
const isKnown = (id: number) => id % 3 !== 0
const [knownText, knownImage] = [some(text, isKnown), some(image, isKnown)]
const [newText, newImage] = [some(text, (id) => !isKnown(id)), some(image, (id) => !isKnown(id))]
const quick = { dims: 4, epochs: 3, batchSize: 64 }
const bits = ({ matrix }: Features) => [...matrix.data]

async function fitted(options: object, fit: FitProjectionOptions = {}) {
  const projection = await new CrossModalProjection({ ...quick, ...options }).fit(knownText, knownImage, fit)
  return [...bits(await projection.transform(text)), ...bits(await projection.transform(image, { view: 'y' }))]
}

describe('CrossModalProjection', () => {
  const projection = new CrossModalProjection({ dims: 5, epochs: 60, regularization: 0.001 })
  beforeAll(async () => {
    await projection.fit(knownText, knownImage)
  })

  it('finds held-out partners far above chance, both ways', async () => {
    const { pairs, xToY, yToX, chance } = await projection.evaluate(newText, newImage)
    expect(pairs).toBe(100)
    expect(chance.xToY).toEqual({ 1: 0.01, 5: 0.05, 10: 0.1 })
    for (const figures of [xToY, yToX]) {
      expect(figures.recall[1]).toBeGreaterThan(10 * chance.xToY[1]!)
      expect(figures.recall[10]).toBeGreaterThan(5 * chance.xToY[10]!)
      expect(figures.medianRank).toBeLessThan(10)
    }
    const amongAll = await projection.evaluate(newText, image, { k: [10] })
    expect(amongAll.chance).toEqual({ xToY: { 10: 10 / 300 }, yToX: { 10: 0.1 } })
    expect(amongAll.xToY.recall[10]).toBeGreaterThan(0.3)
    expect(amongAll.xToY.recall[10]).toBeLessThanOrEqual(xToY.recall[10]!)
  })

  it('gives vectors of norm 1 in one space, to Features and to a Matrix', async () => {
    const vectors = await projection.transform(newImage, { view: 'y' })
    expect([vectors.dims, vectors.size, projection.dims]).toEqual([5, 100, 5])
    for (const id of vectors.ids) expect(Math.hypot(...vectors.vector(id))).toBeCloseTo(1, 5)
    const matrix = await projection.transform(newImage.matrix, { view: 'y' })
    expect(matrix).toEqual(vectors.matrix)
    expect(newImage.matrix).toEqual(some(image, (id) => !isKnown(id)).matrix)
  })

  it('begins as a canonical correlation, and gets better by training', async () => {
    const still = { dims: 5, epochs: 1, learningRate: 0, regularization: 0.001 }
    const begun = await new CrossModalProjection(still).fit(knownText, knownImage)
    const unit = (features: Features) =>
      Features.from(
        features.ids,
        Array.from({ length: features.size }, (_, n) => {
          const row = features.matrix.row(n)
          return row.map((value) => value / Math.hypot(...row))
        }),
      )
    const cca = await new CanonicalCorrelation({ components: 5, regularization: 0.001 }).fit(unit(knownText), unit(knownImage)) // biome-ignore format: one
    for (const [view, features] of [
      ['x', newText],
      ['y', newImage],
    ] as const) {
      // biome-ignore format: short
      const [ours, theirs] = [await begun.transform(features, { view }), unit(await cca.transform(unit(features), { view }))]
      const dot = (of: Features, a: number, b: number) =>
        of.matrix.row(a).reduce((sum, value, d) => sum + value * of.matrix.row(b)[d]!, 0)
      for (const [a, b] of [[0, 1], [3, 50], [7, 99]] as const) // biome-ignore format: short
        expect(dot(ours, a, b)).toBeCloseTo(dot(theirs, a, b), 3)
    }
    const losses = projection.history.map(({ loss }) => loss)
    expect(losses.at(-1)).toBeLessThan(losses[0]!)
  })

  it('has the loss of CLIP', async () => {
    const options = { dims: 4, epochs: 1, learningRate: 0, dropout: 0, temperature: 0.25, batchSize: 1000 }
    const still = await new CrossModalProjection(options).fit(knownText, knownImage)
    const [a, b] = [await still.transform(knownText), await still.transform(knownImage, { view: 'y' })]
    const logit = (i: number, j: number) =>
      a.matrix.row(i).reduce((sum, value, d) => sum + value * b.matrix.row(j)[d]!, 0) / 0.25
    let sum = 0
    const all = [...a.ids].map((_, n) => n)
    for (const i of all) {
      const entropy = (of: (j: number) => number) => Math.log(all.reduce((total, j) => total + Math.exp(of(j)), 0))
      sum += (entropy((j) => logit(i, j)) + entropy((j) => logit(j, i))) / 2 - logit(i, i)
    }
    expect(still.history[0]!.loss).toBeCloseTo(sum / a.size, 4)
    expect(still.temperature).toBeCloseTo(0.25, 5)
  })

  it('comes back from disk as it was, and refuses what was changed', async () => {
    const folder = join(dir, 'saved')
    await projection.save(folder)
    const loaded = await CrossModalProjection.load(folder)
    expect([loaded.options, loaded.samplesSeen, loaded.unpaired]).toEqual([projection.options, 200, 0])
    expect(loaded.temperature).toBe(projection.temperature)
    expect(bits(await loaded.transform(text))).toEqual(bits(await projection.transform(text)))
    const path = join(folder, 'config.json')
    const config = JSON.parse(readFileSync(path, 'utf8'))
    for (const change of [
      { options: { ...config.options, dims: 6 } },
      { options: 5 },
      { temperature: null },
      { samplesSeen: 0 },
      { unpaired: -1 },
    ]) {
      writeFileSync(path, JSON.stringify({ ...config, ...change }))
      await expect(CrossModalProjection.load(folder)).rejects.toEqual(code('ERR_MODEL_FILE'))
    }
  })

  it('pairs by id, and counts what has no partner', async () => {
    const turned = [...knownImage.ids].reverse()
    const image2 = Features.from(
      [...turned, 'stray'],
      [...turned.map((id) => knownImage.vector(id)), knownImage.matrix.row(0)],
    )
    const other = await new CrossModalProjection(quick).fit(knownText, image2)
    expect([other.samplesSeen, other.unpaired]).toEqual([200, 1])
    expect(bits(await other.transform(text))).toEqual((await fitted({})).slice(0, 4 * 300))
  })

  it('gives the same bits for the same seed and any number of threads, and after an interruption', async () => {
    const found = []
    try {
      for (const threads of [1, 3]) {
        setThreads(threads)
        found.push(await fitted({ seed: 3 }, { validation: 0.2 }))
      }
    } finally {
      setThreads(2)
    }
    expect(found[1]).toEqual(found[0])
    expect(await fitted({ seed: 4 }, { validation: 0.2 })).not.toEqual(found[0])
    const checkpoint = join(dir, 'checkpoint')
    const controller = new AbortController()
    const onProgress = ({ step }: { step: number }) => {
      if (step === 5) controller.abort()
    }
    const stopped = fitted({ seed: 3 }, { validation: 0.2, checkpoint, onProgress, signal: controller.signal })
    await expect(stopped).rejects.toEqual(code('ERR_ABORTED'))
    expect(await fitted({ seed: 3 }, { validation: 0.2, checkpoint })).toEqual(found[0])
  })

  it('keeps the best epoch by held-out pairs, and ends early', async () => {
    const own = new CrossModalProjection({ dims: 5, epochs: 100, learningRate: 0.2, patience: 3 })
    await own.fit(knownText, knownImage, { validation: 0.25 })
    const scores = own.history.map(({ score }) => score!)
    expect(scores.length).toBeLessThan(100)
    expect(scores.indexOf(Math.max(...scores))).toBe(scores.length - 4)
    expect(own.samplesSeen).toBe(150)
  })

  it('stays as it was when a fit fails or is aborted', async () => {
    const before = bits(await projection.transform(text))
    const controller = new AbortController()
    const options = { signal: controller.signal, onProgress: () => controller.abort() }
    await expect(projection.fit(knownText, knownImage, options)).rejects.toEqual(code('ERR_ABORTED'))
    await expect(projection.fit(knownText, Features.from(['x'], [[1]]))).rejects.toEqual(code('ERR_DATA'))
    expect(bits(await projection.transform(text))).toEqual(before)
  })

  it.each<[string, () => Promise<unknown>, string, RegExp]>([
    ['no Features', () => projection.fit(text.matrix as never, image), 'ERR_VALUE', /x: expected Features/],
    ['no common items', () => projection.fit(text, Features.from(['0'], [[1, 2]])), 'ERR_DATA', /none in common.*'42'/],
    ['one pair', () => projection.fit(some(text, (id) => id < 1), image), 'ERR_DATA', /at least 2 pairs/], // biome-ignore format: one
    [
      'vectors without numbers',
      () => projection.fit(text, Features.from([1], [[]])),
      'ERR_DATA',
      /at least one number/,
    ],
    ['a batch of one', () => new CrossModalProjection({ batchSize: 1 }).fit(text, image), 'ERR_VALUE', /batchSize/],
    ['all held out', () => projection.fit(text, image, { validation: 1 }), 'ERR_VALUE', /below 1/],
    ['other lengths', () => projection.transform(image), 'ERR_SHAPE', /14/],
    ['another view', () => projection.transform(image, { view: 'z' as never }), 'ERR_VALUE', /view/],
    ['NaN', () => projection.transform(new Matrix(1, 14, new Float32Array(14).fill(Number.NaN))), 'ERR_VALUE', /NaN/],
    ['lists of none', () => projection.evaluate(text, image, { k: [0] }), 'ERR_VALUE', /k/],
    ['strangers', () => projection.evaluate(text, Features.from(['a'], [[...image.matrix.row(0)]])), 'ERR_DATA', /common/], // biome-ignore format: one
    ['nothing learnt', () => new CrossModalProjection().transform(text), 'ERR_NOT_FITTED', /Call fit/],
    ['nothing to save', () => new CrossModalProjection().save(join(dir, 'none')), 'ERR_NOT_FITTED', /Call fit/],
  ])('refuses %s', async (_, call, error, message) => {
    await expect(call()).rejects.toEqual(code(error, message))
  })

  it('refuses options out of range', () => {
    for (const options of [{ dims: 1 }, { dropout: 1 }, { temperature: 0.005 }, { regularization: -1 }, { epochs: 0 }])
      expect(() => new CrossModalProjection(options)).toThrow(code('ERR_VALUE'))
  })
})

describe('ranks of partners', () => {
  it('are those of sorting all cosines, ties after all others', async () => {
    const vector = fc.array(fc.integer({ min: -1, max: 1 }), { minLength: 3, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(fc.array(vector, { minLength: 1, maxLength: 30 }), fc.nat(5), async (rows, shift) => {
        const matrix = new Matrix(rows.length, 3, Float32Array.from(rows.flat()))
        const partners = Int32Array.from(rows, (_, n) => (n + shift) % rows.length)
        const ranks = await partnerRanks(matrix, matrix, partners, undefined)
        for (const [n, row] of rows.entries()) {
          const cosines = rows.map((other) => other.reduce((sum, value, d) => sum + value * row[d]!, 0))
          expect(ranks[n]).toBe(cosines.filter((one) => one >= cosines[partners[n]!]!).length)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('are summed up', () => {
    expect(retrievalFigures(Int32Array.of(4, 1, 2, 20), [1, 3])).toEqual({
      recall: { 1: 0.25, 3: 0.5 },
      meanReciprocalRank: (1 / 4 + 1 + 1 / 2 + 1 / 20) / 4,
      medianRank: 3,
    })
  })
})
