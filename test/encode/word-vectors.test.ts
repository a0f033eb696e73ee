import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backendInfo, Matrix, setThreads, splitWords, type TrainWordVectorsOptions, WordVectors } from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { code } from '../support/logs.js'
import { conceptAnalogies, conceptText, topicSentences } from '../support/word-texts.js'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'kindred-words-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const SMALL: TrainWordVectorsOptions = { dims: 24, epochs: 12, minCount: 1, sample: 0, seed: 3 }
const ALGORITHMS: [string, TrainWordVectorsOptions][] = [
  ['skip-gram', { ...SMALL, algorithm: 'skip-gram', learningRate: 0.05 }],
  ['cbow', { ...SMALL, algorithm: 'cbow' }],
  ['glove', { dims: 24, epochs: 60, minCount: 1, seed: 3, algorithm: 'glove' }],
]

/** The share of the 10 nearest of each topic's words that are of the topic. */
async function topicPrecision(vectors: WordVectors): Promise<number> {
  let [same, all] = [0, 0]
  for (const word of vectors.words as Iterable<string>) {
    const topic = /^t\d+w/.exec(word)?.[0]
    if (topic === undefined) continue
    const near = await vectors.neighbors(word)
    all += near.length
    same += near.filter((other) => other.word.startsWith(topic)).length
  }
  return same / all
}

describe.each(ALGORITHMS)('%s', (_, options) => {
  it('puts the words of a topic together', async () => {
    const vectors = await WordVectors.train(topicSentences(), options)
    expect(vectors.size).toBe(8 * 20)
    expect(await topicPrecision(vectors)).toBeGreaterThan(0.95)
  })

  it('answers the analogies that a text is made of', async () => {
    const vectors = await WordVectors.train(conceptText(), options)
    const questions = conceptAnalogies()
    const judged = await vectors.evaluateAnalogies(questions)
    expect(judged.answered).toBe(questions.length)
    expect(judged.accuracy).toBeGreaterThan(0.9)
  })

  it('gives the same bits for the same seed, for any number of threads, and others for another', async () => {
    const text = topicSentences({ sentences: 400, words: 150 })
    const train = (more = {}) => WordVectors.train(text, { ...options, epochs: 2, ...more })
    const first = await train()
    const before = backendInfo().threads.count
    try {
      for (const threads of [1, 3]) {
        setThreads(threads)
        expect((await train()).vectors.data).toEqual(first.vectors.data)
      }
    } finally {
      setThreads(before)
    }
    expect((await train({ seed: 4 })).vectors.data).not.toEqual(first.vectors.data)
    expect([...(await train({ seed: 4 })).words]).toEqual([...first.words])
  })

  it('ends when its signal fires, and tells how far it has come', async () => {
    const text = topicSentences({ sentences: 2000 })
    const controller = new AbortController()
    const seen: number[] = []
    const onProgress = ({ done, total }: { done: number; total: number }) => {
      expect(done).toBeLessThanOrEqual(total)
      seen.push(done)
      if (seen.length === 2) controller.abort()
    }
    const call = WordVectors.train(text, { ...options, epochs: 1000, signal: controller.signal, onProgress })
    await expect(call).rejects.toEqual(code('ERR_ABORTED'))
    expect(seen).toHaveLength(2)
    expect(seen[1]).toBeGreaterThan(seen[0]!)
  })
})

describe('WordVectors.train', () => {
  it('takes texts, lists of words, any iterable and async ones, and says what it found', async () => {
    const texts = ['The cat, the DOG.', '', "Don't stop the cat", '...']
    const lists = texts.map(splitWords)
    async function* stream() {
      for (const text of texts) yield text
    }
    const options = { dims: 4, minCount: 2, epochs: 1 }
    const all = [await WordVectors.train(texts, options), await WordVectors.train(new Set(lists), options)]
    all.push(await WordVectors.train(stream(), options))
    for (const vectors of all) {
      expect([...vectors.words]).toEqual(['the', 'cat'])
      expect([...vectors.counts!]).toEqual([3, 2])
      expect(vectors.report).toEqual({ sentences: 4, empty: 2, tokens: 8, rareTokens: 3, rareWords: 3 })
      expect(vectors.vectors.data).toEqual(all[0]!.vectors.data)
      expect(vectors.dims).toBe(4)
    }
    const own = await WordVectors.train(['a-b a-b', 'c'], {
      ...options,
      minCount: 1,
      tokenize: (text) => text.split(' '),
    })
    expect([...own.words]).toEqual(['a-b', 'c'])
  })

  it('splits texts of any script as it says', () => {
    expect(splitWords("L'été — Ελλάς, don't 42nd x_y naïve")).toEqual([
      "l'été",
      'ελλάς',
      "don't",
      '42nd',
      'x',
      'y',
      'naïve',
    ])
    expect(splitWords(' ,. ')).toEqual([])
  })

  it('refuses what it cannot learn from', async () => {
    const text = [['a', 'b'], ['a']]
    const cases: [unknown, object, string, RegExp][] = [
      ['a b', {}, 'ERR_VALUE', /sentences: expected an iterable/],
      [[['a'], 5], {}, 'ERR_VALUE', /sentences\[1\]: expected a text or a list/],
      [[['a', '']], {}, 'ERR_VALUE', /sentences\[0\]: expected words/],
      [text, { minCount: 3 }, 'ERR_DATA', /no word comes at least minCount = 3 times, of 3 words in 2 sentences/],
      [[], {}, 'ERR_DATA', /no word comes/],
      [text, { dims: 0 }, 'ERR_VALUE', /dims/],
      [text, { negatives: 65 }, 'ERR_VALUE', /negatives/],
      [text, { sample: -1 }, 'ERR_VALUE', /sample/],
      [text, { algorithm: 'word2vec' }, 'ERR_VALUE', /'skip-gram', 'cbow', 'glove'/],
      [text, { algorithm: 'glove', negatives: 5 }, 'ERR_VALUE', /negatives: of 'skip-gram' and 'cbow'/],
      [['x'], { tokenize: () => 'x' }, 'ERR_VALUE', /tokenize: expected it to give a list/],
      [['x'], { tokenize: () => [5] }, 'ERR_VALUE', /tokenize: expected words/],
    ]
    for (const [sentences, options, expected, message] of cases)
      await expect(WordVectors.train(sentences as string[][], options)).rejects.toEqual(code(expected, message))
    const thrown = new Error('mine')
    const failing = (function* () {
      yield ['a']
      throw thrown
    })()
    await expect(WordVectors.train(failing)).rejects.toBe(thrown)
    await expect(WordVectors.train(topicSentences(), { ...SMALL, learningRate: 10, epochs: 30 })).rejects.toEqual(
      code('ERR_NOT_FINITE', /Lower the learningRate/),
    )
  })
})

