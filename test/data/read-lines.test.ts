import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { type Id, Interactions, KindredError, type ReadUserItemsOptions, readNegatives } from 'kindred'
import { describe, expect, it } from 'vitest'
import { code, fileOf } from '../support/table-files.js'

const readLines = (path: string, options: Omit<ReadUserItemsOptions, 'format'> = {}) =>
  Interactions.read(path, { format: 'user-items', ...options })
const pairs = (log: Interactions) => Array.from(log, ({ user, item }): [Id, Id] => [user, item])

const space = fc.constantFrom(' ', '\t', '  ', ' \t ')
const lineEnd = fc.constantFrom('\n', '\r\n')

describe("Interactions.read, format 'user-items'", () => {
  it('reads what was written, whatever the spaces and line ends, plain or compressed', async () => {
    const ids = fc.oneof(
      fc.constant(fc.nat(9).map(String)),
      fc.constant(fc.constantFrom('ann', 'ünï', '☕', '007', '12345678901234567890', '-3')),
    )
    const line = (id: fc.Arbitrary<string>) => fc.tuple(id, fc.uniqueArray(id, { minLength: 1, maxLength: 6 }))
    const file = ids.chain((id) => fc.uniqueArray(line(id), { minLength: 1, maxLength: 9, selector: ([user]) => user }))
    await fc.assert(
      fc.asyncProperty(file, space, lineEnd, fc.boolean(), fc.boolean(), async (lines, between, end, mark, packed) => {
        const text = `${mark ? '\ufeff' : ''}${lines.map(([user, items]) => [user, ...items].join(between)).join(end)}${mark ? end : ''}`
        const log = await readLines(packed ? fileOf('txt.gz', gzipSync(text)) : fileOf('txt', text))
        const integers = (texts: string[]) => texts.every((id) => /^(0|-?[1-9]\d*)$/.test(id))
        const typed = (id: string, all: boolean) => (all && Number.isSafeInteger(Number(id)) ? Number(id) : id)
        const userIntegers = integers(lines.map(([user]) => user))
        const itemIntegers = integers(lines.flatMap(([, items]) => items))
        expect(pairs(log)).toEqual(
          lines.flatMap(([user, items]) => items.map((item) => [typed(user, userIntegers), typed(item, itemIntegers)])),
        )
        expect([...log].every(({ weight, time }) => weight === 1 && time === undefined)).toBe(true)
        expect(log.report.read).toBe(log.size)
      }),
      { numRuns: 150 },
    )
  })

  it('counts users without items and items that come twice, and skips blank lines', async () => {
    const log = await readLines(fileOf('txt', '1 5 6 5\n\n2\n3 \n  \n4 7'))
    expect(pairs(log)).toEqual([
      [1, 6],
      [1, 5],
      [4, 7],
    ])
    expect(log.report).toMatchObject({ read: 6, kept: 3, dropped: { nullItem: 2, duplicates: 1 } })
    expect((await readLines(fileOf('txt', '1 5 6\n2 5'), { minItemInteractions: 2 })).size).toBe(2)
    await expect(readLines(fileOf('txt', '1 5 5'), { duplicates: 'error' })).rejects.toThrow(code('ERR_DUPLICATE'))
  })

  it('takes another delimiter, whose empty fields are counted', async () => {
    const log = await readLines(fileOf('txt', 'ann, the bell,x\n,y\nbob,,z'), { delimiter: ',' })
    expect(pairs(log)).toEqual([
      ['ann', 'the bell'],
      ['ann', 'x'],
      ['bob', 'z'],
    ])
    expect(log.report.dropped).toMatchObject({ nullUser: 1, nullItem: 1 })
  })

  it('takes lines that begin with a count or with an item: the user is the number of the line', async () => {
    const counted = await readLines(fileOf('dat', '2 10 11\n0\n1 12\n'), { firstField: 'count' })
    expect(pairs(counted)).toEqual([
      [0, 10],
      [0, 11],
      [2, 12],
    ])
    expect(counted.report.dropped.nullItem).toBe(1)
    expect(pairs(await readLines(fileOf('dat', '10 11\n\n12\n'), { firstField: 'item' }))).toEqual(pairs(counted))
    await expect(readLines(fileOf('dat', '1 10\n3 10 11\n'), { firstField: 'count' })).rejects.toThrow(
      code('ERR_DATA', /line 2 says "3" items but holds 2/),
    )
  })

  it('reads lines longer than what comes from the disk at once, with progress and abort', async () => {
    const items = Array.from({ length: 100_000 }, (_, item) => item)
    const path = fileOf('txt', `7 ${items.join(' ')}\n8 1 2\n`)
    const seen: number[] = []
    const log = await readLines(path, { onProgress: ({ done }) => seen.push(done) })
    expect(log.size).toBe(100_002)
    expect(seen.at(-1)).toBe(100_002)
    const aborted = AbortSignal.abort(new Error('enough'))
    await expect(readLines(path, { signal: aborted })).rejects.toThrow(code('ERR_ABORTED'))
    const controller = new AbortController()
    const late = readLines(path, { signal: controller.signal, onProgress: () => controller.abort() })
    await expect(late).rejects.toThrow(code('ERR_ABORTED'))
    const mine = new Error('mine')
    const fails = () => {
      throw mine
    }
    await expect(readLines(path, { onProgress: fails })).rejects.toThrow(mine)
  })

  it('refuses what it cannot read, and says where', async () => {
    const bad = Buffer.from('1 2\n3 4\n5 \xff6\n7 8\n', 'latin1')
    await expect(readLines(fileOf('txt', bad))).rejects.toThrow(code('ERR_DATA', /line 3 is no UTF-8/))
    await expect(readLines(fileOf('txt', '1 2\n3 \x004\n'))).rejects.toThrow(code('ERR_DATA', /line 2 holds a NUL/))
    await expect(readLines(fileOf('txt', Buffer.alloc(17 << 20, '1')))).rejects.toThrow(
      code('ERR_DATA', /line 1 is longer/),
    )
    await expect(readLines(fileOf('txt', ''))).rejects.toThrow(code('ERR_DATA', /empty/))
    await expect(readLines(fileOf('txt', ' \n\n'))).rejects.toThrow(code('ERR_DATA', /blank/))
    await expect(readLines('/nowhere.txt')).rejects.toThrow(code('ERR_IO', /no such file/))
    const packed = gzipSync('1 2 3\n'.repeat(9999))
    for (const cut of [packed.subarray(0, packed.length >> 1), packed.subarray(0, -4), Buffer.from('1 2 3\n')])
      await expect(readLines(fileOf('txt.gz', cut))).rejects.toThrow(code('ERR_DATA', /gzip/))
    const path = fileOf('txt', '1 2 3')
    const refused: [object, RegExp][] = [
      [{ user: 'user' }, /"user"/],
      [{ delimiter: '' }, /delimiter/],
      [{ firstField: 'users' }, /firstField/],
      [{ duplicates: 'first' }, /duplicates/],
      [{ format: 'lines' }, /'user-items'/],
    ]
    for (const [options, message] of refused)
      await expect(readLines(path, options)).rejects.toThrow(code('ERR_VALUE', message))
    await expect(Interactions.read(path, { user: 'a', item: 'b', firstField: 'user' } as never)).rejects.toThrow(
      code('ERR_VALUE', /"firstField"/),
    )
  })
})

