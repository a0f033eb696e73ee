// Which tokens are masked together, by the kind of tokenizer.
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { readObject } from '#lib/encode/folder-json.js'
import { loadTokenizer } from '#lib/text/base/token-sequences.js'
import { maskVocabulary, maskWords } from '#lib/text/mask-words.js'

const folder = (kind: string) => join(__dirname, '..', 'fixtures', 'tiny-architectures', kind)
const words = ['robots', 'and', 'ships,', 'murder', 'friends', 'dogs']

async function vocabularyOf(kind: string) {
  const [json, settings] = await Promise.all(
    ['tokenizer.json', 'tokenizer_config.json'].map((file) => readObject(join(folder(kind), file))),
  )
  return maskVocabulary(json!, settings!, kind)
}

describe.each(['roberta', 'xlm-roberta', 'albert'])('the words of %s', (kind) => {
  it('are masked whole, the first of a text too, about 15 % of them', async () => {
    const vocabulary = await vocabularyOf(kind)
    const tokenizer = await loadTokenizer(folder(kind))
    const random = createRandom(2)
    let [count, masked, first] = [0, 0, 0]
    for (let run = 0; run < 300; run++) {
      const text = Array.from({ length: 8 }, () => words[random.integer(words.length)]!)
      // What a word alone begins with, at the beginning of a text, and behind a space.
      const parts = await tokenizer.encode(text.map((word, n) => (n > 0 ? tokenizer.wordBegin : '') + word))
      const ids = Int32Array.from([...tokenizer.prefix, ...parts.flatMap((part) => [...part]), ...tokenizer.suffix])
      const [whole] = await tokenizer.encode([text.join(' ')])
      expect([...whole!]).toEqual(parts.flatMap((part) => [...part]))
      const places = new Set(maskWords(ids, vocabulary, random).places)
      let place = tokenizer.prefix.length
      for (const [n, { length }] of parts.entries()) {
        expect(length).toBeGreaterThan(0)
        const own = Array.from({ length }, (_, i) => places.has(place + i))
        expect(new Set(own).size).toBe(1)
        count++
        if (own[0]) masked++
        if (own[0] && n === 0) first++
        place += length
      }
      expect([...places].every((at) => at >= tokenizer.prefix.length && at < place)).toBe(true)
    }
    expect(Math.abs(masked / count - 0.15)).toBeLessThan(0.03)
    expect(Math.abs(first / 300 - 0.15)).toBeLessThan(0.08)
  })
})

describe('maskVocabulary', () => {
  const unigram = (tokens: readonly string[]) => ({
    model: { type: 'Unigram', vocab: tokens.map((token) => [token, 0]) },
  })

  it('takes each token of a script without spaces for a word', () => {
    const tokens = ['[MASK]', '\u2581the', 's', '中国', 'です', 'ไทย', '\u2581中']
    expect([...maskVocabulary(unigram(tokens), {}, 'x').continues]).toEqual([1, 0, 1, 0, 0, 0, 0])
  })

  it('takes the token that tokenizer_config.json names, as text or as an added token', () => {
    const json = unigram(['a', '<blank>', '<mask>'])
    expect(maskVocabulary(json, { mask_token: '<blank>' }, 'x').mask).toBe(1)
    expect(maskVocabulary(json, { mask_token: { content: '<blank>', lstrip: true } }, 'x').mask).toBe(1)
    expect(maskVocabulary(json, { mask_token: null }, 'x').mask).toBe(2)
    expect(maskVocabulary(json, {}, 'x').specials).toEqual(new Set([2]))
  })

  it('refuses a tokenizer of another kind, and one without a token for masks', () => {
    const refused = expect.objectContaining({ code: 'ERR_ENCODER' })
    expect(() => maskVocabulary({ model: { type: 'WordLevel', vocab: { '[MASK]': 0 } } }, {}, 'x')).toThrow(refused)
    expect(() => maskVocabulary({}, {}, 'x')).toThrow(refused)
    expect(() => maskVocabulary(unigram(['a']), {}, 'x')).toThrow(refused)
  })
})
