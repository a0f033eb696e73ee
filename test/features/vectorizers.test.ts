// What the vectorizers keep to, beyond being scikit-learn's.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  backendInfo,
  CountVectorizer,
  HashingVectorizer,
  type KindredError,
  setThreads,
  TfidfVectorizer,
} from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'

const dir = mkdtempSync(join(tmpdir(), 'kindred-vectorizers-'))
afterAll(() => rmSync(dir, { recursive: true }))

const TEXTS = ['red shoes', 'blue shoes and red laces', '', 'red red']
const errorOf = (call: () => unknown) =>
  Promise.resolve()
    .then(call)
    .then(
      () => expect.fail('expected an error'),
      (error: KindredError) => error,
    )
const WORDS = ['red', 'shoes', 'été', 'ΣΑΣ', 'İz', '東京', 'x', '\u{1F45F}', '42']
const text = fc.array(fc.constantFrom(...WORDS), { maxLength: 12 }).map((words) => words.join(' '))

describe('columns and rows', () => {
  it('are told', async () => {
    const vectorizer = new CountVectorizer({ minDf: 2 })
    const counts = await vectorizer.fitTransform(TEXTS)
    expect(vectorizer.featureNames).toEqual(['red', 'shoes'])
    expect([...vectorizer.vocabulary]).toEqual([
      ['red', 0],
      ['shoes', 1],
    ])
    expect([...vectorizer.documentFrequencies]).toEqual([3, 2])
    expect(vectorizer.report).toEqual({ texts: 4, empty: 1, rare: 3, frequent: 0, beyond: 0 })
    expect([...(await counts.toDense()).data]).toEqual([1, 1, 1, 1, 0, 0, 2, 0])
  })

  it('are the same bits whatever the number of threads and the order of the texts', async () => {
    const texts = Array.from({ length: 9000 }, (_, i) => `item ${i % 977} of lot${i % 53} ${'wide '.repeat(i % 4)}`)
    const fitted: unknown[] = []
    const threads = backendInfo().threads.count
    try {
      for (const count of [1, 2, 5]) {
        setThreads(count)
        const vectorizer = new TfidfVectorizer({ ngramRange: [1, 2], maxFeatures: 500 })
        const rows = await vectorizer.fitTransform(texts)
        const bits = [rows.offsets, rows.indices, rows.values].map((array) =>
          Buffer.from(array.buffer).toString('base64'),
        )
        fitted.push({ bits: bits.join(), names: vectorizer.featureNames })
      }
    } finally {
      setThreads(threads)
    }
    expect(fitted[1]).toEqual(fitted[0])
    expect(fitted[2]).toEqual(fitted[0])
    const reversed = await new TfidfVectorizer({ ngramRange: [1, 2], maxFeatures: 500 }).fit(texts.toReversed())
    expect(reversed.featureNames).toEqual((fitted[0] as { names: string[] }).names)
  })

  it('are of fitTransform as of fit and transform', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 1, maxLength: 30 }),
        fc.record({
          analyzer: fc.constantFrom('word' as const, 'char' as const, 'char_wb' as const),
          ngramRange: fc.constantFrom([1, 1] as const, [1, 3] as const, [2, 2] as const),
          stripAccents: fc.constantFrom(null, 'ascii' as const, 'unicode' as const),
          binary: fc.boolean(),
          norm: fc.constantFrom(null, 'l1' as const, 'l2' as const),
        }),
        async (texts, options) => {
          texts.push('red shoes')
          const one = new TfidfVectorizer(options)
          const [rows, two] = [await one.fitTransform(texts), await new TfidfVectorizer(options).fit(texts)]
          expect(await two.transform(texts)).toEqual(rows)
          expect(two.featureNames).toEqual(one.featureNames)
          expect(one.featureNames.every((name, i) => one.vocabulary.get(name) === i)).toBe(true)
          const given = new CountVectorizer({
            analyzer: options.analyzer,
            ngramRange: options.ngramRange,
            stripAccents: options.stripAccents,
            vocabulary: one.featureNames,
          })
          const counts = await given.transform(texts)
          expect(counts.indices).toEqual(rows.indices)
          const totals = texts.map((_, r) => {
            const { values } = rows.row(r)
            if (values.length === 0) return 1
            if (options.norm === null) return 1
            return options.norm === 'l1'
              ? values.reduce((sum, v) => sum + v, 0)
              : Math.sqrt(values.reduce((sum, v) => sum + v * v, 0))
          })
          for (const total of totals) expect(total).toBeCloseTo(1, 5)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('of a given vocabulary are in its order', async () => {
    const vectorizer = new CountVectorizer({ vocabulary: ['shoes', 'none', 'red'] })
    const before = await vectorizer.transform(TEXTS)
    expect([...(await before.toDense()).data]).toEqual([1, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 2])
    expect((await errorOf(() => vectorizer.report)).code).toBe('ERR_NOT_FITTED')
    await vectorizer.fit(TEXTS)
    expect([...vectorizer.documentFrequencies]).toEqual([2, 0, 3])
    expect(vectorizer.report).toEqual({ texts: 4, empty: 1, rare: 0, frequent: 0, beyond: 0 })
  })
})

