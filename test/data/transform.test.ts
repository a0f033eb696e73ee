import fc from 'fast-check'
import { Interactions } from 'kindred'
import { describe, expect, it } from 'vitest'

const code = (expected: string, message = /./) =>
  expect.objectContaining({ code: expected, message: expect.stringMatching(message) })
const rows = fc.array(
  fc.record({
    user: fc.nat(4),
    item: fc.nat(12),
    weight: fc.oneof(
      fc.integer({ min: 0, max: 4 }),
      fc.integer({ min: 0, max: 400_000 }),
      fc.float({ min: 0, max: 9, noNaN: true }),
    ),
    time: fc.nat(9),
  }),
  { maxLength: 50 },
)

describe('transform', () => {
  it("gives ln(1 + weight / scale), 0 or 1, a function's value; and nothing else changes", () => {
    fc.assert(
      fc.property(rows, fc.double({ min: 0.01, max: 100, noNaN: true }), (input, scale) => {
        const log = Interactions.from(input)
        const before = JSON.stringify([...log])
        const expected = (change: (weight: number) => number) =>
          Array.from(log, (row) => ({ ...row, weight: Math.fround(change(row.weight)) }))
        expect([...log.transform({ weight: 'log' })]).toEqual(expected((weight) => Math.log(1 + weight)).map(near))
        expect([...log.transform({ weight: 'log', scale })]).toEqual(
          expected((weight) => Math.log(1 + weight / scale)).map(near),
        )
        expect([...log.transform({ weight: 'binary' })]).toEqual(expected((weight) => (weight > 0 ? 1 : 0)))
        expect([...log.transform({ weight: Math.sqrt })]).toEqual(expected(Math.sqrt))
        expect([...log.transform({ weight: (weight, { time }) => weight * 2 ** -time! })]).toEqual(
          Array.from(log, (row) => ({ ...row, weight: Math.fround(row.weight * 2 ** -row.time!) })),
        )
        expect(JSON.stringify([...log])).toBe(before)
        expect(log.report.transforms).toBeUndefined()
      }),
    )
  })
  const near = <T extends { weight: number }>(row: T) => ({ ...row, weight: expect.closeTo(row.weight, 5) })

  it("ranks a user's weights, equal ones by the mean of their places", () => {
    fc.assert(
      fc.property(rows, (input) => {
        const log = Interactions.from(input)
        for (const { user, item, weight } of log.transform({ weight: 'rank' })) {
          const own = [...log].filter((row) => row.user === user)
          const mine = own.find((row) => row.item === item)!.weight
          const below = own.filter((row) => row.weight < mine).length
          const equal = own.filter((row) => row.weight === mine).length
          expect(weight).toBe(Math.fround((below + (equal + 1) / 2) / own.length))
        }
      }),
    )
    const plays = [1, 350_000, 3, 3].map((weight, item) => ({ user: 'ann', item, weight }))
    const ranked = Interactions.from(plays).transform({ weight: 'rank' })
    expect(Array.from(ranked, ({ weight }) => weight)).toEqual([0.25, 1, 0.625, 0.625])
  })

  it('is told by the report, of the parts of a split too', () => {
    const log = Interactions.from(Array.from({ length: 20 }, (_, item) => ({ user: 1, item, weight: item })))
    const twice = log.transform({ weight: 'log', scale: 2 }).transform({ weight: (weight) => weight + 1 })
    const transforms = [{ weight: 'log', scale: 2 }, { weight: 'function' }]
    expect(twice.report).toEqual({ ...log.report, transforms })
    expect(twice.split({ by: 'random' }).train.report.transforms).toEqual(transforms)
    expect(twice.filter(({ item }) => item !== 3).report.transforms).toEqual(transforms)
    expect(log.split({ by: 'random' }).train.report.transforms).toBeUndefined()
  })

  it('refuses what is no weight, and says where', () => {
    const log = Interactions.from([
      { user: 'ann', item: 1, weight: 2 },
      { user: 'bob', item: 7, weight: -1 },
    ])
    expect(() => log.transform({ weight: 'log' })).toThrow(
      code('ERR_DATA', /-Infinity for -1 in row 1 \(user "bob", item 7\)/),
    )
    expect(() => log.transform({ weight: 'log', scale: 4 })).toThrow(code('ERR_DATA', /at least 0/))
    const results: unknown[] = [-1, Number.NaN, Infinity, 1e39, '1', undefined, Promise.resolve(1)]
    for (const result of results)
      expect(() => log.transform({ weight: () => result as number })).toThrow(code('ERR_VALUE', /row 0 \(user "ann"/))
    const mine = new Error('mine')
    const fails = () => {
      throw mine
    }
    expect(() => log.transform({ weight: fails })).toThrow(mine)
    expect([...log.transform({ weight: 'binary' })].map(({ weight }) => weight)).toEqual([1, 0])
    const refused: [unknown, RegExp][] = [
      [undefined, /options/],
      [{}, /weight/],
      [{ weight: 'sqrt' }, /'rank'/],
      [{ weight: 3 }, /function/],
      [{ weight: 'log', scale: 0 }, /above 0/],
      [{ weight: 'log', scale: Number.NaN }, /scale/],
      [{ weight: 'rank', scale: 2 }, /'log'/],
      [{ weight: 'log', base: 2 }, /"base"/],
    ]
    for (const [options, message] of refused)
      expect(() => log.transform(options as never)).toThrow(code('ERR_VALUE', message))
  })
})

it('weightSpread says what a plain implementation says', () => {
  fc.assert(
    fc.property(
      fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), {
        minLength: 1,
        maxLength: 500,
      }),
      (weights) => {
        const log = Interactions.from(weights.map((weight, item) => ({ user: 1, item, weight })))
        const sorted = weights.toSorted((a, b) => b - a)
        const absolute = sorted.map(Math.abs)
        const sum = (values: number[]) => values.reduce((a, b) => a + b, 0)
        const { topShare, mean, ...spread } = log.weightSpread()
        expect(spread).toEqual({
          min: sorted.at(-1)! + 0,
          max: sorted[0]! + 0,
          median: weights.toSorted((a, b) => a - b)[Math.floor(weights.length / 2)]! + 0,
          p99:
            sorted
              .toReversed()
              .find((weight) => weights.filter((other) => other <= weight).length >= 0.99 * weights.length)! + 0,
        })
        expect(mean).toBeCloseTo(sum(weights) / weights.length, 3)
        const share = sum(absolute) === 0 ? 0 : sum(absolute.slice(0, Math.ceil(weights.length / 100))) / sum(absolute)
        expect(topShare).toBeCloseTo(share, 6)
      },
    ),
  )
  const none = Interactions.from([]).weightSpread()
  expect(Object.values(none).every(Number.isNaN)).toBe(true)
})
