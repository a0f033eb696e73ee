import fc from 'fast-check'
import { AttentionPooling, backendInfo, Catalogue, type KindredError, Matrix, TextEmbedder } from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import golden from '../fixtures/tiny-encoder-ids.json'

const folder = 'test/fixtures/tiny-encoder'
const word = fc.constantFrom('love', 'war', 'story', 'robot', 'a', 'the', 'of', 'xyzzy', '.', '中', 'É')
const text = fc.array(word, { maxLength: 90 }).map((words) => words.join(' '))

let encoder: TextEmbedder
beforeAll(async () => {
  encoder = await TextEmbedder.load(folder)
})
afterAll(() => encoder.dispose())

function expectClose(a: ArrayLike<number>, b: ArrayLike<number>, tolerance = 1e-5): void {
  expect(a.length).toBe(b.length)
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i]! - b[i]!)).toBeLessThanOrEqual(tolerance)
}

const norm = (row: Float32Array) => Math.hypot(...row)

describe('embed', () => {
  it('gives each text the vector it has alone, in the order given', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 40 }), async (texts) => {
        const together = await encoder.embed(texts)
        const i = texts.length >> 1
        const alone = await encoder.embed([texts[i]!])
        expectClose(together.vectors.row(i), alone.vectors.data)
        expect(together.tokens[i]).toBe(alone.tokens[0])
        expect(together.truncated[i]).toBe(alone.truncated[0])
      }),
      { numRuns: 30 },
    )
  })

  it('keeps the order over several windows', async () => {
    const texts = Array.from({ length: 1300 }, (_, i) => `${'love '.repeat(i % 17)}${i}`)
    const progress: number[] = []
    const { vectors } = await encoder.embed(texts, { onProgress: ({ done }) => progress.push(done) })
    for (const i of [0, 511, 512, 700, 1299])
      expectClose(vectors.row(i), (await encoder.embed([texts[i]!])).vectors.data)
    expect(progress.at(-1)).toBe(1300)
    expect(progress).toEqual([...progress].sort((a, b) => a - b))
  })

  it('obeys the folder: mean pooling, normalised, 64 tokens, whatever tokenizer.json says', async () => {
    expect(encoder).toMatchObject({ dims: 32, maxTokens: 64, pooling: 'mean', normalize: true })
    const { vectors, tokens, truncated } = await encoder.embed(['love', 'love '.repeat(62), 'love '.repeat(63)])
    expect([...tokens]).toEqual([3, 64, 65])
    expect(truncated).toEqual([false, false, true])
    for (const i of [0, 1, 2]) expect(norm(vectors.row(i))).toBeCloseTo(1, 5)
    expectClose(vectors.row(1), vectors.row(2))
  })

  it('takes no texts and empty ones', async () => {
    expect((await encoder.embed([])).vectors).toMatchObject({ rows: 0, cols: 32 })
    const { vectors, tokens } = await encoder.embed(['', ' \0'])
    expect([...tokens]).toEqual([2, 2])
    expectClose(vectors.row(0), vectors.row(1))
  })

  it('pools as asked', async () => {
    const texts = ['a story of love', 'war']
    const of = async (pooling: 'mean' | 'cls' | 'max' | AttentionPooling) =>
      (await encoder.embed(texts, { pooling, normalize: false })).vectors
    const mean = await of('mean')
    expectClose((await of(AttentionPooling.zeros({ dims: 32, heads: 4 }))).data, mean.data)
    const sharp = new AttentionPooling(new Matrix(1, 32, new Float32Array(32).fill(3)))
    const vectors = [mean, await of('cls'), await of('max'), await of(sharp)]
    for (const a of vectors) for (const b of vectors) if (a !== b) expect(a.data).not.toEqual(b.data)
    for (let d = 0; d < 32; d++) expect(vectors[2]!.row(0)[d]).toBeGreaterThanOrEqual(mean.row(0)[d]!)
    expect(norm(mean.row(0))).not.toBeCloseTo(1, 2)
  })

  it('runs concurrent calls side by side: a small one does not wait for a large one', async () => {
    let large = false
    const slow = encoder.embed(Array(5000).fill('a story of love')).then(() => {
      large = true
    })
    const small = await encoder.embed(['love'])
    expect(large).toBe(false)
    await slow
    expectClose(small.vectors.data, (await encoder.embed(['love'])).vectors.data)
  })
})