describe('a folder', () => {
  it('gives back the same', async () => {
    const options = { ngramRange: [1, 2] as const, stopWords: 'english' as const, sublinearTf: true }
    const vectorizer = await new TfidfVectorizer(options).fit([...TEXTS, 'crème brûlée', 'line\nfeeds'])
    await vectorizer.save(join(dir, 'tfidf'))
    const loaded = await TfidfVectorizer.load(join(dir, 'tfidf'))
    expect(loaded.options).toEqual(vectorizer.options)
    expect(loaded.featureNames).toEqual(vectorizer.featureNames)
    expect(loaded.idf).toEqual(vectorizer.idf)
    expect(loaded.report).toEqual(vectorizer.report)
    expect(await loaded.transform(TEXTS)).toEqual(await vectorizer.transform(TEXTS))

    const chars = await new CountVectorizer({ analyzer: 'char', ngramRange: [2, 3] }).fit(['a\nb\u0000c', '\u{1F45F}é'])
    await chars.save(join(dir, 'count'))
    expect((await CountVectorizer.load(join(dir, 'count'))).featureNames).toEqual(chars.featureNames)

    const given = await new CountVectorizer({ vocabulary: ['shoes', 'red'] }).fit(TEXTS)
    await given.save(join(dir, 'given'))
    const again = await CountVectorizer.load(join(dir, 'given'))
    expect(again.options).toEqual(given.options)
    expect(await again.transform(TEXTS)).toEqual(await given.transform(TEXTS))
  })

  it('that is damaged or of another kind is refused', async () => {
    const vectorizer = await new CountVectorizer().fit(TEXTS)
    await vectorizer.save(join(dir, 'damaged'))
    expect((await errorOf(() => TfidfVectorizer.load(join(dir, 'damaged')))).code).toBe('ERR_MODEL_FILE')
    const weights = readdirSync(join(dir, 'damaged')).find((name) => name.endsWith('.safetensors'))!
    const bytes = readFileSync(join(dir, 'damaged', weights))
    bytes[bytes.length - 1]! ^= 1
    writeFileSync(join(dir, 'damaged', weights), bytes)
    expect((await errorOf(() => CountVectorizer.load(join(dir, 'damaged')))).code).toBe('ERR_MODEL_FILE')
    expect((await errorOf(() => CountVectorizer.load(join(dir, 'none')))).code).toBe('ERR_MODEL_FILE')
  })
})

