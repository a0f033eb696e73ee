import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Augmentation,
  augmentTexts,
  backTranslation,
  MaskedLanguageModel,
  Matrix,
  maskedSubstitution,
  pseudoLabels,
  randomDeletion,
  randomInsertion,
  randomSwap,
  synonymReplacement,
  TextClassifier,
  vectorSynonyms,
} from 'kindred'
import { describe, expect, it } from 'vitest'

const folder = join(__dirname, '..', 'fixtures', 'tiny-bert')
const texts = ['the old man and the sea of love', 'toy robot', 'w', '', 'a king, "his" queen!  and their dogs .']
const sorted = (text: string) => text.split(/\s+/).filter(Boolean).sort().join(' ')
const isPart = (part: string, whole: string) => {
  const words = whole.split(/\s+/)
  let at = -1
  return part.split(' ').every((word) => {
    at = words.indexOf(word, at + 1)
    return at >= 0
  })
}

/** What one way makes of each text: 20 copies. */
async function made(way: Augmentation, seed = 1) {
  const { texts: given, sources } = await augmentTexts(texts, [way], { copies: 20, seed })
  return given.map((text, n) => ({ text, from: texts[sources[n]!]!, source: sources[n]! }))
}

describe('augmentTexts', () => {
  it('makes the same texts of the same seed, others of another, in the order of their sources', async () => {
    const ways = [randomSwap({ share: 0.3 }), randomDeletion({ share: 0.3 })]
    const first = await augmentTexts(texts, ways, { copies: 6, seed: 7 })
    expect(await augmentTexts(texts, ways, { copies: 6, seed: 7 })).toEqual(first)
    expect(await augmentTexts(texts, ways, { copies: 6, seed: 8 })).not.toEqual(first)
    expect([...first.sources]).toEqual([...first.sources].sort((a, b) => a - b))
    expect(first.sources).toHaveLength(first.texts.length)
    // One word and no word cannot be changed; nothing comes twice of a text.
    expect(new Set(first.sources)).toEqual(new Set([0, 1, 4]))
    const keys = first.texts.map((text, n) => `${first.sources[n]} ${text}`)
    expect(new Set(keys).size).toBe(keys.length)
    for (const [n, text] of first.texts.entries()) expect(text).not.toBe(texts[first.sources[n]!])
  })

  it('takes the ways in turns, one copy of each if nothing else is said', async () => {
    const mark =
      (sign: string): Augmentation =>
      (own) =>
        own.map((text) => text + sign)
    expect(await augmentTexts(['a', 'b'], [mark('1'), mark('2')])).toEqual({
      texts: ['a1', 'a2', 'b1', 'b2'],
      sources: Int32Array.of(0, 0, 1, 1),
    })
    expect((await augmentTexts(['a'], [mark('1'), mark('2')], { copies: 1 })).texts).toEqual(['a1'])
    const many = Array.from({ length: 700 }, (_, n) => String(n))
    expect((await augmentTexts(many, [mark('x')])).texts).toEqual(many.map((text) => `${text}x`))
  })

  it('refuses what is no way, and what a way may not give', async () => {
    for (const [ways, options, part] of [
      [[], {}, /ways/],
      [[5], {}, /ways/],
      [[() => ['x', 'y']], {}, /ways\[0\]: expected it to give 1 texts/],
      [[() => [5]], {}, /ways\[0\]/],
      [[randomSwap()], { copies: 0 }, /copies/],
      [[randomSwap()], { seed: -1 }, /seed/],
    ] as const)
      await expect(augmentTexts(['a b'], ways as never, options)).rejects.toMatchObject({
        code: 'ERR_VALUE',
        message: expect.stringMatching(part),
      })
    const thrown = new Error('of the way')
    const failing = () => {
      throw thrown
    }
    await expect(augmentTexts(['a b'], [failing])).rejects.toBe(thrown)
    const aborted = augmentTexts(['a b'], [randomSwap()], { signal: AbortSignal.abort() })
    await expect(aborted).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    for (const share of [0, 1.5, Number.NaN]) expect(() => randomSwap({ share })).toThrow(/share/)
  })
})

