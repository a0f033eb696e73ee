import { type ChildProcess, spawn } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  AttentionPooling,
  Catalogue,
  type Embedder,
  EmbeddingCache,
  loadEmbedder,
  Matrix,
  StaticEmbedder,
  setThreads,
} from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { code } from '../support/logs.js'

setThreads(1)
const dir = mkdtempSync(join(tmpdir(), 'kindred-cache-'))
afterAll(() => rmSync(dir, { recursive: true }))
/** The number of no process. */
const GONE = 4_194_303
let folders = 0
const newFolder = () => join(dir, `f${folders++}`)
const filesOf = (folder: string) =>
  readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))

/** Words with vectors of their own. */
const staticEncoder = (scale = 1) =>
  StaticEmbedder.from({
    vocabulary: ['[UNK]', 'a', 'b', 'c', 'd'],
    embeddings: Int8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    scales: Float32Array.of(0.5, 1, 1, 1, scale),
    maxTokens: 4,
  })

/** An encoder by hand: [length, calls so far] of each text. */
function countingEncoder() {
  const calls: string[][] = []
  const waiting: (() => void)[] = []
  const state = { calls, waiting, isHeld: false, failure: undefined as Error | undefined, signals: [] as AbortSignal[] }
  const encoder = {
    dims: 2,
    maxTokens: Infinity,
    pooling: 'mean',
    normalize: false,
    fingerprint: () => 'counting',
    async embed(texts: readonly string[], options: { signal?: AbortSignal } = {}) {
      calls.push([...texts])
      if (options.signal !== undefined) state.signals.push(options.signal)
      if (state.isHeld) await new Promise<void>((resolve) => waiting.push(resolve))
      if (state.failure !== undefined) throw state.failure
      if (options.signal?.aborted) throw Object.assign(new Error('aborted'), { code: 'ERR_ABORTED' })
      const vectors = new Matrix(texts.length, 2)
      for (const [i, text] of texts.entries()) vectors.row(i).set([text.length, calls.length])
      return { vectors, tokens: new Int32Array(texts.length).fill(3), truncated: texts.map((text) => text.length > 9) }
    },
  }
  return { encoder: encoder as unknown as Embedder, state }
}

