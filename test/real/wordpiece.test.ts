import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WordPieceTokenizer } from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { Tokenizer } from '#lib/encode/tokenize/hugging-face-tokenizer.js'
import { FuzzText } from '../encode/fuzz-text.js'

const real = process.env.KINDRED_REAL
if (!real) console.warn('Skipped: WordPiece with a real vocabulary. Set KINDRED_REAL to the folder with models/.')

/** Fuzzed strings; a million take some minutes. */
const STRINGS = Number(process.env.KINDRED_FUZZ ?? 50_000)
const AT_ONCE = 10_000

describe.skipIf(!real)('the WordPiece tokenizer of all-MiniLM-L6-v2', () => {
  const folder = join(real ?? '', 'models', 'all-MiniLM-L6-v2')
  let json: Parameters<typeof Tokenizer.create>[0]
  let tokenizer: WordPieceTokenizer
  beforeAll(async () => {
    json = JSON.parse(await readFile(join(folder, 'tokenizer.json'), 'utf8'))
    tokenizer = await WordPieceTokenizer.fromTokenizerJson(json)
  })

  it('gives the golden ids', async () => {
    const golden = JSON.parse(await readFile(join(folder, 'golden.json'), 'utf8')) as {
      max_tokens: number
      rows: { text: string; tokens: number; token_ids: number[] }[]
    }
    const [cls, sep] = ['[CLS]', '[SEP]'].map((token) => tokenizer.vocabulary.indexOf(token))
    const ids = await tokenizer.encode(golden.rows.map((row) => row.text))
    for (const [i, { text, tokens, token_ids }] of golden.rows.entries()) {
      expect(ids[i]!.length + 2, text.slice(0, 60)).toBe(tokens)
      expect([cls, ...ids[i]!.subarray(0, golden.max_tokens - 2), sep], text.slice(0, 60)).toEqual(token_ids)
    }
  })

  it(`gives the ids of the JavaScript tokenizer for ${STRINGS} fuzzed strings`, { timeout: 1_200_000 }, async () => {
    const script = await Tokenizer.create(json, {})
    const fuzz = new FuzzText(1, tokenizer.vocabulary)
    for (let left = STRINGS; left > 0; left -= AT_ONCE) {
      const texts = fuzz.texts(Math.min(left, AT_ONCE))
      const ids = await tokenizer.encode(texts)
      for (const [i, text] of texts.entries()) {
        const expected = [...script.ids(text)].flat()
        if (expected.length !== ids[i]!.length || expected.some((id, t) => id !== ids[i]![t]))
          expect([...ids[i]!], JSON.stringify(text)).toEqual(expected)
      }
    }
  })
})