describe('embedItems', () => {
  it('gives a vector per item, and counts what is empty or cut off', async () => {
    const rows = [
      { id: 7, title: 'love' },
      { id: 'b', title: '' },
      { id: 3, title: 'war '.repeat(90) },
    ]
    const features = await encoder.embedItems(Catalogue.from(rows, { id: 'id', text: '{title}' }))
    expect([...features.ids]).toEqual([7, 'b', 3])
    expectClose(features.vector(7), (await encoder.embed(['love'])).vectors.data)
    expect(features.report).toEqual({ items: 3, empty: 1, truncated: 1, tokens: 3 + 2 + 92 })
    await expect(encoder.embedItems(rows as never)).rejects.toMatchObject({ code: 'ERR_VALUE' })
  })
})

describe('truncation', () => {
  const long = Array.from({ length: 150 }, (_, i) => ['love', 'war', 'robot'][i % 3]).join(' ')

  it("'chunk' is the mean of the pieces, weighted by their tokens", async () => {
    const words = long.split(' ')
    const pieces = [words.slice(0, 62), words.slice(62, 124), words.slice(124)].map((piece) => piece.join(' '))
    const options = { normalize: false } as const
    const parts = await encoder.embed(pieces, options)
    const { vectors, tokens, truncated } = await encoder.embed(['love', long, 'war'], {
      ...options,
      truncation: 'chunk',
    })
    expect([...parts.tokens]).toEqual([64, 64, 28])
    expect([tokens[1], truncated[1]]).toEqual([152, false])
    const expected = Float64Array.from({ length: 32 }, (_, d) => {
      const sum = [0, 1, 2].reduce((total, i) => total + parts.tokens[i]! * parts.vectors.row(i)[d]!, 0)
      return sum / (64 + 64 + 28)
    })
    expectClose(vectors.row(1), expected)
    const normalized = await encoder.embed([long], { truncation: 'chunk' })
    const length = Math.hypot(...expected)
    expectClose(
      normalized.vectors.data,
      expected.map((x) => x / length),
    )
  })

  it("'error' names the first text too long and computes nothing", async () => {
    let progress = 0
    const texts = [...Array(600).fill('love'), long, long]
    const call = encoder.embed(texts, { truncation: 'error', onProgress: () => progress++ })
    await expect(call).rejects.toMatchObject({
      code: 'ERR_TRUNCATED',
      message: expect.stringMatching(/texts\[600\] has 152 tokens.*at most 64.*2 of 602/),
    })
    expect(progress).toBe(0)
    const { truncated } = await encoder.embed(['love'], { truncation: 'error' })
    expect(truncated).toEqual([false])
  })
})

describe('tokenize', () => {
  it('gives the ids of the reference tokenizer', async () => {
    const texts = golden.map((row) => row.text)
    const ids = await encoder.tokenize(texts)
    const { tokens } = await encoder.embed(texts)
    for (const [i, row] of golden.entries()) {
      const expected = row.ids.length > 64 ? [...row.ids.slice(0, 63), row.ids.at(-1)!] : row.ids
      expect([...ids[i]!], row.text).toEqual(expected)
      expect(tokens[i]).toBe(row.ids.length)
    }
  })

  it('takes a lone surrogate for U+FFFD', async () => {
    const [a, b] = await encoder.tokenize(['love \uD800war\uDC00', 'love \uFFFDwar\uFFFD'])
    expect(a).toEqual(b)
  })

  it('cuts a long text into slices without a trace', async () => {
    const text = 'a story, of LOVE\t'.repeat(20_000)
    const { tokens } = await encoder.embed([text])
    expect(tokens[0]).toBe(2 + 5 * 20_000)
  })

  it('keeps long texts apart, though they travel in pieces', async () => {
    const long = ['love ', 'robot war '].map((words) => words.repeat(80_000))
    const pair = '\uD83D\uDC69'.repeat(150_000) // cut between two surrogates
    const [[a, b], [c, d]] = await Promise.all([
      encoder.embed(['war', long[0]!, `x${pair} love`, long[1]!]).then(({ tokens }) => [tokens[1], tokens[3]]),
      encoder.embed([long[1]!, long[0]!]).then(({ tokens }) => [tokens[0], tokens[1]]),
    ])
    expect([a, b, c, d]).toEqual([80_002, 160_002, 160_002, 80_002])
    expect((await encoder.embed([`x${pair} love`])).tokens[0]).toBe(4)
  })
})

