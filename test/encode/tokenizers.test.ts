import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { HuggingFaceTokenizer } from '#lib/encode/tokenize/hugging-face-tokenizer.js'
import { NativeTokenizer } from '#lib/encode/tokenize/native-tokenizer.js'

// biome-ignore lint/suspicious/noExplicitAny: whatever a tokenizer.json holds
type Json = any

const folder = 'test/fixtures/tokenizers'
const read = async (path: string): Promise<Json> => JSON.parse(await readFile(path, 'utf8'))
const names = readdirSync(folder)
  .filter((name) => name !== 'texts.json')
  .map((name) => name.replace('.json', ''))
const fixture = (name: string): Promise<{ tokenizer: Json; ids: number[][] }> => read(join(folder, `${name}.json`))

let texts: string[]
beforeAll(async () => {
  texts = await read(join(folder, 'texts.json'))
})

/** The ids of each text between the special tokens. */
async function whole(tokenizer: HuggingFaceTokenizer, all: readonly string[]): Promise<number[][]> {
  const { prefix, suffix } = tokenizer
  return (await tokenizer.encode(all)).map((ids) => [...prefix, ...ids, ...suffix])
}

describe('tokenizers of every family', () => {
  it.each(names)('%s gives the ids of the reference, natively', async (name) => {
    const { tokenizer, ids } = await fixture(name)
    const made = await HuggingFaceTokenizer.create(tokenizer, {})
    expect(made.differences).toEqual([])
    const received = await whole(made, texts)
    for (const [i, text] of texts.entries()) expect(received[i], JSON.stringify(text)).toEqual(ids[i])
    // The words that it has seen by now change nothing, nor does the order.
    expect(await whole(made, [...texts].reverse())).toEqual([...ids].reverse())
  })

  it('are of every model', async () => {
    const types = await Promise.all(names.map(async (name) => (await fixture(name)).tokenizer.model.type))
    expect([...new Set(types)].sort()).toEqual(['BPE', 'Unigram', 'WordPiece'])
  })

  it('take a lone surrogate for U+FFFD', async () => {
    const made = await NativeTokenizer.create((await fixture('llama2')).tokenizer)
    const [lone, replaced] = await made.encode(['a\ud800b \udc00', 'a\ufffdb \ufffd'])
    expect(lone).toEqual(replaced)
  })

  it('take merges as text, and files without types', async () => {
    const { tokenizer, ids } = await fixture('gpt2')
    const { type: _, ...model } = tokenizer.model
    const merges = model.merges.map((pair: string[]) => pair.join(' '))
    const made = await NativeTokenizer.create({
      ...tokenizer,
      model: { ...model, merges: ['#version: 0.2', ...merges] },
    })
    expect((await made.encode(texts)).map((each) => [...each])).toEqual(ids)
  })

  it.each(['gpt2', 't5', 'llama2', 'wordpiece-strings'])(
    '%s takes long texts, the event loop running',
    async (name) => {
      const made = await NativeTokenizer.create((await fixture(name)).tokenizer)
      const long = ['a'.repeat(1 << 20), 'lazy dog '.repeat(1 << 16), ' '.repeat(1 << 19)]
      let [turns, pending] = [0, true]
      const count = () => {
        turns++
        if (pending) setImmediate(count)
      }
      count()
      const ids = await made.encode(long)
      pending = false
      expect(ids.map(({ length }) => length > 0)).toEqual([true, true, name !== 'wordpiece-strings'])
      expect(turns).toBeGreaterThan(1)
    },
  )

  it('stop when aborted', async () => {
    const made = await NativeTokenizer.create((await fixture('llama2')).tokenizer)
    const many = Array.from({ length: 20_000 }, () => texts[10]!.repeat(20))
    await expect(made.encode(many, { signal: AbortSignal.timeout(5) })).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    await expect(made.encode(['a'], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  })
})

const bpe = (model: object = {}, rest: object = {}): Json => ({
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  model: { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b'], ...model },
  ...rest,
})
const added = (token: object): Json => bpe({}, { added_tokens: [{ id: 3, content: 'x', special: true, ...token }] })
const normalizer = (part: object): Json => bpe({}, { normalizer: part })
const splitter = (part: object): Json => bpe({}, { pre_tokenizer: part })

describe('added tokens', () => {
  it('have the ids that the reference gives them', async () => {
    const token = { normalized: false, special: true }
    const added_tokens = [
      { ...token, id: 9, content: 'x' },
      { ...token, id: 7, content: 'y', normalized: true },
      { ...token, id: 1, content: '', special: false },
      { ...token, id: 1, content: 'a' },
      { ...token, id: 1, content: 'a' },
    ]
    const made = await HuggingFaceTokenizer.create(bpe({}, { added_tokens }), { pad_token: 'y' })
    expect([...(await made.encode(['axyb']))[0]!]).toEqual([0, 3, 4, 1])
    expect([...made.specialIds]).toEqual([3, 4, 0])
    expect(made.padId).toBe(4)
  })
})

describe('what is refused', () => {
  it.each<[string, Json, RegExp]>([
    ['dropout', bpe({ dropout: 0.1 }), /dropout/],
    ['another model', bpe({ type: 'WordLevel' }), /WordLevel/],
    ['a setting that is not known', bpe({ backtrack: true }), /backtrack/],
    ['merges of three', bpe({ merges: ['a b c'] }), /merges/],
    ['merges of what is no token', bpe({ merges: ['a z'] }), /merges/],
    ['an unknown token that is none', bpe({ unk_token: '<unk>' }), /<unk>/],
    ['ids that come twice', bpe({ vocab: { a: 0, b: 0, ab: 1 } }), /twice/],
    ['an id that is none', bpe({ vocab: { a: -1, b: 1, ab: 2 } }), /integers/],
    ['no vocabulary', bpe({ vocab: 3 }), /vocab/],
    ['a Unigram model without unknown token', bpe({ type: 'Unigram', vocab: [['a', -1]], merges: null }), /unk_id/],
    [
      'a Unigram model with an unknown token outside',
      bpe({ type: 'Unigram', vocab: [['a', -1]], unk_id: 7, merges: null }),
      /unk_id/,
    ],
    ['a token without score', bpe({ type: 'Unigram', vocab: [['a']], unk_id: 0, merges: null }), /score/],
    ['another normaliser', normalizer({ type: 'Cyrillic' }), /Cyrillic/],
    ['a normaliser of a list', normalizer([]), /object/],
    ['a sequence without list', normalizer({ type: 'Sequence' }), /list/],
    ['a map of characters that is none', normalizer({ type: 'Precompiled', precompiled_charsmap: '!' }), /base64/],
    [
      'one that is cut off',
      normalizer({ type: 'Precompiled', precompiled_charsmap: 'AAAAAA==' }),
      /precompiled_charsmap/,
    ],
    ['an empty pattern', normalizer({ type: 'Replace', pattern: { String: '' }, content: '' }), /pattern/],
    [
      'an expression of another kind',
      splitter({ type: 'Split', pattern: { Regex: '(?<=a)b' }, behavior: 'Isolated', invert: false }),
      /regular expression/,
    ],
    [
      'a behaviour that is not known',
      splitter({ type: 'Split', pattern: { String: 'a' }, behavior: 'Kept', invert: false }),
      /behavior/,
    ],
    ['another pre-tokenizer', splitter({ type: 'UnicodeScripts' }), /UnicodeScripts/],
    [
      'a space before and none',
      splitter({ type: 'Metaspace', replacement: '_', prepend_scheme: 'first', add_prefix_space: false }),
      /prepend_scheme/,
    ],
    ['an added token with a setting that is not known', added({ fuzzy: true }), /fuzzy/],
    [
      'a mark before the first word, behind another step',
      splitter({
        type: 'Sequence',
        pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Metaspace', replacement: '_', prepend_scheme: 'first' }],
      }),
      /prepend_scheme/,
    ],
    [
      'an added token that comes twice, with other flags',
      bpe(
        {},
        {
          added_tokens: [
            { id: 3, content: 'x' },
            { id: 3, content: 'x', lstrip: true },
          ],
        },
      ),
      /twice/,
    ],
    ['added tokens of a word', bpe({}, { added_tokens: 'x' }), /added_tokens/],
  ])('%s', async (_, json, message) => {
    await expect(NativeTokenizer.create(json)).rejects.toMatchObject({
      code: 'ERR_ENCODER',
      message: expect.stringMatching(message),
    })
  })

  it('is left to the tokenizer in JavaScript, which says so', async () => {
    const split = { type: 'Split', pattern: { Regex: '(?<=a)b' }, behavior: 'Isolated', invert: false }
    const { differences } = await HuggingFaceTokenizer.create({ ...splitter(split), decoder: null }, {})
    expect(differences).toEqual([expect.stringMatching(/no native tokenizer.*regular expression/)])
  })
})

/** A copy with one value, chosen at random, put in place of another, left out or doubled. */
function mutated(json: Json, [where, what, value]: readonly [number, number, unknown]): Json {
  const copy = structuredClone(json)
  const places: [Json, string][] = []
  const waiting: Json[] = [copy]
  while (waiting.length > 0) {
    const node = waiting.pop()
    for (const key of Object.keys(node).slice(0, 40)) {
      places.push([node, key])
      if (node[key] !== null && typeof node[key] === 'object') waiting.push(node[key])
    }
  }
  const [node, key] = places[Math.floor(where * places.length)]!
  if (what === 0) delete node[key]
  else if (what === 1) node[key] = structuredClone(places[Math.floor((where * 7919) % places.length)]![0])
  else node[key] = value
  return copy
}

describe('damaged files', () => {
  it.each(['gpt2', 'camembert', 'mistral', 'wordpiece-added', 'clip'])(
    'of the kind of %s give tokenizers or ERR_ENCODER',
    async (name) => {
      const { tokenizer } = await fixture(name)
      const change = fc.tuple(
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        fc.integer({ min: 0, max: 3 }),
        fc.oneof(fc.jsonValue(), fc.constantFrom(-1, 2 ** 31, 1e300, '', 'ByteLevel', 'Regex', '(a+)+', '\u0000')),
      )
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
          const json = changes.reduce(mutated, tokenizer)
          try {
            const made = await NativeTokenizer.create(json)
            expect(await made.encode(texts.slice(0, 12))).toHaveLength(12)
          } catch (error) {
            expect(error).toMatchObject({ code: 'ERR_ENCODER' })
          }
        }),
        { numRuns: 120 },
      )
    },
    60_000,
  )
})