describe('edits of words', () => {
  it('randomSwap keeps all words', async () => {
    const all = await made(randomSwap())
    expect(all.length).toBeGreaterThan(15)
    for (const { text, from } of all) expect(sorted(text)).toBe(sorted(from))
  })

  it('randomDeletion keeps the order, about the share, and one word at least', async () => {
    for (const { text, from } of await made(randomDeletion({ share: 0.5 }))) {
      expect(isPart(text, from)).toBe(true)
      expect(text).not.toBe('')
    }
    const long = [new Array(2000).fill('dog').join(' ')]
    const { texts: shorter } = await augmentTexts(long, [randomDeletion({ share: 0.2 })])
    expect(Math.abs(shorter[0]!.split(' ').length - 1600)).toBeLessThan(80)
    const { texts: one } = await augmentTexts(['a b c'], [randomDeletion({ share: 1 })])
    expect(one[0]).toMatch(/^[abc]$/)
  })

  it('synonymReplacement changes words that have synonyms, as many as the share, and leaves marks', async () => {
    const asked: string[] = []
    const others: Record<string, string[]> = { king: ['ruler'], queen: ['ruler'], dogs: ['cats', 'dogs'] }
    const way = synonymReplacement(
      (word) => {
        asked.push(word)
        return others[word] ?? []
      },
      { share: 0.3 },
    )
    const all = await made(way)
    expect(new Set(all.map(({ source }) => source))).toEqual(new Set([4]))
    const words = (text: string) => text.split(/\s+/)
    for (const { text, from } of all) {
      const changed = words(text).filter((word, n) => word !== words(from)[n])
      expect(changed).toHaveLength(2)
      for (const word of changed) expect(['ruler,', 'ruler!', 'cats']).toContain(word)
    }
    expect(asked.filter((word) => word === 'king')).toHaveLength(1)
    expect(asked).not.toContain('.')
    await expect(augmentTexts(['a b'], [synonymReplacement(() => 'x' as never)])).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringContaining('candidates'),
    })
    expect(() => synonymReplacement(5 as never)).toThrow(/candidates/)
  })

  it('randomInsertion adds candidates of words that are there', async () => {
    const all = await made(randomInsertion((word) => (word === 'robot' ? ['machine'] : [])))
    expect(new Set(all.map(({ text }) => text))).toEqual(
      new Set(['machine toy robot', 'toy machine robot', 'toy robot machine']),
    )
  })

  it('vectorSynonyms gives the nearest words by cosine, not the word itself', async () => {
    const vectors = new Matrix(4, 2, Float32Array.of(1, 0, 2, 0.2, 0.5, 0.5, -1, 0))
    const synonyms = await vectorSynonyms(['big', 'large', 'tall', 'small'], vectors, { minSimilarity: 0.7 })
    expect(await synonyms('big')).toEqual(['large', 'tall'])
    expect(await synonyms('BIG')).toEqual(['large', 'tall'])
    expect(await synonyms('small')).toEqual([])
    expect(await synonyms('huge')).toEqual([])
    const few = await vectorSynonyms(['big', 'large', 'tall', 'small'], vectors, { k: 1, minSimilarity: -1 })
    expect(await few('small')).toHaveLength(1)
    await expect(vectorSynonyms(['a', 'a', 'b', 'c'], vectors)).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(vectorSynonyms(['a'], vectors)).rejects.toMatchObject({ code: 'ERR_SHAPE' })
  })
})