describe('readNegatives', () => {
  it('reads what was written', async () => {
    const lines = fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(9), fc.array(fc.nat(99), { minLength: 1, maxLength: 8 })), {
      minLength: 1,
      maxLength: 12,
      selector: ([user, item]) => `${user},${item}`,
    })
    await fc.assert(
      fc.asyncProperty(lines, space, lineEnd, async (given, between, end) => {
        const text = given.map(([user, item, items]) => [`(${user},${item})`, ...items].join(between)).join(end)
        const { test, negatives } = await readNegatives(fileOf('test.negative', text))
        expect(pairs(test)).toEqual(given.map(([user, item]) => [user, item]))
        const expected = new Map<number, Set<number>>()
        for (const [user, , items] of given) expected.set(user, new Set([...(expected.get(user) ?? []), ...items]))
        expect([...negatives]).toEqual(Array.from(expected, ([user, items]) => [user, [...items]]))
      }),
      { numRuns: 150 },
    )
  })

  it('takes the held-out and the negative items as ids of one type', async () => {
    const { test, negatives } = await readNegatives(fileOf('neg', '(1, 20)\t30 x\n\n(2,x) 20\n'))
    expect(pairs(test)).toEqual([
      [1, '20'],
      [2, 'x'],
    ])
    expect([...negatives]).toEqual([
      [1, ['30', 'x']],
      [2, ['20']],
    ])
  })

  it.each([
    ['no pair', '(1,2) 3\n1 2 3\n', 'ERR_DATA', /line 2: expected .* but found "1 2 3"/],
    ['no item', '(1,) 3\n', 'ERR_DATA', /line 1/],
    ['three ids', '(1,2,3) 3\n', 'ERR_DATA', /line 1/],
    ['no negatives', '(1,2) 3\n(1,3) \n', 'ERR_DATA', /line 2/],
    ['a pair twice', '(1,2) 3\n\n(1,2) 4\n', 'ERR_DUPLICATE', /line 3.*\(1,2\)/],
    ['blank lines only', ' \n\n', 'ERR_DATA', /blank/],
  ])('refuses %s', async (_, text, expected, message) => {
    await expect(readNegatives(fileOf('neg', text))).rejects.toThrow(code(expected, message))
  })

  it('refuses other options, and can be aborted', async () => {
    const path = fileOf('neg', '(1,2) 3\n')
    await expect(readNegatives(path, { delimiter: ' ' } as never)).rejects.toThrow(code('ERR_VALUE', /"delimiter"/))
    await expect(readNegatives(path, { signal: AbortSignal.abort() })).rejects.toThrow(code('ERR_ABORTED'))
    await expect(readNegatives(undefined as never)).rejects.toThrow(code('ERR_VALUE', /path/))
  })
})

it('no bytes bring either reader down', async () => {
  const pieces = fc.oneof(
    fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom('(', ')', ',', '\n', '\r', '\t', ' ', '1', '(1,2) 3\n', '\ufeff', '\u2028')
      .map((text) => Buffer.from(text)),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(pieces, { maxLength: 20 }),
      fc.constantFrom('txt', 'txt.gz'),
      async (parts, extension) => {
        const path = fileOf(extension, Buffer.concat(parts))
        for (const read of [
          () => readLines(path),
          () => readLines(path, { delimiter: ',' }),
          () => readNegatives(path),
        ])
          await read().catch((error: unknown) => expect(error).toBeInstanceOf(KindredError))
      },
    ),
    { numRuns: 300 },
  )
})
