import fc from 'fast-check'
import { type Interaction, type InteractionInput, Interactions, type SplitOptions } from 'kindred'
import { describe, expect, it } from 'vitest'

const code = (expected: string, message = /./) =>
  expect.objectContaining({ code: expected, message: expect.stringMatching(message) })
const pair = ({ user, item }: { user: unknown; item: unknown }) => JSON.stringify([user, item])
const sorted = (rows: Iterable<Interaction>) => Array.from(rows, (row) => JSON.stringify(row)).sort()
const of = (rows: Iterable<Interaction>, key: 'user' | 'item', id: unknown) =>
  [...rows].filter((one) => one[key] === id)

const id = fc.oneof(fc.nat(5), fc.constantFrom('0', '1', 'ann', 'ünï', ''))
const rows = fc.array(fc.record({ user: id, item: id, time: fc.option(fc.nat(4)) }), { maxLength: 60 })
const part = fc.double({ min: 0, max: 1, noNaN: true })
const half = fc.double({ min: 0, max: 0.5, noNaN: true })
const least = fc.integer({ min: 1, max: 4 })
const seed = fc.nat()

const timed = (part: fc.Arbitrary<number>): fc.Arbitrary<SplitOptions> =>
  fc.oneof(
    fc.record({ by: fc.constant('leave-last-out' as const), minInteractions: least }),
    fc
      .record({ by: fc.constant('leave-k-out' as const), k: fc.integer({ min: 1, max: 3 }), extra: fc.nat(2) })
      .map(({ extra, ...options }) => ({ ...options, minInteractions: options.k + extra })),
    fc.record({ by: fc.constant('time-per-user' as const), fraction: part }),
    fc.record({ by: fc.constant('time' as const), fraction: part }),
    fc.record({ by: fc.constant('time' as const), at: fc.nat(5) }),
  )
const untimed = (part: fc.Arbitrary<number>): fc.Arbitrary<SplitOptions> =>
  fc.oneof(
    fc.record({
      by: fc.constant('leave-k-out' as const),
      choose: fc.constant('random' as const),
      k: fc.integer({ min: 1, max: 3 }),
      seed,
    }),
    fc.record({ by: fc.constant('random' as const), fraction: part, seed }),
    fc.record({
      by: fc.constantFrom('cold-items' as const, 'users' as const),
      fraction: part,
      seed,
      minInteractions: least,
    }),
  )
const splits = fc.oneof(timed(part), untimed(part))
/** Splits that leave room for a validation part of the same size. */
const roomy = fc.oneof(timed(half), untimed(half))

/** The same split with a validation part: of `share` in the unit of the split, or as large as the test part. */
function withValidation(options: SplitOptions, share: number | true) {
  if (options.by === 'time' && options.at !== undefined)
    return { ...options, validation: share === true ? 0 : share * (options.at as number) }
  const rowCount = options.by === 'leave-last-out' || options.by === 'leave-k-out'
  return { ...options, validation: share !== true && rowCount ? Math.round(4 * share) : share }
}

/** How many of a user's rows each rule takes for test, said plainly. */
function heldOut(options: SplitOptions, all: number, withTime: number): number | undefined {
  if (options.by === 'leave-last-out') return withTime >= options.minInteractions! ? 1 : 0
  if (options.by === 'leave-k-out') {
    const count = options.choose === 'random' ? all : withTime
    return count >= (options.minInteractions ?? options.k! + 1) ? options.k! : 0
  }
  if (options.by === 'time-per-user')
    return Math.max(0, Math.min(withTime - 1, Math.round(options.fraction! * withTime)))
  if (options.by === 'random') return Math.min(all - 1, Math.round(options.fraction! * all))
  return undefined
}

function makeLog(input: InteractionInput[], options: SplitOptions): Interactions {
  const log = Interactions.from(input)
  fc.pre(log.times !== null || ['random', 'users', 'cold-items'].includes(options.by) || 'choose' in options)
  return log
}

