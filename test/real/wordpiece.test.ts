import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WordPieceTokenizer } from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { FuzzText } from '../encode/fuzz-text.js'

const real = process.env.KINDRED_REAL
if (!real) console.warn('Skipped: WordPiece with a real vocabulary. Set KINDRED_REAL to the folder with models/.')

describe.skipIf(!real)('the WordPiece tokenizer of all-MiniLM-L6-v2', () => {
  const folder = join(real ?? '', 'models', 'all-MiniLM-L6-v2')
  let tokenizer: WordPieceTokenizer
  beforeAll(async () => {
    const json = JSON.parse(await readFile(join(folder, 'tokenizer.json'), 'utf8'))
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

  it('keeps the ids of 50,000 fuzzed strings', async () => {
    const hash = createHash('sha256')
    for (const ids of await tokenizer.encode(new FuzzText(1, tokenizer.vocabulary).texts(50_000)))
      hash.update(`${ids.join(' ')}\n`)
    // Of the ids that an independent implementation in JavaScript gave.
    expect(hash.digest('hex')).toBe('8658ad0f34da8a6dcfe3ce08bb7b293cae8ecb5170c7e55dcc479b63ecddc60c')
  })
})
