import { textImportance } from 'kindred'
import { describe, expect, it } from 'vitest'

const items = [
  { title: 'good', plot: 'long words', tags: ['a', 'b'] },
  { title: 'bad', plot: 'good words' },
  { title: 'good good', plot: null },
]
const count = (text: string) => text.split('good').length - 1

describe('of a model that gives numbers', () => {
  it('is what a field adds, for each item and on the mean', async () => {
    const found = await textImportance((texts) => texts.map(count), items, { text: '{title}. {plot} {tags}' })
    expect(found.items).toBe(3)
    expect([...found.predictions]).toEqual([1, 1, 2])
    expect(found.fields.map(({ field }) => field)).toEqual(['title', 'plot', 'tags'])
    const [title, plot, tags] = found.fields
    expect([...title!.effects]).toEqual([1, 0, 2])
    expect([title!.importance, title!.mean, title!.missing, title!.flips]).toEqual([1, 1, 0, 0])
    expect(title!.deviation).toBeCloseTo(Math.sqrt(2 / 3), 12)
    expect([...plot!.effects]).toEqual([0, 1, 0])
    expect([plot!.missing, tags!.missing]).toEqual([1, 2])
    expect([...tags!.effects]).toEqual([0, 0, 0])
  })

  it('asks for no text that is not needed, in batches, with the mask in place of the field', async () => {
    const asked: string[][] = []
    const done: number[] = []
    const predict = async (texts: string[]) => {
      asked.push(texts)
      return Float64Array.from(texts, count) as unknown as number[]
    }
    await textImportance(predict, items, {
      text: '{title}|{plot}',
      mask: '[MASK]',
      batchSize: 3,
      onProgress: ({ done: n, total }) => {
        expect(total).toBe(8)
        done.push(n)
      },
    })
    expect(asked).toEqual([
      ['good|long words', 'bad|good words', 'good good|'],
      ['[MASK]|long words', '[MASK]|good words', '[MASK]|'],
      ['good|[MASK]', 'bad|[MASK]'],
    ])
    expect(done).toEqual([3, 6, 8])
  })
})

describe('of a classifier', () => {
  const classify = (texts: string[]) =>
    texts.map((text) => {
      const p = count(text) > 0 ? 0.9 : 0.2
      return { label: p > 0.5 ? 'good' : 'bad', scores: Float32Array.of(1 - p, p) }
    })

  it('is the probability that the class loses, and how often another is predicted', async () => {
    const { fields, predictions } = await textImportance(classify, items, { text: '{title} {plot}' })
    expect(predictions[0]).toBeCloseTo(0.9, 6)
    const [title, plot] = fields
    expect(title!.field).toBe('title')
    expect(title!.effects[0]).toBeCloseTo(0.7, 6)
    expect(title!.effects[1]).toBe(0)
    expect(title!.flips).toBeCloseTo(2 / 3, 12)
    expect(plot!.flips).toBeCloseTo(1 / 3, 12)
  })

  it('scores may be arrays', async () => {
    const asArrays = (texts: string[]) => classify(texts).map(({ scores }) => scores)
    const [one, other] = await Promise.all(
      [classify, asArrays].map((predict) => textImportance(predict, items, { text: '{title} {plot}' })),
    )
    expect(one).toEqual(other)
  })
})

it('is aborted between batches, and passes on what predict throws', async () => {
  const controller = new AbortController()
  let calls = 0
  const predict = (texts: string[]) => {
    if (++calls === 2) controller.abort()
    return texts.map(count)
  }
  const call = textImportance(predict, items, { text: '{title} {plot}', batchSize: 1, signal: controller.signal })
  await expect(call).rejects.toMatchObject({ code: 'ERR_ABORTED' })
  expect(calls).toBe(2)
  const thrown = new Error('of the predictor')
  await expect(textImportance(() => Promise.reject(thrown), items, { text: '{title}' })).rejects.toBe(thrown)
})

const text = '{title}'
it.each<[string, () => Promise<unknown>, string, RegExp]>([
  ['a text without fields', () => textImportance(() => [], items, { text: 'x' }), 'ERR_VALUE', /names no field/],
  ['no items', () => textImportance(() => [], [], { text }), 'ERR_SHAPE', /at least one/],
  ['an item that is none', () => textImportance(() => [], [5] as never, { text }), 'ERR_VALUE', /item 0 is 5/],
  ['values without text', () => textImportance(() => [], [{ title: {} }], { text }), 'ERR_DATA', /item 0/],
  ['no function', () => textImportance('x' as never, items, { text }), 'ERR_VALUE', /predict/],
  ['no array', () => textImportance(() => 5 as never, items, { text }), 'ERR_VALUE', /array/],
  ['too few', () => textImportance(() => [1], items, { text }), 'ERR_SHAPE', /6 texts but got 1/],
  ['NaN', () => textImportance((t) => t.map(() => Number.NaN), items, { text }), 'ERR_VALUE', /for text 0/],
  [
    'other classes',
    () => textImportance((t) => t.map((_, i) => [1, 2].slice(i % 2)), items, { text }),
    'ERR_SHAPE',
    /text 1/,
  ],
])('refuses %s', async (_, call, code, message) => {
  await expect(call()).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
})
