// The native engine beside the networks that train the same weights, and beside onnxruntime on what they export.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import {
  AttentionPooling,
  backendInfo,
  type EmbedOptions,
  type EncoderPrecision,
  loadEmbedder,
  Matrix,
  type PoolingMode,
  SentenceEncoder,
  setThreads,
  TextEmbedder,
} from 'kindred'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { code } from '../support/logs.js'

const fixtures = join(__dirname, '..', 'fixtures')
const tinyBert = join(fixtures, 'tiny-bert')
const architectures = join(fixtures, 'tiny-architectures')
const words = ['love', 'war', 'story', 'robot', 'a', 'the', 'of', 'xyzzy', '.', 'É']
const texts = Array.from({ length: 60 }, (_, n) =>
  Array.from({ length: (n * 7) % 23 }, (_, w) => words[(n * 3 + w * w) % words.length]).join(' '),
)
const MODES: PoolingMode[] = ['cls', 'max', 'mean', 'mean_sqrt_len_tokens', 'weightedmean', 'lasttoken']
const { count } = backendInfo().threads
const { bf16, int8 } = backendInfo().isa
const precisions: EncoderPrecision[] = ['f32', ...(bf16 ? ['bf16' as const] : []), ...(int8 ? ['int8' as const] : [])]

let dir: string
/** A folder with both models of the same weights, and sentence-transformers' files. */
let both: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kindred-engine-'))
  both = join(dir, 'both')
  const model = await SentenceEncoder.load(tinyBert, { pooling: 'mean' })
  await model.save(both)
  model.dispose()
})
afterAll(() => rm(dir, { recursive: true }))
afterEach(() => setThreads(count))

function worst(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length)
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
}

describe('vectors', () => {
  it.each(['albert', 'distilbert', 'mpnet', 'roberta', 'xlm-roberta'])(
    'of %s are those of its network',
    async (name) => {
      const folder = join(architectures, name)
      const encoder = await SentenceEncoder.load(folder, { pooling: 'mean' })
      using embedder = await TextEmbedder.load(folder, { engine: 'native' })
      const expected = await encoder.embed(texts)
      const { vectors } = await embedder.embed(texts, { normalize: true, pooling: 'mean' })
      expect(worst(vectors.data, expected.data)).toBeLessThan(2e-6)
    },
  )

  it('of an encoder without some of its heads are those of its network', async () => {
    const encoder = await SentenceEncoder.load(tinyBert, { pooling: 'mean' })
    const pairs = texts.slice(1, 20).map((text, n): [string, string] => [text, texts[n + 20]!])
    const smaller = await encoder.prune(pairs, { heads: 0.5, columns: 0.3, by: 'weights' })
    const folder = join(dir, 'pruned')
    await smaller.save(folder)
    using embedder = await TextEmbedder.load(folder, { engine: 'native' })
    expect(worst((await embedder.embed(texts)).vectors.data, (await smaller.embed(texts)).data)).toBeLessThan(2e-6)
  })

  it('are those of onnxruntime, whatever is asked', async () => {
    using native = await TextEmbedder.load(both, { engine: 'native' })
    using onnx = await TextEmbedder.load(both, { engine: 'onnx' })
    const long = [...texts, 'love war '.repeat(90), 'a story '.repeat(200)]
    const queries = new AttentionPooling(
      new Matrix(
        2,
        native.dims,
        Float32Array.from({ length: 2 * native.dims }, (_, n) => Math.sin(n)),
      ),
    )
    const asked: EmbedOptions[] = [
      ...MODES.map((pooling) => ({ pooling })),
      { pooling: ['mean', 'max', 'cls'] },
      { pooling: queries },
      { normalize: true, dims: 5 },
      { normalize: false },
      { truncation: 'chunk' },
      { prompt: 'a story of ' },
    ]
    for (const options of asked) {
      const [a, b] = [await native.embed(long, options), await onnx.embed(long, options)]
      expect(worst(a.vectors.data, b.vectors.data)).toBeLessThan(2e-5)
      expect([a.tokens, a.truncated]).toEqual([b.tokens, b.truncated])
    }
    expect(await native.tokenize(long)).toEqual(await onnx.tokenize(long))
    const ids = [Int32Array.of(5, 6, 7), Int32Array.of()]
    expect(worst((await native.embed(ids)).vectors.data, (await onnx.embed(ids)).vectors.data)).toBeLessThan(2e-5)
  })

  it('of a text are the same bits alone, among others, and for any number of threads', async () => {
    for (const precision of precisions) {
      using embedder = await TextEmbedder.load(both, { precision })
      expect(embedder.precision).toBe(precision)
      await fc.assert(
        fc.asyncProperty(
          fc.shuffledSubarray(texts, { minLength: 1 }),
          fc.integer({ min: 1, max: 4 }),
          async (some, n) => {
            setThreads(n)
            const together = await embedder.embed(some)
            const alone = await embedder.embed([some[0]!])
            expect(together.vectors.row(0)).toEqual(alone.vectors.row(0))
          },
        ),
        { numRuns: 20 },
      )
    }
  })

  it.each(precisions.slice(1))('in %s point where those in f32 do', async (precision) => {
    using exact = await TextEmbedder.load(both)
    using rounded = await TextEmbedder.load(both, { precision })
    const [a, b] = [(await exact.embed(texts)).vectors, (await rounded.embed(texts)).vectors]
    expect(worst(a.data, b.data)).toBeGreaterThan(0)
    const cosines = texts.map((_, n) => a.row(n).reduce((sum, x, d) => sum + x * b.row(n)[d]!, 0))
    expect(Math.min(...cosines)).toBeGreaterThan(precision === 'bf16' ? 0.9995 : 0.995)
  })
})