describe('split', () => {
  it('puts every row in one part, in order, the same with the same seed', () => {
    fc.assert(
      fc.property(rows, splits, (input, options) => {
        const whole = makeLog(input, options)
        const { train, test, ...others } = whole.split(options)
        expect(others).toEqual({})
        const inTest = new Set(Array.from(test, pair))
        expect([...train]).toEqual([...whole].filter((one) => !inTest.has(pair(one))))
        expect([...test]).toEqual([...whole].filter((one) => inTest.has(pair(one))))
        expect(train.size + test.size).toBe(whole.size)
        for (const half of [train, test]) {
          expect([...half.users]).toEqual([...new Set(Array.from(half, ({ user }) => user))])
          expect([...half.items]).toEqual([...new Set(Array.from(half, ({ item }) => item))])
          expect(half.report).toMatchObject({ read: half.size, kept: half.size })
        }
        expect([...whole.split(options).test]).toEqual([...test])
      }),
      { numRuns: 400 },
    )
  })

  it('takes as many as each rule says, and the last where it says the last', () => {
    fc.assert(
      fc.property(rows, splits, (input, options) => {
        const whole = makeLog(input, options)
        const { train, test } = whole.split(options)
        for (const user of whole.users) {
          const [kept, held, all] = [train, test, whole].map((log) => of(log, 'user', user))
          const withTime = all!.filter(({ time }) => time !== undefined)
          const expected = heldOut(options, all!.length, withTime.length)
          if (expected !== undefined) expect(held!.length).toBe(expected)
          if (options.by === 'random' || options.by === 'time-per-user') expect(kept!.length).toBeGreaterThanOrEqual(1)
          if (options.by === 'users') expect(kept!.length * held!.length).toBe(0)
          if (['random', 'users', 'cold-items', 'time'].includes(options.by) || 'choose' in options) continue
          for (const { time } of held!)
            for (const other of kept!) if (other.time !== undefined) expect(other.time).toBeLessThanOrEqual(time!)
        }
        if (options.by === 'time') {
          for (const { time } of test)
            for (const other of train) if (other.time !== undefined) expect(other.time).toBeLessThan(time!)
          const withTime = [...whole].filter(({ time }) => time !== undefined)
          const { at, fraction } = options
          if (at !== undefined) expect(test.size).toBe(withTime.filter(({ time }) => time! >= (at as number)).length)
          else expect(test.size).toBeGreaterThanOrEqual(Math.round(fraction! * withTime.length))
        }
        if (options.by === 'cold-items' || options.by === 'users') {
          const [key, ids] = options.by === 'users' ? (['user', 'users'] as const) : (['item', 'items'] as const)
          const eligible = [...whole[ids]].filter((one) => of(whole, key, one).length >= options.minInteractions!)
          for (const one of test[ids]) {
            expect(train[ids].has(one)).toBe(false)
            expect(eligible).toContain(one)
          }
          expect(test[ids].size).toBe(Math.round(options.fraction! * eligible.length))
        }
      }),
      { numRuns: 600 },
    )
  })

  it('gives the same parts whatever the order of the rows', () => {
    const shuffled = rows.chain((input) =>
      fc.tuple(fc.constant(input), fc.shuffledSubarray(input, { minLength: input.length })),
    )
    fc.assert(
      fc.property(shuffled, roomy, half, ([input, other], options, share) => {
        const [a, b] = [makeLog(input, options), Interactions.from(other)].map((log) =>
          log.split(withValidation(options, share)),
        )
        for (const name of ['train', 'validation', 'test'] as const) expect(sorted(b![name])).toEqual(sorted(a![name]))
      }),
      { numRuns: 600 },
    )
  })

  it('takes validation from train, by the same rule, and leaves test as it is', () => {
    fc.assert(
      fc.property(rows, roomy, fc.oneof(half, fc.constant(true as const)), (input, options, share) => {
        const whole = makeLog(input, options)
        const two = whole.split(options)
        const asked = withValidation(options, share)
        const { train, validation, test } = whole.split(asked)
        expect([...test]).toEqual([...two.test])
        expect(sorted([...train, ...validation])).toEqual(sorted(two.train))
        for (const user of whole.users) {
          const [kept, between] = [train, validation].map((log) => of(log, 'user', user))
          const all = of(whole, 'user', user)
          const withTime = all.filter(({ time }) => time !== undefined).length
          const held = heldOut(options, all.length, withTime)!
          if (options.by === 'leave-last-out' || options.by === 'leave-k-out') {
            const k = options.by === 'leave-k-out' ? options.k! : 1
            const wanted = asked.validation === true ? k : (asked.validation as number)
            const count = 'choose' in options ? all.length : withTime
            expect(between!.length).toBe(count >= (options.minInteractions ?? k + 1) + wanted ? wanted : 0)
          }
          if (options.by === 'random' || options.by === 'time-per-user') {
            const fraction = asked.validation === true ? options.fraction! : (asked.validation as number)
            const count = options.by === 'random' ? all.length : withTime
            expect(between!.length).toBe(Math.max(0, Math.min(count - 1 - held, Math.round(fraction * count))))
          }
          if (options.by === 'users') expect(kept!.length * between!.length).toBe(0)
          if (options.by === 'time' || ('choose' in options && options.choose === 'random')) continue
          if (['leave-last-out', 'leave-k-out', 'time-per-user'].includes(options.by))
            for (const { time } of between!)
              for (const other of kept!) if (other.time !== undefined) expect(other.time).toBeLessThanOrEqual(time!)
        }
        if (options.by === 'time')
          for (const { time } of validation) {
            for (const other of train) if (other.time !== undefined) expect(other.time).toBeLessThan(time!)
            for (const other of test) expect(other.time).toBeGreaterThan(time!)
          }
        if (options.by === 'cold-items')
          for (const item of validation.items) expect(train.items.has(item) || test.items.has(item)).toBe(false)
      }),
      { numRuns: 600 },
    )
  })

  const grid = (users: number, items: number) =>
    Interactions.from(
      Array.from({ length: users * items }, (_, i) => ({ user: i % users, item: Math.floor(i / users), time: 1 })),
    )

  it('draws otherwise with another seed', () => {
    const whole = grid(20, 20)
    for (const options of [
      { by: 'random' },
      { by: 'cold-items' },
      { by: 'users' },
      { by: 'leave-k-out', k: 3, choose: 'random' },
    ] as const) {
      const draw = (seed: number) => JSON.stringify([...whole.split({ ...options, seed }).test])
      expect(draw(1)).toBe(draw(1))
      expect(draw(1)).not.toBe(draw(2))
      expect(draw(1)).not.toBe(draw(1 + 2 ** 32))
    }
  })

  it.each([
    ['random', { by: 'random', fraction: 0.25 }],
    ['random', { by: 'leave-k-out', k: 10, choose: 'random' }],
    ['by ties of time', { by: 'leave-k-out', k: 10 }],
  ] as const)('takes each item equally often where the choice is %s', (_, options) => {
    const whole = grid(3000, 40)
    const { test } = whole.split(options)
    const counts = [...whole.items].map((item) => of(test, 'item', item).length)
    // 3000 draws of probability 1/4 each: a deviation of 23.7.
    expect(counts.reduce((sum, count) => sum + count)).toBe(30_000)
    for (const count of counts) expect(Math.abs(count - 750)).toBeLessThan(5 * 23.7)
    const chiSquare = counts.reduce((sum, count) => sum + (count - 750) ** 2 / (750 * 0.75), 0)
    expect(chiSquare).toBeGreaterThan(12)
    expect(chiSquare).toBeLessThan(85)
  })

  it('cuts at a date', () => {
    const whole = Interactions.from(
      ['2020-01-01', '2020-01-02', '2020-01-03'].map((day, item) => ({ user: 1, item, time: new Date(day) })),
    )
    const { train, test } = whole.split({ by: 'time', at: new Date('2020-01-02') })
    expect([[...train.items], [...test.items]]).toEqual([[0], [1, 2]])
    const three = whole.split({ by: 'time', at: new Date('2020-01-03'), validation: new Date('2020-01-02') })
    expect([three.train, three.validation, three.test].map(({ items }) => [...items])).toEqual([[0], [1], [2]])
  })

  it('refuses what it cannot do', () => {
    const untimed = Interactions.from([{ user: 1, item: 1 }])
    const log = grid(2, 2)
    for (const by of ['leave-last-out', 'leave-k-out', 'time', 'time-per-user'] as const)
      expect(() => untimed.split({ by })).toThrow(code('ERR_VALUE', /needs times/))
    const refused: [object | undefined, RegExp][] = [
      [{ by: 'user' }, /'cold-items'/],
      [{ by: 'random', at: 3 }, /"at"/],
      [{ by: 'random', fraction: Number.NaN }, /fraction/],
      [{ by: 'random', fraction: 1.1 }, /fraction/],
      [{ by: 'random', seed: -1 }, /seed/],
      [{ by: 'users', seed: 0.5 }, /seed/],
      [{ by: 'users', minInteractions: 0 }, /minInteractions/],
      [{ by: 'leave-last-out', k: 2 }, /"k"/],
      [{ by: 'leave-last-out', seed: 2 }, /"seed"/],
      [{ by: 'leave-k-out', k: 0 }, /k: /],
      [{ by: 'leave-k-out', choose: 'first' }, /choose/],
      [{ by: 'leave-k-out', k: 3, minInteractions: 2 }, /minInteractions/],
      [{ by: 'leave-k-out', seed: 1 }, /nothing to draw/],
      [{ by: 'leave-k-out', validation: 0.5 }, /validation/],
      [{ by: 'time-per-user', seed: 1 }, /"seed"/],
      [{ by: 'time', at: 3, fraction: 0.2 }, /one of them/],
      [{ by: 'time', at: new Date('never') }, /at: /],
      [{ by: 'time', at: 3, validation: 4 }, /validation/],
      [{ by: 'time', at: 3, validation: true }, /moment/],
      [{ by: 'time', validation: new Date() }, /fraction/],
      [{ by: 'random', fraction: 0.6, validation: 0.5 }, /more than the whole/],
      [{ by: 'random', fraction: 0.6, validation: true }, /more than the whole/],
      [{ by: 'random', validation: false }, /validation/],
      [undefined, /split/],
    ]
    for (const [options, message] of refused)
      expect(() => log.split(options as never), JSON.stringify(options)).toThrow(code('ERR_VALUE', message))
  })
})