/** Lets what can go on go on until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
}

describe('EmbeddingCache', () => {
  let encoder: Embedder
  beforeAll(async () => {
    encoder = await loadEmbedder()
  })
  afterAll(() => encoder.dispose())

  it('gives the bits of the encoder, whatever was asked before, with and without a folder', async () => {
    using plain = await staticEncoder()
    const folder = newFolder()
    const options = fc.record(
      {
        normalize: fc.boolean(),
        dims: fc.constantFrom(1, 2),
        truncation: fc.constantFrom('truncate' as const, 'chunk' as const),
      },
      { requiredKeys: [] },
    )
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'zoë'), { maxLength: 6 }).map((words) => words.join(' '))
    const call = fc.record({ texts: fc.array(text, { maxLength: 12 }), options })
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { maxLength: 6 }),
        fc.constantFrom(1, 400, 1e6),
        fc.boolean(),
        async (calls, maxBytes, isKept) => {
          await using cache = await EmbeddingCache.open(plain, isKept ? { maxBytes, folder } : { maxBytes })
          const results = await Promise.all(calls.map(({ texts, options }) => cache.embed(texts, options)))
          for (const [i, { texts, options }] of calls.entries()) {
            const expected = await plain.embed(texts, options)
            expect(results[i]!.tokens).toEqual(expected.tokens)
            expect(results[i]!.truncated).toEqual(expected.truncated)
            expect(results[i]!.vectors.data).toEqual(expected.vectors.data)
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('computes each text once, also where calls come together', async () => {
    const { encoder, state } = countingEncoder()
    const cache = await EmbeddingCache.open(encoder)
    state.isHeld = true
    const first = cache.embed(['x', 'y', 'x'])
    const second = cache.embed(['y', 'z'])
    await until(() => state.waiting.length === 2)
    expect(state.calls).toEqual([['x', 'y'], ['z']])
    state.isHeld = false
    for (const go of state.waiting) go()
    const [a, b] = await Promise.all([first, second])
    expect(a.vectors.row(0)).toEqual(a.vectors.row(2))
    expect(b.vectors.row(0)).toEqual(a.vectors.row(1))
    await cache.embed(['z', 'x'])
    expect(state.calls.length).toBe(2)
    expect(cache.statistics).toMatchObject({
      texts: 7,
      hits: 2,
      shared: 2,
      computed: 3,
      bypassed: 0,
      entries: 3,
      folder: undefined,
    })
    await cache.embed(['x'], { normalize: true })
    expect(state.calls.length).toBe(3)
    cache.dispose()
    cache.dispose()
    await expect(cache.embed(['x'])).rejects.toThrow(code('ERR_DISPOSED'))
  })

  it('lets a caller give up while another waits for the same text, and aborts what nobody waits for', async () => {
    const { encoder, state } = countingEncoder()
    using cache = await EmbeddingCache.open(encoder)
    state.isHeld = true
    const controller = new AbortController()
    const given = cache.embed(['x', 'y'], { signal: controller.signal })
    const kept = cache.embed(['x'])
    await until(() => state.waiting.length === 1)
    controller.abort()
    await expect(given).rejects.toThrow(code('ERR_ABORTED'))
    expect(state.signals[0]!.aborted).toBe(false)
    state.waiting.pop()!()
    expect((await kept).vectors.row(0)[0]).toBe(1)
    const other = new AbortController()
    const alone = cache.embed(['alone'], { signal: other.signal })
    await until(() => state.waiting.length === 1)
    other.abort()
    await expect(alone).rejects.toThrow(code('ERR_ABORTED'))
    expect(state.signals.at(-1)!.aborted).toBe(true)
    // One who comes now is not given what was aborted.
    const again = cache.embed(['alone'])
    await until(() => state.waiting.length === 2)
    for (const go of state.waiting) go()
    expect((await again).vectors.row(0)[0]).toBe(5)
  })

  it('an error reaches those whose texts were computed, and is not kept', async () => {
    const { encoder, state } = countingEncoder()
    using cache = await EmbeddingCache.open(encoder)
    state.isHeld = true
    state.failure = new Error('no')
    const first = cache.embed(['x', 'bad']).catch((error) => error.message)
    const second = cache.embed(['x'])
    await until(() => state.waiting.length === 1)
    state.waiting.pop()!()
    expect(await first).toBe('no')
    state.failure = undefined
    await until(() => state.waiting.length === 1)
    state.waiting.pop()!()
    expect((await second).vectors.row(0)[0]).toBe(1)
    expect(state.calls).toEqual([['x', 'bad'], ['x']])
  })

  it('is an encoder', async () => {
    using cache = await EmbeddingCache.open(encoder)
    const texts = ['cats', 'dogs', 'cats', '']
    const catalogue = Catalogue.from(
      texts.map((text, id) => ({ id, text })),
      { id: 'id', text: '{text}' },
    )
    const items = await cache.embedItems(catalogue)
    expect(items.report).toEqual((await encoder.embedItems(catalogue)).report)
    expect(await cache.tokenize(['cats'])).toEqual(await encoder.tokenize(['cats']))
    expect([cache.dims, cache.maxTokens, cache.pooling, cache.normalize]).toEqual([
      encoder.dims,
      encoder.maxTokens,
      encoder.pooling,
      encoder.normalize,
    ])
    const progress: number[] = []
    await cache.embed(['cats', 'birds'], { onProgress: ({ done, total }) => progress.push(done / total) })
    expect(progress[0]).toBe(0.5)
    expect(progress.at(-1)).toBe(1)
    // Options that have no name are the encoder's own affair.
    const { encoder: other, state } = countingEncoder()
    using uncached = await EmbeddingCache.open(other)
    const pooling = new AttentionPooling(new Matrix(1, 2, new Float32Array(2)))
    for (let i = 0; i < 2; i++) await uncached.embed(['cats'], { pooling })
    expect(state.calls.length).toBe(2)
    expect(uncached.statistics).toMatchObject({ bypassed: 2, computed: 0, entries: 0 })
    await expect(cache.embed([5 as never])).rejects.toThrow(code('ERR_VALUE'))
    await expect(EmbeddingCache.open(5 as never)).rejects.toThrow(code('ERR_VALUE'))
    await expect(EmbeddingCache.open(encoder, { folder: '' })).rejects.toThrow(code('ERR_VALUE'))
    await expect(EmbeddingCache.open(encoder, { maxBytes: 0 })).rejects.toThrow(code('ERR_VALUE'))
  })
})

describe('a folder of vectors', () => {
  it('outlives the cache, for the same encoder alone', async () => {
    const folder = newFolder()
    const texts = ['a b', 'c', 'a b', 'd']
    using plain = await staticEncoder()
    const expected = await plain.embed(texts)
    {
      await using cache = await EmbeddingCache.open(plain, { folder })
      await cache.embed(texts)
      await cache.flush()
      expect(cache.statistics.folder).toMatchObject({ entries: 3, cut: [], damaged: 0, failedWrites: 0 })
    }
    await using again = await EmbeddingCache.open(await staticEncoder(), { folder })
    const { vectors, tokens, truncated } = await again.embed(texts)
    expect(vectors.data).toEqual(expected.vectors.data)
    expect(tokens).toEqual(expected.tokens)
    expect(truncated).toEqual(expected.truncated)
    expect(again.statistics).toMatchObject({ folderHits: 3, computed: 0 })
    await again.embed(texts)
    expect(again.statistics).toMatchObject({ folderHits: 3, computed: 0, hits: 3 })
    for (const [encoder, identity] of [
      [await staticEncoder(2), ''],
      [await staticEncoder(), 'v2'],
    ] as const) {
      await using other = await EmbeddingCache.open(encoder, { folder, identity })
      expect((await other.embed(texts)).vectors.data).toEqual((await encoder.embed(texts)).vectors.data)
      expect(other.statistics).toMatchObject({ folderHits: 0, computed: 3 })
    }
  })

  it('of a torn or damaged file keeps what is whole, and tells of the rest', async () => {
    using plain = await staticEncoder()
    const texts = Array.from({ length: 8 }, (_, i) => `a ${'b '.repeat(i)}`)
    const expected = await plain.embed(texts)
    const original = newFolder()
    {
      await using cache = await EmbeddingCache.open(plain, { folder: original })
      await cache.embed(texts)
    }
    const [file] = filesOf(original)
    const bytes = readFileSync(file!)
    const size = bytes.length / texts.length
    expect(Number.isInteger(size)).toBe(true)
    const damage = fc.oneof(
      fc.record({ length: fc.integer({ min: 0, max: bytes.length - 1 }) }),
      fc.record({ at: fc.integer({ min: 0, max: bytes.length - 1 }), bit: fc.integer({ min: 0, max: 7 }) }),
      fc.record({ more: fc.uint8Array({ minLength: 1, maxLength: 100 }) }),
    )
    await fc.assert(
      fc.asyncProperty(damage, async (how) => {
        const folder = newFolder()
        await (await EmbeddingCache.open(plain, { folder })).close()
        const path = join(folder, file!.slice(original.length + 1))
        writeFileSync(path, bytes)
        let whole = texts.length
        if ('length' in how) {
          truncateSync(path, how.length)
          whole = Math.floor(how.length / size)
        } else if ('at' in how) {
          const altered = Buffer.from(bytes)
          altered[how.at]! ^= 1 << how.bit
          writeFileSync(path, altered)
          whole = Math.floor(how.at / size)
        } else writeFileSync(path, Buffer.concat([bytes, how.more]))
        const left = statSync(path).size - whole * size
        await using cache = await EmbeddingCache.open(plain, { folder })
        expect(cache.statistics.folder!.entries).toBe(whole)
        expect(cache.statistics.folder!.cut).toEqual(left === 0 ? [] : [{ file: path, bytes: left }])
        expect((await cache.embed(texts)).vectors.data).toEqual(expected.vectors.data)
        expect(cache.statistics).toMatchObject({ folderHits: whole, computed: texts.length - whole })
      }),
      { numRuns: 40 },
    )
  })

  it('computes anew what was altered after it was opened', async () => {
    using plain = await staticEncoder()
    const folder = newFolder()
    {
      await using cache = await EmbeddingCache.open(plain, { folder })
      await cache.embed(['a', 'b'])
    }
    await using cache = await EmbeddingCache.open(plain, { folder })
    const [file] = filesOf(folder)
    const bytes = readFileSync(file!)
    bytes[50]! ^= 1
    writeFileSync(file!, bytes)
    expect((await cache.embed(['a', 'b'])).vectors.data).toEqual((await plain.embed(['a', 'b'])).vectors.data)
    expect(cache.statistics).toMatchObject({ folderHits: 1, computed: 1, folder: { damaged: 1 } })
  })

  it('stays within its bytes: the oldest file goes', async () => {
    using plain = await staticEncoder()
    const folder = newFolder()
    await using cache = await EmbeddingCache.open(plain, { folder, maxFolderBytes: 1000, maxBytes: 1 })
    for (let i = 0; i < 60; i++) {
      await cache.embed([`a ${i}`])
      await cache.flush()
    }
    const { bytes, dropped, entries } = cache.statistics.folder!
    expect(bytes).toBeLessThanOrEqual(1000)
    expect(dropped).toBeGreaterThan(0)
    expect(entries).toBeGreaterThan(0)
    expect(filesOf(folder).reduce((sum, path) => sum + statSync(path).size, 0)).toBe(bytes)
    await cache.embed(['a 59'])
    expect(cache.statistics.folderHits).toBe(1)
  })

  /** A folder with a file of each of these texts, of processes that have ended. */
  async function manyFiles(plain: Embedder, texts: readonly string[]): Promise<string> {
    const folder = newFolder()
    mkdirSync(folder)
    for (const [n, text] of texts.entries()) {
      const own = newFolder()
      await using cache = await EmbeddingCache.open(plain, { folder: own })
      await cache.embed([text])
      await cache.flush()
      const [path] = filesOf(own)
      const host = /\d{15}-([0-9a-f]+)-/.exec(path!)![1]
      copyFileSync(path!, join(folder, `vectors-${String(n).padStart(15, '0')}-${host}-${GONE}-ab.kec`))
    }
    return folder
  }

  it('makes small files of processes that have ended one, and loses nothing', async () => {
    using plain = await staticEncoder()
    const texts = Array.from({ length: 12 }, (_, i) => `a ${'b '.repeat(i)}`)
    const expected = await plain.embed(texts)
    const folder = await manyFiles(plain, texts)
    expect(filesOf(folder)).toHaveLength(12)
    const left = join(
      folder,
      `merging-${'0'.repeat(15)}-${Buffer.from(hostname()).toString('hex').slice(0, 24)}-${GONE}-ab.tmp`,
    )
    writeFileSync(left, 'begun')
    {
      await using cache = await EmbeddingCache.open(plain, { folder })
      // What is asked for meanwhile is found too.
      expect((await cache.embed(texts)).vectors.data).toEqual(expected.vectors.data)
      await cache.flush()
      expect(cache.statistics).toMatchObject({ computed: 0, folderHits: 12 })
      expect(cache.statistics.folder).toMatchObject({ entries: 12, merged: 12, failedWrites: 0, lastError: undefined })
    }
    expect(filesOf(folder)).toHaveLength(1)
    await using again = await EmbeddingCache.open(plain, { folder })
    expect((await again.embed(texts)).vectors.data).toEqual(expected.vectors.data)
    expect(again.statistics).toMatchObject({ computed: 0, folderHits: 12 })
  })

  it('is whole wherever the making of one file is cut off, and leaves out what is damaged', async () => {
    using plain = await staticEncoder()
    const texts = Array.from({ length: 9 }, (_, i) => `b ${'a '.repeat(i)}`)
    const expected = await plain.embed(texts)
    const folder = await manyFiles(plain, texts)
    const before = new Map(filesOf(folder).map((path) => [path, readFileSync(path)]))
    await (await EmbeddingCache.open(plain, { folder })).close()
    const [merged] = filesOf(folder)
    // It was renamed into place, but of the old files some, or all, are still there.
    for (let kept = 0; kept <= before.size; kept += 3) {
      for (const [path, bytes] of [...before].slice(before.size - kept)) writeFileSync(path, bytes)
      await using cache = await EmbeddingCache.open(plain, { folder })
      expect((await cache.embed(texts)).vectors.data).toEqual(expected.vectors.data)
      expect(cache.statistics.computed).toBe(0)
    }
    expect(merged).toBeDefined()
    const damaged = await manyFiles(plain, texts)
    const [first] = filesOf(damaged)
    await using cache = await EmbeddingCache.open(plain, { folder: damaged })
    const bytes = readFileSync(first!)
    bytes[50]! ^= 1
    writeFileSync(first!, bytes)
    await cache.flush()
    expect((await cache.embed(texts)).vectors.data).toEqual(expected.vectors.data)
    expect(cache.statistics.computed).toBeLessThanOrEqual(1)
  })

  it('refuses a folder that cannot be one', async () => {
    using plain = await staticEncoder()
    const file = join(dir, 'file')
    writeFileSync(file, '')
    await expect(EmbeddingCache.open(plain, { folder: file })).rejects.toThrow(code('ERR_IO'))
  })

  it('survives kill -9 while it is written, any number of times', { timeout: 120_000 }, async () => {
    const folder = newFolder()
    const script = `
      const { EmbeddingCache, StaticEmbedder, setThreads } = require('kindred')
      setThreads(1)
      ;(async () => {
        const encoder = await StaticEmbedder.from({
          vocabulary: ['[UNK]', 'a', 'b', 'c', 'd'],
          embeddings: Int8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
          scales: Float32Array.of(0.5, 1, 1, 1, 1),
          maxTokens: 4,
        })
        const cache = await EmbeddingCache.open(encoder, { folder: process.argv[1] })
        for (let i = 0; ; i++) {
          const text = 'a ' + process.pid + ' ' + i
          await cache.embed([text])
          await cache.flush()
          process.stdout.write(text + '\\n')
        }
      })()`
    using plain = await staticEncoder()
    const written: string[] = []
    for (let round = 0; round < 4; round++) {
      const child: ChildProcess = spawn(process.execPath, ['-e', script, folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let out = ''
      const enough = new Promise<void>((resolve) => {
        child.stdout!.setEncoding('utf8').on('data', (text: string) => {
          out += text
          if (out.split('\n').length > 20 * (round + 1)) resolve()
        })
      })
      await enough
      const ended = new Promise((resolve) => child.once('close', resolve))
      child.kill('SIGKILL')
      await ended
      written.push(...out.split('\n').slice(0, -1))
      // What a crash in the middle of a write leaves.
      const last = filesOf(folder).at(-1)!
      writeFileSync(last, readFileSync(last).subarray(0, -3))
      written.pop()
      {
        await using cache = await EmbeddingCache.open(plain, { folder })
        expect(cache.statistics.folder!.cut.length).toBe(1)
        const known = new Set(written.slice(0, -3)) // the last may be those that were cut
        const { vectors } = await cache.embed([...known])
        expect(vectors.data).toEqual((await plain.embed([...known])).vectors.data)
        expect(cache.statistics.computed).toBe(0)
      }
      await using again = await EmbeddingCache.open(plain, { folder })
      expect(again.statistics.folder!.cut).toEqual([])
    }
  })
})
