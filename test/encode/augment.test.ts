import { Matrix } from 'kindred'
import { describe, expect, it } from 'vitest'
import { augmentTexts } from '#lib/encode/distill/augment-texts.js'
import { quantizeRows } from '#lib/encode/static/quantize-rows.js'

const vocabulary = [
  '[PAD]',
  '##s',
  '.',
  ...Array.from({ length: 60 }, (_, i) => `w${'abcdefghij'[i % 10]}${'abcdef'[Math.floor(i / 10)]}`),
]
/** Words lie on a circle in their order, so that neighbours in it are near. */
const vectors = new Matrix(vocabulary.length, 2)
for (let i = 0; i < vocabulary.length; i++) vectors.row(i).set([Math.cos(i / 10), Math.sin(i / 10)])

const texts = [Int32Array.of(10, 1, 2), Int32Array.from({ length: 30 }, (_, i) => 3 + i)]
const make = (seed: number, copies = 50) =>
  augmentTexts(texts, vocabulary, vectors, { copies, continuingPrefix: '##', seed })

describe('augmentTexts', () => {
  it('makes the copies asked for, the same for the same seed', async () => {
    const made = await make(3)
    expect(made).toHaveLength(100)
    expect(await make(3)).toEqual(made)
    expect(await make(4)).not.toEqual(made)
    expect(await make(3, 0)).toEqual([])
  })

  it('replaces whole words by whole words, few in a text, and keeps everything else', async () => {
    const made = await make(3)
    for (const text of made.slice(0, 50)) expect(text).toEqual(texts[0]) // its one word goes on with ##s
    for (const text of made.slice(50)) {
      expect(text.length).toBeGreaterThanOrEqual(4)
      const strangers = [...text.keys()].filter((i) => text[i] !== text[0]! + i)
      expect(strangers.every((i) => text[i]! >= 3)).toBe(true)
    }
    expect(
      made.slice(50).filter((text) => text.length === 30 && text.some((id, i) => id !== 3 + i)).length,
    ).toBeGreaterThan(20)
    expect(made.slice(50).some((text) => text.length < 30)).toBe(true)
    expect(texts[1]).toEqual(Int32Array.from({ length: 30 }, (_, i) => 3 + i))
  })
})

describe('quantizeRows', () => {
  it('is within half a step of every row, and carries the weights in the scales', async () => {
    const rows = new Matrix(3, 4, Float32Array.of(1, -2, 0.5, 0, 0, 0, 0, 0, 1e-8, 3e-8, -1e-8, 2e-8))
    const { values, scales } = await quantizeRows(rows, Float32Array.of(1, 1, 4))
    expect(Array.from(scales)).toEqual([2 / 127, 0, (3e-8 / 127) * 4].map(Math.fround))
    expect(Math.max(...values.map(Math.abs))).toBe(127)
    for (const [i, weight] of [1, 1, 1, 1, 1, 1, 1, 1, 4, 4, 4, 4].entries()) {
      const scale = scales[Math.floor(i / 4)]!
      expect(Math.abs(rows.data[i]! * weight - scale * values[i]!)).toBeLessThanOrEqual(scale * 0.501)
    }
  })

  it('refuses what is not finite', async () => {
    await expect(quantizeRows(new Matrix(1, 1, Float32Array.of(Number.NaN)), Float32Array.of(1))).rejects.toMatchObject(
      { code: 'ERR_VALUE', message: expect.stringContaining('row 0') },
    )
  })
})