describe('words', () => {
  const vectors = () =>
    WordVectors.from(
      ['man', 'woman', 'king', 'queen', 'apple'],
      new Matrix(5, 3, Float32Array.of(1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, -1, 0.1, 0)),
    )

  it('have vectors, neighbours and analogies', async () => {
    const words = vectors()
    expect(words.has('king')).toBe(true)
    expect(words.has('King')).toBe(false)
    expect([...words.vector('woman')]).toEqual([1, 1, 0])
    const near = await words.neighbors('king', { k: 2 })
    expect(near.map(({ word }) => word)).toEqual(['queen', 'man'])
    expect(near[0]!.score).toBeCloseTo(2 / Math.sqrt(6), 6)
    expect(await words.neighbors('king', { k: 100 })).toHaveLength(4)
    expect(await words.neighbors('king', { k: 0 })).toEqual([])
    expect((await words.neighbors(Float32Array.of(-1, 0, 0), { k: 1 }))[0]!.word).toBe('apple')
    expect((await words.analogy('man', 'woman', 'king'))[0]!.word).toBe('queen')
    expect(await words.analogy('man', 'woman', 'king')).toHaveLength(2)
  })

  it('are judged by sets of analogies', async () => {
    const right = ['man', 'woman', 'king', 'queen'] as const
    const wrong = ['man', 'woman', 'king', 'apple'] as const
    const unknown = ['man', 'woman', 'boy', 'girl'] as const
    const words = vectors()
    expect(await words.evaluateAnalogies([right, wrong, unknown])).toEqual({
      accuracy: 0.5,
      correct: 1,
      answered: 2,
      skipped: 1,
      sections: {},
    })
    expect(await words.evaluateAnalogies([wrong], { k: 2 })).toMatchObject({ correct: 1 })
    const { sections } = await words.evaluateAnalogies({ a: [right], b: [wrong, unknown], none: [] })
    expect(sections).toMatchObject({ a: { accuracy: 1 }, b: { accuracy: 0, skipped: 1 }, none: { accuracy: NaN } })
    await expect(words.evaluateAnalogies([['a', 'b', 'c'] as never])).rejects.toEqual(
      code('ERR_VALUE', /analogies\[0\]: expected four words/),
    )
    await expect(words.evaluateAnalogies(5 as never)).rejects.toEqual(code('ERR_VALUE', /a list of analogies/))
  })

  it('that are not there are named', async () => {
    const words = vectors()
    expect(() => words.vector('King')).toThrow(/"King" is none of the 5 words/)
    await expect(words.neighbors('boy')).rejects.toEqual(code('ERR_UNKNOWN_ID'))
    await expect(words.analogy('man', 'boy', 'king')).rejects.toEqual(code('ERR_UNKNOWN_ID', /boy/))
    await expect(words.neighbors(Float32Array.of(1))).rejects.toEqual(code('ERR_SHAPE', /a vector of 3/))
    expect(() => WordVectors.from(['a', 'a'], new Matrix(2, 1))).toThrow(/comes twice/)
    expect(() => WordVectors.from(['a'], new Matrix(2, 1))).toThrow(/one vector for each of 1 words/)
    expect(() => WordVectors.from([1 as never], new Matrix(1, 1))).toThrow(/expected strings/)
  })

  it('come back from a folder, with their counts', async () => {
    const trained = await WordVectors.train(topicSentences({ sentences: 200 }), { ...SMALL, epochs: 1 })
    const folder = join(dir, 'saved')
    await trained.save(folder)
    const loaded = await WordVectors.load(folder)
    expect([...loaded.words]).toEqual([...trained.words])
    expect(loaded.vectors.data).toEqual(trained.vectors.data)
    expect(loaded.counts).toEqual(trained.counts)
    expect(loaded.about).toEqual(JSON.parse(JSON.stringify(trained.about)))
    expect(loaded.report).toBeUndefined()
    await expect(WordVectors.load(folder, { format: 'glove' })).rejects.toEqual(code('ERR_VALUE', /format: of files/))
    const config = join(folder, 'config.json')
    writeFileSync(config, readFileSync(config, 'utf8').replace('kindred-word-vectors', 'kindred-model'))
    await expect(WordVectors.load(folder)).rejects.toEqual(code('ERR_MODEL_FILE', /kindred-word-vectors/))
  })
})