describe('folds', () => {
  const options = fc.record({
    folds: fc.integer({ min: 2, max: 6 }),
    by: fc.constantFrom('random' as const, 'users' as const, 'cold-items' as const),
    seed,
  })

  it('deals every row once, evenly, whatever the order of the rows', () => {
    const shuffled = rows.chain((input) =>
      fc.tuple(fc.constant(input), fc.shuffledSubarray(input, { minLength: input.length })),
    )
    fc.assert(
      fc.property(shuffled, options, ([input, other], { folds, by, seed }) => {
        const whole = Interactions.from(input)
        const dealt = by === 'random' ? whole : by === 'users' ? whole.users : whole.items
        fc.pre(dealt.size >= folds)
        const parts = whole.folds({ folds, by, seed })
        expect(parts).toHaveLength(folds)
        expect(sorted(parts.flatMap(({ test }) => [...test]))).toEqual(sorted(whole))
        for (const { train, test } of parts) {
          expect(sorted([...train, ...test])).toEqual(sorted(whole))
          if (by === 'users') for (const user of test.users) expect(train.users.has(user)).toBe(false)
          if (by === 'cold-items') for (const item of test.items) expect(train.items.has(item)).toBe(false)
        }
        const spread = (counts: number[]) => Math.max(...counts) - Math.min(...counts)
        const size = (test: Interactions) =>
          by === 'random' ? test.size : by === 'users' ? test.users.size : test.items.size
        expect(spread(parts.map(({ test }) => size(test)))).toBeLessThanOrEqual(1)
        if (by === 'random')
          for (const user of whole.users)
            expect(spread(parts.map(({ test }) => of(test, 'user', user).length))).toBeLessThanOrEqual(1)
        const again = Interactions.from(other).folds({ folds, by, seed })
        for (const [n, { train, test }] of parts.entries()) {
          expect(sorted(again[n]!.test)).toEqual(sorted(test))
          expect(sorted(again[n]!.train)).toEqual(sorted(train))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('makes five of all rows by default, others with another seed', () => {
    const log = Interactions.from(Array.from({ length: 100 }, (_, i) => ({ user: i % 10, item: i })))
    expect(log.folds().map(({ test }) => test.size)).toEqual([20, 20, 20, 20, 20])
    expect(sorted(log.folds()[0]!.test)).not.toEqual(sorted(log.folds({ seed: 1 })[0]!.test))
  })

  it('refuses what it cannot do', () => {
    const log = Interactions.from([
      { user: 1, item: 1 },
      { user: 1, item: 2 },
    ])
    expect(() => log.folds({ folds: 3 })).toThrow(code('ERR_VALUE', /2 rows/))
    expect(() => log.folds({ folds: 2, by: 'users' })).toThrow(code('ERR_VALUE', /1 users/))
    expect(() => log.folds({ folds: 1 })).toThrow(code('ERR_VALUE', /folds/))
    expect(() => log.folds({ folds: 2, by: 'time' } as never)).toThrow(code('ERR_VALUE', /by/))
    expect(() => log.folds({ fold: 2 } as never)).toThrow(code('ERR_VALUE', /"fold"/))
    expect(() => log.folds({ folds: 2, seed: -1 })).toThrow(code('ERR_VALUE', /seed/))
    expect(() => log.folds(3 as never)).toThrow(code('ERR_VALUE'))
  })
})
