import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  Concatenation,
  ContentBased,
  compare,
  type FeatureFusion,
  Features,
  type FitFusionOptions,
  Interactions,
  Matrix,
  ModalityFusion,
  setThreads,
} from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { columnShares } from '#lib/models/fusion/fusion-network.js'
import { dropBlocks } from '#lib/models/fusion/fusion-training.js'
import { code } from '../support/logs.js'
import { makeModalities, sharedLabels, some } from './modalities.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-modality-fusion-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const made = makeModalities()
const { text, image, labels, behaviour } = made
const isKnown = (id: number) => id % 4 !== 0
const known = { text: some(text, isKnown), image: some(image, isKnown) }
const quick = { epochs: 3, dims: 8, batchSize: 32 }
const bits = ({ matrix }: Features) => [...matrix.data]

/** What a fit gives on the blocks that it learnt from. */
async function fitted(options: object, fit: FitFusionOptions, blocks = known) {
  const fusion = await new ModalityFusion({ ...quick, ...options }).fit(blocks, fit)
  return bits(await fusion.transform(blocks))
}

describe('what it learns', () => {
  const fusion = new ModalityFusion({ dims: 32, epochs: 40, batchSize: 32, seed: 1 })
  const concatenation = new Concatenation()
  beforeAll(async () => {
    await concatenation.fit(known)
    await fusion.fit(known, { labels: [...labels].filter(([id]) => isKnown(id)) })
  })

  it('puts held-out items nearer to those of their label than a concatenation, also where a modality is missing', async () => {
    const lacking = {
      text: some(text, (id) => isKnown(id) || id % 8 === 0),
      image: some(image, (id) => isKnown(id) || id % 8 !== 0),
    }
    for (const [blocks, least] of [
      [{ text, image }, 0.2],
      [lacking, 0.03],
    ] as const) {
      const [ours, theirs] = [await fusion.transform(blocks), await concatenation.transform(blocks)]
      const shared = [ours, theirs].map((features) => sharedLabels(features, labels, isKnown))
      expect(shared[0]! - shared[1]!).toBeGreaterThan(least)
    }
  })

  it('takes the interface of fusions, and gives vectors of norm 1 and shares of attention', async () => {
    const same: FeatureFusion = fusion
    expect([same.dims, fusion.blocks]).toEqual([32, ['text', 'image']])
    expect(fusion.samples).toEqual({ from: 'labels', samples: 180, unused: 0 })
    const blocks = { image: some(image, (id) => id < 9), text: some(text, (id) => id > 2 && id < 12) }
    const fused = await fusion.transform(blocks)
    expect([...fused.ids]).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2])
    expect(fusion.report).toEqual({
      items: 12,
      missing: { text: 3, image: 3 },
      zeros: { text: 0, image: 0 },
      dropped: 0,
    })
    for (const id of fused.ids) expect(Math.hypot(...fused.vector(id))).toBeCloseTo(1, 5)
    const attention = await fusion.attention(blocks)
    expect(attention.dims).toBe(2)
    for (const id of attention.ids as Iterable<number>) {
      const [first, second] = attention.vector(id) as unknown as [number, number]
      expect(first + second).toBeCloseTo(1, 5)
      expect([first === 0, second === 0]).toEqual([id < 3, id > 8])
    }
  })

  it('takes a vector of zeros for a missing one', async () => {
    const zeros = Features.from([1, 2], new Matrix(2, 10))
    const both = await fusion.transform({ text: some(text, (id) => id < 2), image: zeros })
    const alone = await fusion.transform({ text: some(text, (id) => id < 2) })
    expect(both.vector(1)).toEqual(alone.vector(1))
    expect([...both.vector(2)]).toEqual(new Array(32).fill(0))
    expect((await fusion.attention({ image: zeros })).vector(2)).toEqual(new Float32Array(2))
  })

  it('gives what a scalar restatement of its saved weights does', async () => {
    const folder = join(dir, 'restated')
    await fusion.save(folder)
    const file = join(folder, readdirSync(folder).find((name) => name.endsWith('.safetensors'))!)
    const weight = async (name: string) => rowsOfMatrix(await Matrix.read(file, { tensor: name }))
    const vector = async (name: string) => {
      const { tensors } = tensorsOf(file)
      return [...tensors(name)]
    }
    const [A, [q]] = [await weight('attention.weight'), await weight('attention.query')]
    const [a, prior] = [await vector('attention.bias'), await vector('attention.prior.bias')]
    const blocks = await Promise.all(
      [0, 1].map(async (n) => ({ W: await weight(`blocks.${n}.weight`), b: await vector(`blocks.${n}.bias`) })),
    )
    const dot = (u: readonly number[], v: ArrayLike<number>) => u.reduce((sum, value, d) => sum + value * v[d]!, 0)
    const unit = (u: readonly number[]) => u.map((value) => value / Math.hypot(...u))
    const fused = await fusion.transform({ text, image })
    const attention = await fusion.attention({ text, image })
    for (const id of [0, 1, 100]) {
      const units = [text, image].map((features, n) => {
        const x = unit([...features.vector(id)])
        return unit(blocks[n]!.W.map((row, d) => dot(row, x) + blocks[n]!.b[d]!))
      })
      const scores = units.map(
        (u, n) =>
          dot(
            q!,
            A.map((row, k) => Math.tanh(dot(row, u) + a[k]!)),
          ) + prior[n]!,
      )
      const sum = scores.reduce((total, score) => total + Math.exp(score), 0)
      const shares = scores.map((score) => Math.exp(score) / sum)
      const whole = unit(units[0]!.map((value, d) => shares[0]! * value + shares[1]! * units[1]![d]!))
      for (const [d, value] of whole.entries()) expect(fused.vector(id)[d]).toBeCloseTo(value, 5)
      for (const [n, share] of shares.entries()) expect(attention.vector(id)[n]).toBeCloseTo(share, 5)
    }
  })

  it('comes back from disk as it was', async () => {
    const folder = join(dir, 'saved')
    await fusion.save(folder)
    const loaded = await ModalityFusion.load(folder)
    expect([loaded.options, loaded.blocks, loaded.samples]).toEqual([fusion.options, fusion.blocks, fusion.samples])
    expect(loaded.temperature).toBe(fusion.temperature)
    expect(bits(await loaded.transform({ text, image }))).toEqual(bits(await fusion.transform({ text, image })))
    expect(loaded.history.length).toBe(0)
  })

  it('refuses a config.json that says something else', async () => {
    const folder = join(dir, 'damaged')
    await fusion.save(folder)
    const path = join(folder, 'config.json')
    const config = JSON.parse(readFileSync(path, 'utf8'))
    for (const change of [
      { blocks: [] },
      { blocks: [{ name: 'text', dims: 12 }] },
      { blocks: [{ name: 'text', dims: 12 }, { name: 'text', dims: 10 }] }, // biome-ignore format: short
      { blocks: 5 },
      { options: { ...config.options, dims: 33 } },
      { options: { ...config.options, dmis: 32 } },
      { temperature: -1 },
      { samples: { from: 'nothing', samples: 1, unused: 0 } },
      { samples: null },
    ]) {
      writeFileSync(path, JSON.stringify({ ...config, ...change }))
      await expect(ModalityFusion.load(folder), JSON.stringify(change)).rejects.toEqual(code('ERR_MODEL_FILE'))
    }
  })
})

