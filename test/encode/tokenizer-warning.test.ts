import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TextEmbedder } from 'kindred'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { HuggingFaceTokenizer } from '#lib/encode/tokenize/hugging-face-tokenizer.js'
import { withSettings } from '#lib/encode/tokenize/tokenizer-settings.js'
import { writeFolder } from './golden-folders.js'
import { childrenOf, until } from './processes.js'

// biome-ignore lint/suspicious/noExplicitAny: whatever a tokenizer.json holds
type Json = any

let bert: Json
let dir: string
const emit = vi.spyOn(process, 'emitWarning')
beforeAll(async () => {
  bert = JSON.parse(await readFile('test/fixtures/tiny-encoder/tokenizer.json', 'utf8'))
  dir = await mkdtemp(join(tmpdir(), 'kindred-warning-'))
})
beforeEach(() => {
  emit.mockReset().mockImplementation(() => {})
})
afterAll(async () => {
  emit.mockRestore()
  await rm(dir, { recursive: true })
})

const none = { added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null }
const bpe = (model: object, rest: object = {}) => ({
  ...none,
  model: { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b'], ...model },
  ...rest,
})
const unigram = (rest: object) => ({
  ...none,
  model: {
    type: 'Unigram',
    unk_id: 0,
    vocab: [
      ['<unk>', 0],
      ['a', -1],
    ],
  },
  ...rest,
})
// What only the tokenizer in JavaScript does: an expression that looks back.
const behind = { type: 'Split', pattern: { Regex: '(?<=a)b' }, behavior: 'Isolated', invert: false }
const changed = (change: object) => ({ ...bert, ...change })

describe('parts whose ids may differ from those of the reference', () => {
  it.each<[string, () => Json, (string | RegExp)[]]>([
    ['none in a BERT tokenizer', () => bert, []],
    ['none in byte-level BPE', () => bpe({}, { pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false } }), []],
    ['none in a Unigram model', () => unigram({}), []],
    [
      'what the native tokenizer does not do, alone',
      () => bpe({}, { pre_tokenizer: behind }),
      [/no native tokenizer \(tokenizer\.json: pattern: expected a regular expression/],
    ],
    [
      'what is known to differ beside it, in sequences',
      () =>
        bpe(
          { byte_fallback: true },
          {
            normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Lowercase' }] },
            pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Whitespace' }, behind] },
          },
        ),
      [
        'Lowercase (a capital sigma at the end of a word)',
        'Whitespace (letters other than those of ASCII)',
        'byte fallback',
        /no native tokenizer/,
      ],
    ],
    ['a Unigram model beside it', () => unigram({ pre_tokenizer: behind }), ['Unigram', /no native tokenizer/]],
    [
      'none in a BERT tokenizer with added tokens of its own',
      () => changed({ added_tokens: [...bert.added_tokens, { id: 9999, content: '[NEW]', special: true }] }),
      [],
    ],
  ])('%s', async (_, json, expected) => {
    const { differences } = await HuggingFaceTokenizer.create(json(), {})
    expect(differences).toEqual(expected.map((each) => (typeof each === 'string' ? each : expect.stringMatching(each))))
  })
})

describe('the warning', () => {
  it('comes once for each load, and not when the process starts anew', async () => {
    const folder = await writeFolder(join(dir, 'behind'), {
      'tokenizer.json': {
        ...bert,
        pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Whitespace' }, behind] },
      },
    })
    const before = new Set(childrenOf(process.pid))
    await using encoder = await TextEmbedder.load(folder)
    expect(emit.mock.calls).toEqual([
      [expect.stringMatching(/tokenizer\.json: .* may differ .* it has .*Whitespace/), expect.anything()],
    ])
    expect(emit.mock.calls[0]![1]).toMatchObject({ type: 'KindredWarning', code: 'KINDRED_TOKENIZER' })
    const [child] = childrenOf(process.pid).filter((id) => !before.has(id))
    process.kill(child!, 'SIGKILL')
    await until(() => !childrenOf(process.pid).includes(child!), 20)
    await encoder.embed(['love']).catch(() => {})
    await encoder.embed(['love'])
    expect(emit).toHaveBeenCalledTimes(1)
    await using again = await TextEmbedder.load(folder)
    expect(again.dims).toBe(8)
    expect(emit).toHaveBeenCalledTimes(2)
  })

  it('does not come for a BERT tokenizer', async () => {
    await using encoder = await TextEmbedder.load(await writeFolder(join(dir, 'bert'), {}))
    expect(encoder.dims).toBe(8)
    expect(emit).not.toHaveBeenCalled()
  })
})

describe('settings of tokenizer_config.json', () => {
  const normalizer = (config: object, lowercase = false, json: Json = bert) =>
    withSettings(json, config as never, lowercase).normalizer

  it('of a BERT tokenizer take precedence, and of a generic one do not', () => {
    const settings = { do_lower_case: false, strip_accents: true, tokenize_chinese_chars: false }
    const set = { ...bert.normalizer, lowercase: false, strip_accents: true, handle_chinese_chars: false }
    expect(normalizer({ tokenizer_class: 'BertTokenizer', ...settings })).toEqual(set)
    expect(normalizer(settings)).toEqual(set)
    expect(normalizer({ tokenizer_class: 'PreTrainedTokenizerFast', ...settings })).toEqual(bert.normalizer)
    const accents = changed({ normalizer: { ...bert.normalizer, lowercase: false, strip_accents: false } })
    expect(normalizer({ tokenizer_class: 'BertTokenizer', strip_accents: null }, false, accents)).toEqual(
      bert.normalizer,
    )
    expect(normalizer({ tokenizer_class: 'BertTokenizer' }, false, accents)).toEqual(accents.normalizer)
  })

  it('lowercase first where the encoder asks for it', () => {
    const cased = changed({ normalizer: { ...bert.normalizer, lowercase: false } })
    expect(normalizer({}, true, cased)).toMatchObject({ lowercase: true, strip_accents: false })
    expect(normalizer({}, true)).toMatchObject({ lowercase: true, strip_accents: true })
    const lower = { type: 'Lowercase' }
    const nfc = { type: 'NFC' }
    const of = (given: Json) => normalizer({}, true, changed({ normalizer: given }))
    expect(of(null)).toEqual({ type: 'Sequence', normalizers: [lower] })
    expect(of(nfc)).toEqual({ type: 'Sequence', normalizers: [lower, nfc] })
    expect(of({ type: 'Sequence', normalizers: [nfc] })).toEqual({ type: 'Sequence', normalizers: [lower, nfc] })
    expect(of({ type: 'Sequence', normalizers: [nfc, lower] })).toEqual({ type: 'Sequence', normalizers: [nfc, lower] })
  })
})
