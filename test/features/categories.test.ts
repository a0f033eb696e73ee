import { HashingEncoder, MultiLabelBinarizer, OneHotEncoder, OrdinalEncoder, Table, TargetEncoder } from 'kindred'
import { describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { runAtOnce } from '#lib/data/resumable.js'
import { murmur3 } from '#lib/features/categories/murmur3.js'
import { foldsOf, targetMeans } from '#lib/features/categories/target-statistics.js'
import { sorted, Vocabulary } from '#lib/features/categories/vocabulary.js'
import { code } from '../support/logs.js'
import { expectNear, golden } from './golden.js'

const { brands, unseen } = golden
const all = [...brands, ...unseen]
const again = <T>(value: T) => JSON.parse(JSON.stringify(value))

describe("equals scikit-learn's", () => {
  it('OneHotEncoder, whose categories stand by code points', () => {
    const encoder = new OneHotEncoder({ unseen: 'ignore' }).fit(brands)
    expect(encoder.categories).toEqual(golden.oneHot.categories)
    expect(encoder.categories).not.toEqual([...encoder.categories!].sort())
    expectNear(encoder.transform(all).data, golden.oneHot.transformed, 0)
    expect(OneHotEncoder.fromJSON(again(encoder)).transform(all)).toEqual(encoder.transform(all))
  })

  it('OrdinalEncoder', () => {
    const encoder = new OrdinalEncoder({ unseenValue: 99 }).fit(brands)
    expectNear(encoder.transform(all).data, golden.ordinal, 0)
    expectNear(new OrdinalEncoder().fitTransform(golden.sizes.values).data, golden.sizes.ordinal, 0)
    expect(OrdinalEncoder.fromJSON(again(encoder)).transform([null, 'pine'])).toEqual(encoder.transform([null, 'pine']))
  })

  it('FeatureHasher', () => {
    const { texts, hashed } = golden
    expectNear(new HashingEncoder({ buckets: 8 }).transform(texts).data, hashed.signed, 0)
    expectNear(new HashingEncoder({ buckets: 5, signed: false }).transform(texts).data, hashed.plain, 0)
    const pairs = new HashingEncoder({ buckets: 16, prefix: 'brand=' })
    expectNear(pairs.transform(texts).data, hashed.pairs, 0)
    expect(HashingEncoder.fromJSON(again(pairs)).transform(texts)).toEqual(pairs.transform(texts))
  })

  it.each(golden.targets)('TargetEncoder, smooth $smooth', ({ smooth, target, transformed, outOfFold }) => {
    const encoder = new TargetEncoder({ smooth }).fit(brands, target)
    expectNear(encoder.transform(all).data, transformed)
    expect(TargetEncoder.fromJSON(again(encoder)).transform(all)).toEqual(encoder.transform(all))
    const folds = new TargetEncoder({ smooth, folds: 3, shuffle: false })
    expectNear(folds.fitTransform(brands, target).data, outOfFold)
    expect(folds.transform(all)).toEqual(encoder.transform(all))
  })

  it('MultiLabelBinarizer', () => {
    const { fitted, classes, other, transformed } = golden.labels
    const binarizer = new MultiLabelBinarizer({ unseen: 'ignore' }).fit(fitted)
    expect(binarizer.classes).toEqual(classes)
    expectNear(binarizer.transform(other).data, transformed, 0)
    expect(MultiLabelBinarizer.fromJSON(again(binarizer)).transform(other)).toEqual(binarizer.transform(other))
  })
})

it.each([0, 1, 2047, 2048, 2049, 10_000])('%i values are sorted in steps, equal ones as they came', (count) => {
  const keys = Array.from({ length: count }, (_, i) => (i * 7919) % 1009)
  const order = (a: number, b: number) => keys[a]! - keys[b]!
  expect(runAtOnce(sorted([...keys.keys()], order))).toEqual([...keys.keys()].sort(order))
})

it('murmur3 hashes as its author says, bytes and not code units', () => {
  expect(murmur3('') >>> 0).toBe(0)
  expect(murmur3('', 1) >>> 0).toBe(0x514e28b7)
  expect(murmur3('hello', 0) >>> 0).toBe(0x248bfa47)
  expect(murmur3('hello, world', 0) >>> 0).toBe(0x149bbb7f)
  expect(murmur3('The quick brown fox jumps over the lazy dog', 0x9747b28c) >>> 0).toBe(0x2fa826cd)
})

describe('what was not seen', () => {
  it('has a bucket and is counted', () => {
    const encoder = new OneHotEncoder({ missing: 'bucket' }).fit(['a', 'b', null])
    expect([...encoder.transform(['b', 'c', undefined]).data]).toEqual([0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
    expect(encoder.report).toEqual({ rows: 3, missing: 1, unseen: 1 })
    expect(encoder.featureNames('x')).toEqual(['x=a', 'x=b', 'x=<unseen>', 'x=<missing>'])
    encoder.transform(['c'])
    expect(encoder.report).toEqual({ rows: 4, missing: 1, unseen: 2 })
    expect(encoder.fit(['c']).report).toEqual({ rows: 0, missing: 0, unseen: 0 })
  })

  it('is refused where that is wanted, naming it', () => {
    expect(() => new OneHotEncoder({ unseen: 'error' }).fit(['a']).transform(['a', 'zz'])).toThrow(/row 1 has "zz"/)
    expect(() => new OrdinalEncoder({ unseen: 'error' }).fit([1]).transform([2])).toThrow(code('ERR_VALUE'))
    expect(() => new MultiLabelBinarizer({ unseen: 'error' }).fit([['a']]).transform([['b']])).toThrow(
      code('ERR_VALUE'),
    )
  })

  it('are rare categories too', () => {
    const values = ['a', 'b', 'b', 'c', 'c', 'c', 'd', 'd']
    expect(new OneHotEncoder({ minCount: 2 }).fit(values).categories).toEqual(['b', 'c', 'd'])
    expect(new OneHotEncoder({ maxCategories: 2 }).fit(values).categories).toEqual(['b', 'c'])
    expect([...new OrdinalEncoder({ maxCategories: 1 }).fit(values).transform(['c', 'a']).data]).toEqual([0, 1])
  })

  it('is the mean of all targets, and so is what is missing', () => {
    const encoder = new TargetEncoder().fit(['a', 'b', null, 'a'], [1, 2, 6, 3])
    expect([...encoder.transform(['z', null]).data]).toEqual([3, 3])
    expect(encoder.targetMean).toBe(3)
  })

  it('gets a label of its own in lists', () => {
    const binarizer = new MultiLabelBinarizer().fit([['a', 'b'], null])
    expect([...binarizer.transform([['b', 'x', 'y'], undefined]).data]).toEqual([0, 1, 1, 0, 0, 0])
    expect(binarizer.report).toEqual({ rows: 2, missing: 1, unseen: 2 })
  })
})

describe('categories', () => {
  it('come from columns of tables too', () => {
    const table = Table.from({
      brand: ['x', null, 'y'],
      size: [2, 10, 2],
      sold: [true, false, null],
      tags: [['p'], [], ['q', 'p']],
    })
    const shown = (name: string) => {
      const encoder = new OneHotEncoder().fit(table.column(name))
      return [encoder.categories, [...encoder.transform(table.column(name)).data]]
    }
    expect(shown('brand')).toEqual([
      ['x', 'y'],
      [1, 0, 0, 0, 0, 0, 0, 1, 0],
    ])
    expect(shown('size')[0]).toEqual([2, 10])
    expect(shown('sold')[0]).toEqual([false, true])
    const tags = table.column('tags')
    expect(tags.type).toBe('list')
    expect([...new MultiLabelBinarizer().fitTransform(tags as never).data]).toEqual([1, 0, 0, 0, 0, 0, 1, 1, 0])
  })

  it('1, "1" and true are three', () => {
    expect(new OneHotEncoder().fit(['1', 1, true, -0, 0]).categories).toEqual([true, 0, 1, '1'])
  })

  it('without the first leave one out', () => {
    const encoder = new OneHotEncoder({ dropFirst: true, unseen: 'ignore' }).fit(['a', 'b', 'c'])
    expect([...encoder.transform(['a', 'c']).data]).toEqual([0, 0, 0, 1])
    expect(encoder.width).toBe(2)
  })

  it('that are none are refused, naming the row', () => {
    expect(() => new OneHotEncoder().fit(['a', {} as never])).toThrow(/row 1: expected a category/)
    expect(() => new OneHotEncoder().fit('abc' as never)).toThrow(code('ERR_VALUE'))
    expect(() => new MultiLabelBinarizer().fit(['abc'] as never)).toThrow(code('ERR_VALUE'))
    expect(() => new OneHotEncoder().transform(['a'])).toThrow(code('ERR_NOT_FITTED'))
    for (const Class of [OneHotEncoder, OrdinalEncoder, TargetEncoder, MultiLabelBinarizer])
      for (const state of [{}, { categories: ['a', 'a'] }, { categories: [{}] }])
        expect(() => Class.fromJSON({ type: Class.name, options: {}, state })).toThrow(code('ERR_VALUE'))
  })
})

describe('targets out of fold', () => {
  const values = Array.from({ length: 200 }, (_, i) => `c${i % 40}`)
  const target = Float64Array.from({ length: 200 }, (_, i) => Math.sin(i * 12.9898))
  it('depend on the seed alone', () => {
    const of = (seed: number) => new TargetEncoder({ seed }).fitTransform(values, target)
    expect(of(3)).toEqual(of(3))
    expect(of(3)).not.toEqual(of(4))
  })

  it('never hold the row itself', () => {
    const encoder = () => new TargetEncoder({ folds: 4, smooth: 1, seed: 5 })
    const before = encoder().fitTransform(values, target)
    const changed = target.slice()
    changed[17] = 1000
    expect(encoder().fitTransform(values, changed).data[17]).toBe(before.data[17])
    expect(encoder().fitTransform(values, changed)).not.toEqual(before)
  })

  it('are made in steps, between which an event loop can run', () => {
    const rows = 200_000
    const stepsOf = (work: Iterable<void>) => [...work].length
    expect(stepsOf(foldsOf(rows, 5, createRandom(1)))).toBeGreaterThan(30)
    const dictionary = Array.from({ length: rows }, (_, i) => i)
    const vocabulary = Vocabulary.of(dictionary, new Uint8Array(rows).fill(1), { minCount: 2, maxCategories: 9 })
    expect(stepsOf(vocabulary)).toBeGreaterThan(10)
    expect(stepsOf(targetMeans(new Int32Array(1), rows, [1], 1))).toBeGreaterThan(10)
    const folds = runAtOnce(foldsOf(10, 4, undefined))
    expect([...folds]).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 3, 3])
    const order = createRandom(7).shuffle(Int32Array.from(dictionary))
    const drawn = runAtOnce(foldsOf(rows, 4, createRandom(7)))
    for (let i = 0; i < rows; i += 999) expect(drawn[order[i]!]).toBe(Math.floor((4 * i) / rows))
  })

  it('need rows and numbers', () => {
    expect(() => new TargetEncoder().fitTransform(['a'], [1])).toThrow(code('ERR_DATA'))
    expect(() => new TargetEncoder().fit(['a'], [1, 2])).toThrow(code('ERR_SHAPE'))
    expect(() => new TargetEncoder().fit(['a', 'b'], [1, Number.NaN])).toThrow(/row 1 has NaN/)
    expect(() => new TargetEncoder().fit(['a'], undefined as never)).toThrow(code('ERR_VALUE'))
  })
})
