// Texts as sequences of tokens: where positions begin, and a tokenizer in JavaScript that leaves the event loop alive.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HuggingFaceTokenizer } from '#lib/encode/tokenize/hugging-face-tokenizer.js'
import { batchOf, loadTokenizer, pairBatchOf, pairSequences, tokenSequences } from '#lib/text/base/token-sequences.js'

const roberta = join(__dirname, '..', 'fixtures', 'tiny-architectures', 'roberta')

describe('batchOf', () => {
  const sequences = [Int32Array.of(0, 7, 1, 8, 2), Int32Array.of(), Int32Array.of(0, 9, 2)]

  it('counts positions from 0 in each sequence', () => {
    const { inputs, sizes } = batchOf(sequences, [2, 0, 1], undefined)
    expect([...inputs.ids]).toEqual([0, 9, 2, 0, 7, 1, 8, 2])
    expect([...inputs.positions]).toEqual([0, 1, 2, 0, 1, 2, 3, 4])
    expect([...inputs.offsets]).toEqual([0, 3, 8, 8])
    expect(sizes).toEqual({ tokens: 8, sequences: 3 })
  })

  it('counts them behind the id of padding, which a text may name, as transformers does for RoBERTa', () => {
    const { inputs } = batchOf(sequences, [0, 2], 1)
    expect([...inputs.positions]).toEqual([2, 3, 1, 4, 5, 2, 3, 4])
  })

  it('of pairs has the types of their tokens', () => {
    const pairs = [
      { ids: Int32Array.of(0, 7, 2, 8), types: Int32Array.of(0, 0, 0, 1) },
      { ids: Int32Array.of(0, 2), types: Int32Array.of(0, 1) },
    ]
    expect([...pairBatchOf(pairs, [1, 0], undefined).inputs.types]).toEqual([0, 1, 0, 0, 0, 1])
  })
})

describe('pairSequences', () => {
  it('cuts the longer text first, around the special tokens of the pair', async () => {
    const tokenizer = await loadTokenizer(roberta)
    const [long, short] = ['the old man and the sea of love', 'toy robot']
    const [first, second] = (await tokenizer.encode([long, short])).map((ids) => [...ids])
    // The second text has two tokens, and each of two that are too long half of the place.
    expect(second!.length).toBe(2)
    for (const [maxTokens, kept] of [
      [6, 1],
      [7, 1],
      [8, 2],
      [10, 4],
      [13, 7],
    ] as const) {
      const [pair] = await pairSequences(tokenizer, [[long, short]], maxTokens)
      const ids = [0, ...first!.slice(0, kept), 2, 2, ...second!.slice(0, maxTokens - 4 - kept), 2]
      expect([...pair!.ids]).toEqual(ids)
      expect(pair!.types.length).toBe(maxTokens)
    }
  })
})

describe('a tokenizer in JavaScript', () => {
  const texts = new Array<string>(20_000).fill('a comedy of two friends, not for kids, but how loved by their family')

  it('leaves the event loop alive, and hears an abort', async () => {
    const json = JSON.parse(await readFile(join(roberta, 'tokenizer.json'), 'utf8'))
    // An expression that looks back, which the native one does not do.
    const split = { type: 'Split', pattern: { Regex: '(?<=a)b' }, behavior: 'Isolated', invert: false }
    const pre_tokenizer = { type: 'Sequence', pretokenizers: [json.pre_tokenizer, split] }
    const tokenizer = await HuggingFaceTokenizer.create({ ...json, pre_tokenizer }, {})
    expect(tokenizer.differences).not.toEqual([])
    const controller = new AbortController()
    let [last, longest, turns] = [performance.now(), 0, 0]
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
      if (++turns === 10) controller.abort()
    }, 1)
    try {
      await expect(tokenSequences(tokenizer, texts, 62, controller.signal)).rejects.toMatchObject({
        code: 'ERR_ABORTED',
      })
    } finally {
      clearInterval(timer)
    }
    expect(turns).toBeGreaterThanOrEqual(10)
    // Turns of 8 ms, on a machine that others use too.
    expect(longest).toBeLessThan(200)
  })
})