describe('maskedSubstitution', () => {
  it('puts in words that the model knows to stand there, and keeps the rest', async () => {
    const model = await MaskedLanguageModel.create(folder, { dims: 32, layers: 1, heads: 2, dropout: 0, seed: 1 })
    const nouns = ['man', 'king', 'robot', 'doctor']
    const learnt = Array.from({ length: 64 }, (_, n) => `the ${nouns[n % 4]} and his dog`)
    await model.fit(learnt, { epochs: 40, batchSize: 16, learningRate: 5e-3, seed: 2 })
    const way = maskedSubstitution(model, { share: 0.2, k: 3 })
    const given = await augmentTexts(['the man and his dog', 'the [MASK] stays', '...', ''], [way], {
      copies: 30,
      seed: 1,
    })
    expect(new Set(given.sources)).toEqual(new Set([0]))
    expect(given.texts.length).toBeGreaterThan(2)
    for (const text of given.texts) {
      const changed = text.split(' ').filter((word, n) => word !== ['the', 'man', 'and', 'his', 'dog'][n])
      expect(changed).toHaveLength(1)
      expect(changed[0]).toMatch(/^[a-z]+$/)
    }
    for (const noun of ['king', 'robot', 'doctor']) expect(given.texts).toContain(`the ${noun} and his dog`)
    expect(await augmentTexts(['the man and his dog'], [way], { copies: 5, seed: 3 })).toEqual(
      await augmentTexts(['the man and his dog'], [way], { copies: 5, seed: 3 }),
    )
    expect((await augmentTexts(['the man, and his "dog"!'], [way], { copies: 9 })).texts.join('\n')).toMatch(/,.*".*"!/)
    // What is beyond the longest text has no candidates.
    const long = `${'dog '.repeat(600)}man`
    await augmentTexts([long], [maskedSubstitution(model, { share: 1 })])
  })

  it('takes whole words alone, however unlikely', async () => {
    const model = await MaskedLanguageModel.load(folder)
    const { vocab } = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8')).model
    const way = maskedSubstitution(model, { share: 1, k: 200 })
    const { texts: given } = await augmentTexts(['the man and his dog'], [way], { copies: 60, seed: 1 })
    const words = given.flatMap((text) => text.split(' '))
    expect(words.length).toBeGreaterThan(250)
    expect(words.filter((word) => vocab[word] === undefined)).toEqual([])
  })

  it('refuses what is no model', () => {
    expect(() => maskedSubstitution({} as never)).toThrow(/MaskedLanguageModel/)
  })
})

describe('backTranslation', () => {
  it('asks both translators, once for all texts', async () => {
    const asked: (readonly string[])[] = []
    const there = async (own: readonly string[]) => {
      asked.push(own)
      return own.map((text) => text.toUpperCase())
    }
    const back = async (own: readonly string[]) => own.map((text) => text.replace('DOG', 'hound').toLowerCase())
    const given = await augmentTexts(['a dog', 'a king'], [backTranslation(there, back)], { copies: 3 })
    expect(given).toEqual({ texts: ['a hound'], sources: Int32Array.of(0) })
    expect(asked[0]).toEqual(['a dog', 'a king'])
    const broken = backTranslation(async () => ['x'], back)
    await expect(augmentTexts(['a', 'b'], [broken])).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringContaining('there: expected a translation of each of 2 texts'),
    })
    expect(() => backTranslation(there, undefined as never)).toThrow(/back/)
  })
})

describe('pseudoLabels', () => {
  it('are those of which the classifier is sure, the surest of each class', async () => {
    const classifier = await TextClassifier.load(folder)
    const own = ['a dog', 'murder in the city', 'two friends', 'toy robot', 'the sea', 'w', 'a king']
    const predicted = await classifier.predict(own)
    const score = (n: number) => Math.max(...predicted[n]!.scores)
    const all = await pseudoLabels(classifier, own, { threshold: 0 })
    expect(all.texts).toEqual(own)
    expect(all.labels).toEqual(predicted.map(({ label }) => label))
    expect([...all.scores]).toEqual(own.map((_, n) => score(n)))
    const threshold = [...all.scores].sort()[3]!
    expect([...(await pseudoLabels(classifier, own, { threshold })).sources]).toEqual(
      own.flatMap((_, n) => (score(n) >= threshold ? [n] : [])),
    )
    const one = await pseudoLabels(classifier, own, { threshold: 0, perClass: 1 })
    expect(new Set(one.labels).size).toBe(one.labels.length)
    for (const [n, label] of one.labels.entries()) {
      const rivals = own.flatMap((_, m) => (predicted[m]!.label === label ? [score(m)] : []))
      expect(one.scores[n]).toBe(Math.max(...rivals))
    }
    expect(await pseudoLabels(classifier, [], {})).toMatchObject({ texts: [], labels: [] })
  })

  it('refuses other models and options', async () => {
    const several = await TextClassifier.load(folder, { labels: ['a', 'b'], problemType: 'multi-label' })
    await expect(pseudoLabels(several as never, ['a'])).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
    await expect(pseudoLabels({} as never, ['a'])).rejects.toMatchObject({ code: 'ERR_VALUE' })
    const classifier = await TextClassifier.load(folder)
    for (const options of [{ threshold: 2 }, { perClass: 0 }])
      await expect(pseudoLabels(classifier, ['a'], options)).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(pseudoLabels(classifier, ['a'], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
    })
  })
})
