import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { WordPieceTokenizer } from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { Tokenizer } from '#lib/encode/tokenize/hugging-face-tokenizer.js'
import { FuzzText } from './fuzz-text.js'

const json = JSON.parse(readFileSync(join(__dirname, '..', 'fixtures', 'tiny-encoder', 'tokenizer.json'), 'utf8'))

function changed(change: (copy: typeof json) => void) {
  const copy = structuredClone(json)
  change(copy)
  return WordPieceTokenizer.fromTokenizerJson(copy)
}

describe('WordPieceTokenizer', () => {
  let tokenizer: WordPieceTokenizer
  let plain: Tokenizer
  beforeAll(async () => {
    tokenizer = await WordPieceTokenizer.fromTokenizerJson(json)
    plain = await Tokenizer.create(json, {})
  })

  async function expectEqual(texts: string[]): Promise<void> {
    const ids = await tokenizer.encode(texts)
    for (const [i, text] of texts.entries())
      expect([...ids[i]!], JSON.stringify(text)).toEqual([...plain.ids(text)].flat())
  }

  it('takes vocabulary and options from tokenizer.json', () => {
    expect(tokenizer.vocabulary.length).toBe(Object.keys(json.model.vocab).length)
    expect(tokenizer.vocabulary[json.model.vocab.the]).toBe('the')
    expect(tokenizer.options).toMatchObject({
      lowercase: true,
      stripAccents: true,
      unknown: '[UNK]',
      maxCharacters: 100,
    })
  })

  it('gives the ids of the JavaScript tokenizer for any string', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.string({ unit: 'binary' })), expectEqual), { numRuns: 200 })
  })

  it('gives the ids of the JavaScript tokenizer for texts made to be difficult', async () => {
    await expectEqual(new FuzzText(1, tokenizer.vocabulary).texts(3000))
  })

  it.each([
    ['cased', { lowercase: false, strip_accents: null }],
    ['lowercase with accents', { lowercase: true, strip_accents: false }],
    ['raw', { lowercase: false, strip_accents: true, clean_text: false, handle_chinese_chars: false }],
  ])('obeys the normaliser: %s', async (_, options) => {
    const copy = structuredClone(json)
    Object.assign(copy.normalizer, options)
    const native = await WordPieceTokenizer.fromTokenizerJson(copy)
    const script = await Tokenizer.create(copy, {})
    const texts = new FuzzText(2, tokenizer.vocabulary).texts(1000)
    const ids = await native.encode(texts)
    for (const [i, text] of texts.entries())
      expect([...ids[i]!], JSON.stringify(text)).toEqual([...script.ids(text)].flat())
  })

  it('keeps the order of texts over many windows, long texts among them', async () => {
    const texts = Array.from({ length: 5000 }, (_, i) => `${'the '.repeat(i % 977 === 0 ? 300_000 : i % 5)}${i % 10}`)
    const ids = await tokenizer.encode(texts)
    for (const [i, found] of ids.entries()) {
      expect(found.length).toBe((i % 977 === 0 ? 300_000 : i % 5) + 1)
      expect(tokenizer.vocabulary[found.at(-1)!]).toBe(String(i % 10))
    }
  })

  it('takes no texts, empty texts, NUL and lone surrogates', async () => {
    expect(await tokenizer.encode([])).toEqual([])
    const ids = await tokenizer.encode(['', 'a\0b', '\ud800', 'a\udc00 b'])
    const a = json.model.vocab.a
    expect(ids.map((of) => [...of])).toEqual([[], [a, json.model.vocab['##b']], [], [a, json.model.vocab.b]])
  })

  it.each<[string, (copy: typeof json) => void, RegExp]>([
    ['another model', (copy) => (copy.model.type = 'BPE'), /model of type WordPiece, but found BPE/],
    ['another normaliser', (copy) => (copy.normalizer = { type: 'NFC' }), /normalizer .* found NFC/],
    ['no pre-tokenizer', (copy) => (copy.pre_tokenizer = null), /pre_tokenizer .* found none/],
    ['ids with a gap', (copy) => (copy.model.vocab.the = 100_000), /ids 0 to 152, each once, but token "the"/],
    ['no unknown token', (copy) => (copy.model.unk_token = '[NONE]'), /"\[NONE\]": expected a token/],
    ['an added token beyond the vocabulary', (copy) => (copy.added_tokens[0].id = 9999), /not in the vocabulary/],
    ['an added token with lstrip', (copy) => (copy.added_tokens[0].lstrip = true), /lstrip/],
  ])('refuses %s', async (_, change, message) => {
    await expect(changed(change)).rejects.toThrow(expect.objectContaining({ code: 'ERR_ENCODER' }))
    await expect(changed(change)).rejects.toThrow(message)
  })

  it('refuses what is no tokenizer.json', async () => {
    for (const value of [null, 'x', 3, {}])
      await expect(WordPieceTokenizer.fromTokenizerJson(value)).rejects.toMatchObject({ code: 'ERR_ENCODER' })
  })

  it('refuses vocabularies and options that do not serve', async () => {
    const create = (...args: unknown[]) => WordPieceTokenizer.create(...(args as [string[]]))
    await expect(create([])).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(create(['[UNK]', 3])).rejects.toThrow(/vocabulary\[1\]: expected a string but received 3/)
    await expect(create(['[UNK]', 'a', 'a'])).rejects.toMatchObject({ code: 'ERR_DUPLICATE' })
    await expect(create(['a'])).rejects.toThrow(/"\[UNK\]"/)
    await expect(create(['[UNK]'], { lowerCase: true })).rejects.toThrow(/unknown option "lowerCase"/)
    await expect(create(['[UNK]'], { maxCharacters: 0 })).rejects.toThrow(/maxCharacters/)
  })

  it('refuses texts that are no strings, and stops when aborted', async () => {
    await expect(tokenizer.encode(['a', 3 as unknown as string])).rejects.toThrow(/texts\[1\]: expected a string/)
    await expect(tokenizer.encode(['a'], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
    })
    const controller = new AbortController()
    const long = tokenizer.encode(new Array(200_000).fill('the cat sat '.repeat(20)), { signal: controller.signal })
    setTimeout(() => controller.abort(new Error('enough')), 5)
    await expect(long).rejects.toMatchObject({ name: 'AbortError', cause: new Error('enough') })
  })
})