describe('refused, with a word on what would be right:', () => {
  it.each([
    ['ngramRange: expected the shortest', { ngramRange: 2 }],
    ['ngramRange[1]: expected an integer from 2', { ngramRange: [2, 1] }],
    ['analyzer: expected one of', { analyzer: 'words' }],
    ['tokenPattern: expected one of', { tokenPattern: '[a-z]+' }],
    ["stopWords: of analyzer: 'word'", { analyzer: 'char', stopWords: 'english' }],
    ['stopWords: expected an array', { stopWords: 'german' }],
    ['stopWords[1]: expected a string', { stopWords: ['a', 1] }],
    ['minDf: expected a share', { minDf: 1.5 }],
    ['maxFeatures: expected an integer', { maxFeatures: 0 }],
    ['minDf: does nothing', { vocabulary: ['red'], minDf: 2 }],
    ['vocabulary: expected an array of n-grams', { vocabulary: [] }],
    ['norm: expected one of', { norm: 'max' }],
  ])('%s', async (message, options) => {
    const error = await errorOf(() => new TfidfVectorizer(options as never))
    expect(error.code).toBe('ERR_VALUE')
    expect(error.message).toContain(message)
  })

  it('texts without n-grams, and none left', async () => {
    for (const [texts, options, message] of [
      [[], {}, 'no n-gram in 0 texts'],
      [['', 'a b'], {}, 'no n-gram in 2 texts'],
      [['the and of'], { stopWords: 'english' }, 'stop words'],
      [['red blue'], { minDf: 2, maxDf: 5 }, 'none of the 2 n-grams'],
    ] as const) {
      const error = await errorOf(() => new CountVectorizer(options).fit(texts))
      expect(error.code).toBe('ERR_DATA')
      expect(error.message).toContain(message)
    }
    const limits = await errorOf(() => new CountVectorizer({ minDf: 3, maxDf: 0.5 }).fit(TEXTS))
    expect([limits.code, limits.message]).toEqual(['ERR_VALUE', expect.stringContaining('Lower minDf')])
    const twice = await errorOf(() => new CountVectorizer({ vocabulary: ['red', 'red'] }).fit(TEXTS))
    expect([twice.code, twice.message]).toEqual(['ERR_DUPLICATE', expect.stringContaining('term 1')])
    const infinite = new TfidfVectorizer({ vocabulary: ['red', 'none'], smoothIdf: false })
    expect((await errorOf(() => infinite.fit(TEXTS))).message).toContain('"none"')
  })

  it('what is no text, and what was not fitted; a failed fit changes nothing', async () => {
    for (const make of [() => new CountVectorizer(), () => new TfidfVectorizer()]) {
      const vectorizer = make()
      for (const call of [
        () => vectorizer.transform(TEXTS),
        () => vectorizer.featureNames,
        () => vectorizer.vocabulary,
        () => vectorizer.save(join(dir, 'never')),
      ])
        expect((await errorOf(call)).code).toBe('ERR_NOT_FITTED')
      await vectorizer.fit(TEXTS)
      for (const bad of ['red', [1], null, undefined, [undefined]])
        expect((await errorOf(() => vectorizer.fit(bad as never))).code).toBe('ERR_VALUE')
      expect((await errorOf(() => vectorizer.fit(['']))).code).toBe('ERR_DATA')
      expect(vectorizer.featureNames).toEqual(['and', 'blue', 'laces', 'red', 'shoes'])
    }
    expect((await errorOf(() => new HashingVectorizer({ features: 0 }))).code).toBe('ERR_VALUE')
  })
})

describe('a long call', () => {
  const many = Array.from({ length: 60_000 }, (_, i) => `some words of text ${i} that are ${i * 7} counted`)

  it('hears an abort, tells how far it is, and lets the loop run', async () => {
    const vectorizer = new TfidfVectorizer({ ngramRange: [1, 3] })
    const controller = new AbortController()
    const progress: number[] = []
    const error = await errorOf(() =>
      vectorizer.fit(many, {
        signal: controller.signal,
        onProgress: ({ done, total }) => {
          expect(total).toBe(many.length)
          progress.push(done)
          if (done > 8000) controller.abort()
        },
      }),
    )
    expect(error.code).toBe('ERR_ABORTED')
    expect(progress.at(-1)).toBeLessThan(many.length)
    expect(progress).toEqual(progress.toSorted((a, b) => a - b))
    expect((await errorOf(() => vectorizer.idf)).code).toBe('ERR_NOT_FITTED')

    let longest = 0
    const started = performance.now()
    let last = started
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }, 1)
    const rows = await vectorizer.fitTransform(many)
    clearInterval(timer)
    expect(rows.rows).toBe(many.length)
    expect(longest).toBeLessThan((performance.now() - started) / 3)
  })

  it('is stopped inside one long text', async () => {
    const long = Array.from({ length: 3_000_000 }, (_, i) => `w${i}`).join(' ')
    const started = performance.now()
    const error = await errorOf(() =>
      new CountVectorizer({ ngramRange: [1, 3] }).fit([long], { signal: AbortSignal.timeout(100) }),
    )
    expect(error.code).toBe('ERR_ABORTED')
    expect(performance.now() - started).toBeLessThan(2500)
  })
})