describe('what is refused', () => {
  const bad = (value: unknown) => value as never

  it.each([
    ['texts', () => encoder.embed(bad('love')), /texts: expected an array/],
    ['a text', () => encoder.embed(['love', bad(null)]), /texts\[1\]: expected a string but received null/],
    ['a hole', () => encoder.embed(bad(Array(1))), /texts\[0\]/],
    ['pooling', () => encoder.embed(['love'], { pooling: bad('sum') }), /pooling: expected one of/],
    ['normalize', () => encoder.embed(['love'], { normalize: bad('yes') }), /normalize: expected true or false/],
    ['truncation', () => encoder.embed(['love'], { truncation: bad('never') }), /truncation: expected one of/],
    ['an unknown option', () => encoder.embed(['love'], bad({ normalise: true })), /unknown option "normalise"/],
    ['a folder', () => TextEmbedder.load(bad('')), /expected the path/],
    ['dtype', () => TextEmbedder.load(folder, { dtype: bad('fp8') }), /dtype: expected one of/],
    ['threads', () => TextEmbedder.load(folder, { threads: 0 }), /threads: expected an integer/],
  ])('%s', async (_, call, message) => {
    await expect(call()).rejects.toMatchObject({ code: 'ERR_VALUE', message: expect.stringMatching(message) })
  })

  it('queries of another length', async () => {
    const call = encoder.embed(['love'], { pooling: AttentionPooling.zeros({ dims: 16 }) })
    await expect(call).rejects.toMatchObject({ code: 'ERR_SHAPE' })
  })
})

describe('abort and errors in the midst', () => {
  const many = Array(20_000).fill('a story of love')

  it('an aborted call rejects at once and the encoder goes on', async () => {
    const controller = new AbortController()
    let calls = 0
    const onProgress = () => {
      if (++calls === 3) controller.abort('enough')
    }
    const call = encoder.embed(many, { signal: controller.signal, onProgress })
    await expect(call).rejects.toMatchObject({ code: 'ERR_ABORTED', name: 'AbortError', cause: 'enough' })
    expect(calls).toBe(3)
    expect((await encoder.embed(['love'])).vectors.rows).toBe(1)
  })

  it('a signal that has fired already', async () => {
    const signal = AbortSignal.abort()
    await expect(encoder.embed(['love'], { signal })).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    await expect(encoder.tokenize(['love'], { signal })).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    await expect(TextEmbedder.load(folder, { signal })).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  })

  it("an error of the caller's onProgress is the call's", async () => {
    const own = new Error('mine')
    const onProgress = () => {
      throw own
    }
    await expect(encoder.embed(many, { onProgress })).rejects.toBe(own)
    expect((await encoder.embed(['love'])).vectors.rows).toBe(1)
  })

  it("errors carry the caller's stack", async () => {
    async function someCallOfMine() {
      await encoder.embed(['love '.repeat(100)], { truncation: 'error' })
    }
    const error = await someCallOfMine().catch((e: KindredError) => e)
    expect((error as KindredError).stack).toContain('someCallOfMine')
  })
})

it('uses as many threads as asked for, and the same vectors come out', async () => {
  const one = await TextEmbedder.load(folder, { threads: 1 })
  expectClose((await one.embed(['a story'])).vectors.data, (await encoder.embed(['a story'])).vectors.data)
  one.dispose()
  expect(backendInfo().threads.count).toBeGreaterThanOrEqual(1)
})