describe('the engine', () => {
  it('is the native one where it can be, and says why', async () => {
    using embedder = await TextEmbedder.load(both)
    expect(embedder).toMatchObject({ engine: 'native', precision: 'f32' })
    expect(embedder.engineReason).toMatch(/model\.safetensors/)
    using by = await loadEmbedder(both, { engine: 'native' })
    expect(by).toMatchObject({ engine: 'native', engineReason: 'asked for' })
  })

  it('is onnxruntime where it is asked for, by one of its options, or by what the folder lacks', async () => {
    using asked = await TextEmbedder.load(both, { engine: 'onnx' })
    using byDtype = await TextEmbedder.load(both, { dtype: 'fp32' })
    const without = join(dir, 'without')
    await cp(both, without, { recursive: true, filter: (path) => !path.endsWith('.safetensors') })
    using lacking = await TextEmbedder.load(without)
    expect(asked).toMatchObject({ engine: 'onnx', engineReason: 'asked for', precision: 'fp32' })
    expect(byDtype).toMatchObject({ engine: 'onnx', engineReason: expect.stringMatching(/dtype/) })
    expect(lacking).toMatchObject({ engine: 'onnx', engineReason: expect.stringMatching(/no model\.safetensors/) })
  })

  it('is onnxruntime for adapters that are no part of the weights, and for damaged ones', async () => {
    const adapted = await SentenceEncoder.load(tinyBert, { pooling: 'mean' })
    const pairs = texts.slice(1, 9).map((text, n): [string, string] => [text, texts[n + 9]!])
    await adapted.fit(pairs, { epochs: 1, adapter: { kind: 'bottleneck' } })
    const folder = join(dir, 'adapted')
    await adapted.save(folder)
    using embedder = await TextEmbedder.load(folder)
    expect(embedder).toMatchObject({ engine: 'onnx', engineReason: expect.stringMatching(/adapters/) })
    await expect(TextEmbedder.load(folder, { engine: 'native' })).rejects.toThrow(code('ERR_ENCODER', /adapters/))

    const damaged = join(dir, 'damaged')
    await cp(both, damaged, { recursive: true })
    const file = join(damaged, 'model.safetensors')
    const bytes = await readFile(file)
    await writeFile(file, bytes.subarray(0, bytes.length / 2))
    await expect(TextEmbedder.load(damaged, { engine: 'native' })).rejects.toThrow(code('ERR_MODEL_FILE'))
    using other = await TextEmbedder.load(damaged)
    expect(other).toMatchObject({ engine: 'onnx', engineReason: expect.stringMatching(/model\.safetensors/) })
  })

  it('refuses options that do not go together, and unknown ones', async () => {
    const refused = (options: object) => expect(TextEmbedder.load(both, options)).rejects
    await refused({ engine: 'onnx', precision: 'f32' }).toThrow(code('ERR_VALUE', /precision: of the engine 'native'/))
    await refused({ engine: 'native', dtype: 'fp32' }).toThrow(code('ERR_VALUE', /dtype: of the engine 'onnx'/))
    await refused({ precision: 'f32', threads: 1 }).toThrow(code('ERR_VALUE', /threads: of the engine 'onnx'/))
    await refused({ engine: 'gpu' }).toThrow(code('ERR_VALUE', /engine/))
    await refused({ precision: 'f16' }).toThrow(code('ERR_VALUE', /precision/))
    await expect(TextEmbedder.load(join(fixtures, 'tiny-encoder'), { precision: 'f32' })).rejects.toThrow(
      code('ERR_ENCODER', /tiny-encoder/),
    )
  })

  it('needs no ONNX model', async () => {
    const folder = join(dir, 'alone')
    await cp(both, folder, { recursive: true, filter: (path) => !path.endsWith('.onnx') })
    using embedder = await TextEmbedder.load(folder)
    expect((await embedder.embed(['love'])).vectors.rows).toBe(1)
  })

  it('hears an abort and its end, and goes on after an abort', async () => {
    const many = Array.from({ length: 20_000 }, (_, n) => texts[n % texts.length]!)
    const embedder = await TextEmbedder.load(both)
    const controller = new AbortController()
    const aborted = embedder.embed(many, { signal: controller.signal, onProgress: () => controller.abort() })
    await expect(aborted).rejects.toThrow(code('ERR_ABORTED'))
    expect((await embedder.embed(['love'])).vectors.rows).toBe(1)
    await expect(embedder.embed(['love'], { signal: AbortSignal.abort() })).rejects.toThrow(code('ERR_ABORTED'))
    const reported = embedder.embed(many, {
      onProgress: () => {
        throw new RangeError('of the caller')
      },
    })
    await expect(reported).rejects.toThrow('of the caller')
    const pending = embedder.embed(many)
    pending.catch(() => {})
    await sleep(5)
    await embedder[Symbol.asyncDispose]()
    await expect(pending).rejects.toThrow(code('ERR_DISPOSED'))
    await expect(embedder.embed(['love'])).rejects.toThrow(code('ERR_DISPOSED'))
    embedder.dispose()
  })

  it('names the text whose token ids are none, and reads ids as they were when it was called', async () => {
    using embedder = await TextEmbedder.load(both)
    const embed = (...ids: Int32Array[]) => embedder.embed(['love', ...ids])
    await expect(embed(Int32Array.of(5), Int32Array.of(5, 999_999))).rejects.toThrow(
      code('ERR_ENCODER', /texts\[2\]: expected ids of tokens from 0 to \d+ but received 999999/),
    )
    await expect(embed(Int32Array.of(-1))).rejects.toThrow(code('ERR_ENCODER', /texts\[1\].*received -1/))
    const ids = Int32Array.of(5, 6, 7)
    const expected = await embedder.embed([ids])
    const changed = embedder.embed([ids])
    ids.fill(9)
    expect((await changed).vectors.data).toEqual(expected.vectors.data)
  })

  it('says why it looked for an ONNX model where there is none', async () => {
    const folder = join(dir, 'safetensors')
    await cp(both, folder, { recursive: true, filter: (path) => !path.endsWith('.onnx') })
    await expect(TextEmbedder.load(folder, { threads: 2 })).rejects.toThrow(
      code('ERR_ENCODER', /threads is an option of ONNX/),
    )
    const file = join(folder, 'model.safetensors')
    await writeFile(file, (await readFile(file)).subarray(0, 1000))
    await expect(TextEmbedder.load(folder)).rejects.toThrow(
      code('ERR_ENCODER', /native engine cannot run it: .*safetensors/),
    )
  })

  it('works on several calls at once', async () => {
    using embedder = await TextEmbedder.load(both)
    const alone = await embedder.embed(texts)
    const all = await Promise.all(Array.from({ length: 8 }, () => embedder.embed(texts)))
    for (const each of all) expect(each.vectors.data).toEqual(alone.vectors.data)
  })
})