/** The numbers of the tensors of one dimension in a safetensors file. */
function tensorsOf(file: string) {
  const bytes = readFileSync(file)
  const length = Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length))
  const tensors = (name: string) => {
    const [begin, end] = header[name].data_offsets as [number, number]
    return new Float32Array(new Uint8Array(bytes.subarray(8 + length + begin, 8 + length + end)).buffer)
  }
  return { tensors }
}

describe('before training', () => {
  it('has the cosines of a concatenation of centred vectors, where dims hold all of their directions', async () => {
    const vectors = (dims: number) =>
      fc.array(fc.float({ noNaN: true, min: -5, max: 5 }), { minLength: dims, maxLength: dims })
    const rows = (dims: number) => fc.array(vectors(dims), { minLength: 6, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(rows(3), rows(2), async (first, second) => {
        const count = Math.min(first.length, second.length)
        const spread = (list: number[][], d: number) =>
          list.map((row, n) => row.map((value) => value + Math.sin(7 * n + d)))
        const of = (list: number[][], d: number) =>
          Features.from(Array.from({ length: count }, (_, n) => n), spread(list, d).slice(0, count)) // biome-ignore format: one
        const blocks = { a: of(first, 1), b: of(second, 2) }
        const fusion = await new ModalityFusion({ dims: 5, epochs: 1, learningRate: 0 }).fit(blocks, {
          labels: Array.from({ length: count }, (_, n) => [n, n % 2] as const),
        })
        const fused = await fusion.transform(blocks)
        const centred = Object.values(blocks).map((block) => {
          const units = Array.from({ length: count }, (_, n) => unitOf([...block.vector(n)]))
          const mean = units[0]!.map((_, d) => units.reduce((sum, row) => sum + row[d]! / count, 0))
          return units.map((row) => unitOf(row.map((value, d) => value - mean[d]!)))
        })
        const expected = (i: number, j: number) =>
          centred.reduce((sum, block) => sum + block[i]!.reduce((s, value, d) => s + value * block[j]![d]!, 0), 0) / 2
        for (let i = 0; i < count; i++)
          for (let j = 0; j < count; j++) {
            const cosine = fused.vector(i).reduce((sum, value, d) => sum + value * fused.vector(j)[d]!, 0)
            expect(cosine).toBeCloseTo(expected(i, j), 2)
          }
      }),
      { numRuns: 20 },
    )
  })

  it('shares columns evenly, and gives what one block cannot use to others', () => {
    expect(columnShares([100, 100], 8)).toEqual([4, 4])
    expect(columnShares([100, 2, 100], 9)).toEqual([4, 2, 3])
    expect(columnShares([3, 2], 9)).toEqual([3, 2])
    expect(columnShares([0, 5], 4)).toEqual([0, 4])
  })

  it('has the loss of nearest means at the temperature given', async () => {
    const fusion = await new ModalityFusion({
      ...quick,
      epochs: 1,
      learningRate: 0,
      dropout: 0,
      modalityDropout: 0,
      temperature: 0.5,
      batchSize: 1000,
    }).fit(known, { labels })
    const fused = await fusion.transform(known)
    const names = [...new Set(labels.values())]
    const ids = [...fused.ids] as number[]
    const means = names.map((name) => {
      const own = ids.filter((id) => labels.get(id) === name).map((id) => [...fused.vector(id)])
      return unitOf(own[0]!.map((_, d) => own.reduce((sum, row) => sum + row[d]!, 0)))
    })
    const losses = ids.map((id) => {
      const logits = means.map((mean) => mean.reduce((sum, value, d) => sum + value * fused.vector(id)[d]!, 0) / 0.5)
      return Math.log(logits.reduce((sum, one) => sum + Math.exp(one), 0)) - logits[names.indexOf(labels.get(id)!)]!
    })
    expect(fusion.temperature).toBeCloseTo(0.5, 5)
    expect(fusion.samples).toEqual({ from: 'labels', samples: 180, unused: 60 })
    expect(fusion.history[0]!.loss).toBeCloseTo(losses.reduce((sum, one) => sum + one, 0) / losses.length, 4)
  })
})

const unitOf = (u: readonly number[]) => u.map((value) => value / (Math.hypot(...u) || 1))

describe('behaviour', () => {
  const train = Interactions.from([...behaviour].filter(({ item }) => isKnown(item as number)))
  const test = Interactions.from([...behaviour].filter(({ item }) => !isKnown(item as number)))

  it('ranks items that nobody has chosen yet better than a concatenation, also where a modality is missing', async () => {
    const fusion = await new ModalityFusion({ dims: 32, epochs: 30, batchSize: 32 }).fit(known, { behaviour: train })
    expect(fusion.samples.from).toBe('behaviour')
    const concatenation = await new Concatenation().fit(known)
    const lacking = {
      text: some(text, (id) => isKnown(id) || id % 8 === 0),
      image: some(image, (id) => isKnown(id) || id % 8 !== 0),
    }
    for (const blocks of [{ text, image }, lacking]) {
      const [ours, theirs] = await Promise.all(
        [fusion, concatenation].map(async (one) =>
          new ContentBased().fit(train, { itemFeatures: await one.transform(blocks) }),
        ),
      )
      const { differences } = await compare({ theirs: theirs!, ours: ours! }, test, {
        k: 10,
        candidates: [...test.items],
      })
      expect(differences.ours!['ndcg@10'].low).toBeGreaterThan(0)
    }
  })

  it('begins with the loss of profiles, whatever is drawn, where users have two items alike', async () => {
    // Both items of a user have the same vectors, so that either is the history of the other.
    const vectors = Array.from({ length: 12 }, (_, n) => [Math.cos(n >> 1), Math.sin(n >> 1), 0.3 * ((n >> 1) % 3)])
    const ids = vectors.map((_, n) => n)
    const block = Features.from(ids, vectors)
    const log = Interactions.from(ids.map((item) => ({ user: item >> 1, item })))
    const options = { dims: 3, epochs: 1, learningRate: 0, dropout: 0, temperature: 0.3 }
    const fusion = await new ModalityFusion(options).fit({ block }, { behaviour: log })
    const fused = await fusion.transform({ block })
    const losses = ids.map((id) => {
      const logits = ids.map((o) => fused.vector(id).reduce((s, value, d) => s + value * fused.vector(o)[d]!, 0) / 0.3)
      return Math.log(logits.reduce((sum, one) => sum + Math.exp(one), 0)) - logits[id ^ 1]!
    })
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length
    expect(fusion.history[0]!.loss).toBeCloseTo(mean, 4)
    // With few drawn for all, the mean over many draws is near that of all.
    const drawn = await new ModalityFusion({ ...options, epochs: 400, negatives: 6, batchSize: 3 }).fit(
      { block },
      { behaviour: log },
    )
    expect(drawn.history.reduce((sum, { loss }) => sum + loss / 400, 0)).toBeCloseTo(mean, 0)
  })

  it('keeps the best epoch by what is held out, and ends early', async () => {
    const options = { dims: 32, epochs: 60, batchSize: 32, learningRate: 0.05, patience: 2 }
    for (const [own, validation] of [
      [train, 0.2],
      [train, behaviour],
    ] as const) {
      const fusion = await new ModalityFusion(options).fit({ text, image }, { behaviour: own, validation })
      const scores = fusion.history.map(({ score }) => score!)
      expect(scores.length).toBeLessThan(60)
      expect(scores.indexOf(Math.max(...scores))).toBe(scores.length - 3)
    }
  })

  it('leaves out what has no vectors or no weight, and counts it', async () => {
    const rows = [...train].map(({ user, item }) => ({ user, item, weight: 1 }))
    const more = [{ user: 0, item: 9999, weight: 1 }, { user: 1, item: 1, weight: -1 }] // biome-ignore format: short
    const clean = rows.filter(({ user, item }) => !(user === 1 && item === 1))
    const plain = await fitted({}, { behaviour: Interactions.from(clean) })
    const fusion = await new ModalityFusion(quick).fit(known, { behaviour: Interactions.from([...clean, ...more]) })
    expect(fusion.samples.unused).toBe(2)
    expect(bits(await fusion.transform(known))).toEqual(plain)
  })
})

describe('training', () => {
  const own = { labels: [...labels].filter(([id]) => isKnown(id)) }

  it('gives the same bits for the same seed and any number of threads', async () => {
    const found = []
    try {
      for (const threads of [1, 3]) {
        setThreads(threads)
        found.push([await fitted({}, own), await fitted({ negatives: 20 }, { behaviour })])
      }
    } finally {
      setThreads(2)
    }
    expect(found[1]).toEqual(found[0])
    expect(await fitted({ seed: 1 }, own)).not.toEqual(found[0]![0])
  })

  it('goes on from a checkpoint to the same bits', async () => {
    for (const fit of [{ ...own, validation: 0.2 }, { behaviour }] as FitFusionOptions[]) {
      const checkpoint = join(dir, `checkpoint-${Object.keys(fit)[0]}`)
      const expected = await fitted({}, fit)
      const controller = new AbortController()
      const onProgress = ({ step }: { step: number }) => {
        if (step === 6) controller.abort()
      }
      const { signal } = controller
      await expect(fitted({}, { ...fit, checkpoint, onProgress, signal })).rejects.toEqual(code('ERR_ABORTED'))
      const steps: number[] = []
      const resumed = await fitted({}, { ...fit, checkpoint, onProgress: ({ step }) => void steps.push(step) })
      expect(steps[0]).toBeGreaterThan(1)
      expect(resumed).toEqual(expected)
    }
  })

  it('stays as it was when a fit fails or is aborted', async () => {
    const fusion = await new ModalityFusion(quick).fit(known, own)
    const { history } = fusion
    const before = bits(await fusion.transform(known))
    await expect(fusion.fit(known, { ...own, signal: AbortSignal.abort() })).rejects.toEqual(code('ERR_ABORTED'))
    const controller = new AbortController()
    const onProgress = () => controller.abort()
    await expect(fusion.fit(known, { ...own, signal: controller.signal, onProgress })).rejects.toEqual(
      code('ERR_ABORTED'),
    )
    await expect(
      fusion.fit(known, {
        ...own,
        onProgress: () => {
          throw new Error('mine')
        },
      }),
    ).rejects.toThrow('mine')
    expect(bits(await fusion.transform(known))).toEqual(before)
    expect(fusion.history).toBe(history)
  })

  it('lets modalities fall away with the probability given, but never all', () => {
    const random = createRandom(3)
    const counts = [0, 0, 0]
    const draws = 4000
    for (let n = 0; n < draws; n++) {
      const present = Float32Array.of(1, 0, 1, 1)
      dropBlocks(present, 0.3, random)
      expect(present[1]).toBe(0)
      const left = [0, 2, 3].map((block) => present[block]!)
      expect(left.some((one) => one === 1)).toBe(true)
      for (const [block, one] of left.entries()) counts[block]! += one
    }
    // Where all would fall away, of probability 0.027, one of three stays.
    for (const count of counts) expect(Math.abs(count / draws - (0.7 + 0.009))).toBeLessThan(0.03)
    const alone = Float32Array.of(0, 1)
    for (let n = 0; n < 50; n++) dropBlocks(alone, 0.9, random)
    expect(alone).toEqual(Float32Array.of(0, 1))
  })
})

const rowsOfMatrix = (matrix: Matrix) => Array.from({ length: matrix.rows }, (_, n) => [...matrix.row(n)])

describe('what it refuses', () => {
  const fusion = new ModalityFusion(quick)
  const own = { labels }
  it.each<[string, () => Promise<unknown>, string, RegExp]>([
    ['no blocks', () => fusion.fit({}, own), 'ERR_VALUE', /at least one block/],
    ['what is no Features', () => fusion.fit({ text: 5 as never }, own), 'ERR_VALUE', /block text/],
    [
      'a block without items',
      () => fusion.fit({ text, none: Features.from([], []) }, own),
      'ERR_DATA',
      /items in block none/,
    ],
    [
      'vectors without numbers',
      () => fusion.fit({ text, flat: Features.from([1], [[]]) }, own),
      'ERR_DATA',
      /at least one number/,
    ],
    [
      'zeros alone',
      () => fusion.fit({ text, zero: Features.from([1], [[0]]) }, own),
      'ERR_DATA',
      /all zeros in block zero/,
    ],
    [
      'blocks without a common item',
      () => fusion.fit({ text, other: Features.from(['0', '1'], [[1], [2]]) }, own),
      'ERR_DATA',
      /another block.*'42'/,
    ],
    ['nothing to learn from', () => fusion.fit({ text }), 'ERR_VALUE', /one of labels and behaviour/],
    ['both', () => fusion.fit({ text }, { labels, behaviour }), 'ERR_VALUE', /both/],
    [
      'labels that are no pairs',
      () => fusion.fit({ text }, { labels: [5] as never }),
      'ERR_VALUE',
      /pairs \[item, label\]/,
    ],
    ['labels that are none', () => fusion.fit({ text }, { labels: [[1, Number.NaN]] }), 'ERR_VALUE', /a label.*NaN/],
    ['an item twice', () => fusion.fit({ text }, { labels: [[1, 'a'], [1, 'b']] }), 'ERR_DUPLICATE', /item 1/], // biome-ignore format: short
    ['one label', () => fusion.fit({ text }, { labels: [[1, 'a'], [2, 'a']] }), 'ERR_DATA', /2 different labels/], // biome-ignore format: short
    ['labels of other items', () => fusion.fit({ text }, { labels: [['1', 'a'], ['2', 'b']] }), 'ERR_DATA', /same type/], // biome-ignore format: short
    ['no log', () => fusion.fit({ text }, { behaviour: [] as never }), 'ERR_VALUE', /expected Interactions/],
    [
      'users of one item',
      () => fusion.fit({ text }, { behaviour: Interactions.from([{ user: 1, item: 1 }, { user: 2, item: 2 }]) }), // biome-ignore format: short
      'ERR_DATA',
      /at least 2 items/,
    ],
    ['a share of all', () => fusion.fit({ text }, { labels, validation: 1 }), 'ERR_VALUE', /above 0 and below 1/],
    [
      'a log to judge labels by',
      () => fusion.fit({ text }, { labels, validation: behaviour }),
      'ERR_VALUE',
      /Interactions/,
    ],
    [
      'labels to judge a log by',
      () => fusion.fit({ text }, { behaviour, validation: labels }),
      'ERR_VALUE',
      /as behaviour is/,
    ],
    ['nothing to judge', () => fusion.fit({ text }, { labels, validation: [[9999, '0-0']] }), 'ERR_DATA', /validation/],
    [
      'strangers to judge',
      () => fusion.fit({ text }, { behaviour, validation: Interactions.from([{ user: 'new', item: 1 }]) }),
      'ERR_DATA',
      /validation/,
    ],
    [
      'patience without a validation',
      () => new ModalityFusion({ patience: 1 }).fit({ text }, own),
      'ERR_VALUE',
      /patience/,
    ],
    ['a transform before', () => fusion.transform({ text }), 'ERR_NOT_FITTED', /Call fit/],
    ['a save before', () => fusion.save(join(dir, 'none')), 'ERR_NOT_FITTED', /Call fit/],
  ])('%s', async (_, call, error, message) => {
    await expect(call()).rejects.toEqual(code(error, message))
  })

  it('options out of range, blocks that fit did not have, other lengths, NaN', async () => {
    for (const options of [{ dims: 1 }, { dropout: 1 }, { modalityDropout: -1 }, { temperature: 0 }, { history: 0 }])
      expect(() => new ModalityFusion(options)).toThrow(code('ERR_VALUE'))
    expect(() => new ModalityFusion({ epochs: 0 })).toThrow(code('ERR_VALUE', /epochs/))
    const one = await new ModalityFusion(quick).fit(known, own)
    await expect(one.transform({ txet: text } as never)).rejects.toEqual(code('ERR_VALUE', /mean "text"/))
    await expect(one.transform({ text: image })).rejects.toEqual(code('ERR_SHAPE'))
    const spoilt = Features.from([1, 2], new Matrix(2, 12, new Float32Array(24).fill(1)))
    spoilt.matrix.row(1)[3] = Number.NaN
    await expect(one.transform({ text: spoilt })).rejects.toEqual(code('ERR_VALUE', /block text.*item 2/))
    await expect(one.fit({ ...known, text: spoilt }, own)).rejects.toEqual(code('ERR_VALUE', /item 2/))
  })

  it('a training that diverges', async () => {
    const one = new ModalityFusion({ ...quick, learningRate: 1e30, maxNorm: 1e30, optimizer: 'sgd', epochs: 20 })
    await expect(one.fit(known, own)).rejects.toEqual(code('ERR_NOT_FINITE', /step/))
  })
})
