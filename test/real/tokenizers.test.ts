import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HuggingFaceTokenizer } from '#lib/encode/tokenize/hugging-face-tokenizer.js'

const real = process.env.KINDRED_REAL
if (!real) console.warn('Skipped: Unigram tokenizers. Set KINDRED_REAL to the folder with data/tokenizers/.')

describe.skipIf(!real)('tokenizers of XLM-RoBERTa’s kind', () => {
  const folder = join(real ?? '', 'data', 'tokenizers')
  const read = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'))

  it.each(['xlmr', 'unigram-bytefallback'])('%s gives the ids of the reference', async (name) => {
    const texts: string[] = await read('texts.json')
    const expected: number[][] = await read(`${name}/expected.json`)
    const tokenizer = await HuggingFaceTokenizer.create(await read(`${name}/tokenizer.json`), {})
    expect(tokenizer.differences).toEqual([])
    const { prefix, suffix } = tokenizer
    const received = (await tokenizer.encode(texts)).map((ids) => [...prefix, ...ids, ...suffix])
    expect(expected).toHaveLength(456)
    for (const [i, text] of texts.entries()) expect(received[i], JSON.stringify(text)).toEqual(expected[i])
  })
})
