import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { WordPieceTokenizer } from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { HuggingFaceTokenizer } from '#lib/encode/tokenize/hugging-face-tokenizer.js'
import golden from '../fixtures/tiny-encoder-ids.json'
import { FuzzText } from './fuzz-text.js'

const json = JSON.parse(readFileSync(join(__dirname, '..', 'fixtures', 'tiny-encoder', 'tokenizer.json'), 'utf8'))

const hashOf = (ids: readonly Int32Array[]) =>
  createHash('sha256')
    .update(ids.map((of) => `${of.join(' ')}\n`).join(''))
    .digest('hex')

function changed(change: (copy: typeof json) => void) {
  const copy = structuredClone(json)
  change(copy)
  return WordPieceTokenizer.fromTokenizerJson(copy)
}

describe('WordPieceTokenizer', () => {
  let tokenizer: WordPieceTokenizer
  beforeAll(async () => {
    tokenizer = await WordPieceTokenizer.fromTokenizerJson(json)
  })

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

  it('gives the ids of the reference tokenizer', async () => {
    const ids = await tokenizer.encode(golden.map(({ text }) => text))
    for (const [i, { text, ids: expected }] of golden.entries())
      expect([...ids[i]!], JSON.stringify(text)).toEqual(expected.slice(1, -1))
  })

  // The hashes are of the ids that an independent implementation in JavaScript gave, on the character classes of the
  // reference tokenizer.
  it.each([
    ['uncased', {}, 1, 3000, 'a4d6f860e9829c52f5b7c11e3709fda29db7fa0170eeeb82fb36bb5f2a48d2b7'],
    [
      'cased',
      { lowercase: false, strip_accents: null },
      2,
      1000,
      '327fec8cb602a91363ebbb29d63b179ca04cd7a0ca2d28733f23d6dfd0fb0c89',
    ],
    [
      'lowercase with accents',
      { lowercase: true, strip_accents: false },
      2,
      1000,
      '6d3d03b5e27de28f1417c2473b57b1839e3841b94b4e4cc538f24a0b5d0bf5c3',
    ],
    [
      'raw',
      { lowercase: false, strip_accents: true, clean_text: false, handle_chinese_chars: false },
      2,
      1000,
      'a5eebaa824ef769993b0978984882ec0258b8bdeb6c53f3a833cadc024a49ea4',
    ],
  ])('keeps the ids of texts made to be difficult: %s', async (_, normalizer, seed, count, expected) => {
    const copy = structuredClone(json)
    Object.assign(copy.normalizer, normalizer)
    const native = await WordPieceTokenizer.fromTokenizerJson(copy)
    const ids = await native.encode(new FuzzText(seed, native.vocabulary).texts(count))
    expect(hashOf(ids)).toBe(expected)
  })

  it('keeps the order of texts over many batches, long texts among them', async () => {
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
    ['a normalised added token', (copy) => (copy.added_tokens[0].normalized = true), /single_word or normalized/],
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

describe('HuggingFaceTokenizer', () => {
  const mask = json.added_tokens.findIndex(({ content }: { content: string }) => content === '[MASK]')
  const withMask = (change: object) => {
    const copy = structuredClone(json)
    Object.assign(copy.added_tokens[mask], change)
    return HuggingFaceTokenizer.create(copy, { pad_token: '[PAD]' })
  }
  const texts = ['a story of love', 'love [MASK]love', '  [MASK] \u3000[MASK].', '', 'a\ud800b']
  const lists = async (tokenizer: HuggingFaceTokenizer) => (await tokenizer.encode(texts)).map((ids) => [...ids])

  it('puts special tokens around a text and finds the padding token', async () => {
    const tokenizer = await withMask({})
    expect([tokenizer.prefix, tokenizer.suffix, tokenizer.padId]).toEqual([
      [json.model.vocab['[CLS]']],
      [json.model.vocab['[SEP]']],
      json.model.vocab['[PAD]'],
    ])
  })

  it('gives the same ids whether an added token strips white space or not', async () => {
    const expected = await lists(await withMask({}))
    for (const change of [{ lstrip: true }, { rstrip: true }])
      expect(await lists(await withMask(change))).toEqual(expected)
  })

  it('tokenises in JavaScript what the native tokenizer cannot', async () => {
    const copy = structuredClone(json)
    copy.pre_tokenizer = { type: 'Whitespace' }
    const tokenizer = await HuggingFaceTokenizer.create(copy, {})
    const { vocab } = json.model
    expect((await tokenizer.encode(['a story', 'love of love'])).map((ids) => [...ids])).toEqual([
      [vocab.a, vocab.story],
      [vocab.love, vocab.of, vocab.love],
    ])
  })
})
