import { writeFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { Interactions } from 'kindred'
import { describe, expect, it } from 'vitest'
import { dateFromText } from '#lib/data/date-text.js'
import { numberFromText } from '#lib/data/number-text.js'
import { code, fileFromSql, fileOf, read } from '../support/table-files.js'

const quote = (text: string) => `"${text.replaceAll('"', '""')}"`
const sqlOf = (text: string) => `'${text.replaceAll("'", "''")}'`

/** Files of one text per row, item after item: CSV, JSONL, JSONL that is read line by line, Parquet. */
async function filesOf(texts: readonly string[]): Promise<string[]> {
  const json = texts.map((text, item) => JSON.stringify({ user: 1, item, v: text })).join('\n')
  const rows = texts.map((text, item) => `(1, ${item}, ${sqlOf(text)})`).join(', ')
  return [
    fileOf('csv', `user,item,v\n${texts.map((text, item) => `1,${item},${quote(text)}\n`).join('')}`),
    fileOf('jsonl', json),
    fileOf('jsonl', `\ufeff${json}`),
    await fileFromSql('parquet', `SELECT * FROM (VALUES ${rows}) t("user", item, v)`),
  ]
}

const timesOf = async (path: string) => Array.from(await read(path, { time: 'v' }), ({ item, time }) => [item, time])
const numberOrWord = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'0123456789.,eE+-_ xinfa'), minLength: 1, maxLength: 8 }),
  fc.double().map(String),
  fc.constantFrom('1_000', '+-3', '0x10', '1,000', '1e400', 'inf', '-Infinity', 'NaN', ' 5 ', '5.', '.5', '+5', '1e3'),
)

describe('numbers in text', () => {
  it('are the same from every format, as numberFromText has them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(numberOrWord, { minLength: 100, maxLength: 400 }), async (texts) => {
        const expected = texts.flatMap((text, item) => {
          const value = numberFromText(text, '.')
          return value !== undefined && Number.isFinite(Math.fround(value)) ? [[item, Math.fround(value)]] : []
        })
        const blank = texts.filter((text) => text.trim() === '').length
        for (const path of await filesOf(texts)) {
          const log = await read(path, { weight: 'v' })
          expect(Array.from(log, ({ item, weight }) => [item, weight])).toEqual(expected)
          expect(log.report.dropped).toMatchObject({
            nullWeight: blank,
            nonFiniteWeight: texts.length - blank - expected.length,
          })
        }
      }),
      { numRuns: 5, endOnFailure: true },
    )
  })

  it('have a comma before their decimals only under decimal: ","', async () => {
    const texts = ['3,5', '1.000,5', '1.5', '-,5', '7', '1,000,000', '2,5e3']
    for (const path of await filesOf(texts)) {
      const comma = await read(path, { weight: 'v', decimal: ',' })
      expect(Array.from(comma, ({ item, weight }) => [item, weight])).toEqual([
        [0, 3.5],
        [3, -0.5],
        [4, 7],
        [6, 2500],
      ])
      expect(comma.report.dropped.nonFiniteWeight).toBe(3)
      expect(Array.from(await read(path, { weight: 'v' }), ({ item }) => item)).toEqual([2, 4])
    }
    const json = fileOf('jsonl', '{"user":1,"item":0,"v":3.5}\n{"user":1,"item":1,"v":"3,5"}\n')
    expect([...(await read(json, { weight: 'v', decimal: ',' }))].map(({ weight }) => weight)).toEqual([3.5, 3.5])
    await expect(read(json, { weight: 'v', decimal: ';' as never })).rejects.toThrow(code('ERR_VALUE', /decimal/))
  })
})

describe('booleans', () => {
  it('weigh 1 and 0', async () => {
    const paths = [
      fileOf('csv', 'user,item,v\n1,0,true\n1,1,False\n1,2,TRUE\n1,3,yes\n'),
      fileOf('jsonl', [true, false, 'true', 'yes'].map((v, item) => JSON.stringify({ user: 1, item, v })).join('\n')),
      await fileFromSql(
        'parquet',
        "SELECT 1 AS user, unnest([0, 1, 2, 3]) AS item, unnest(['true', 'false', 'True', 'yes']) AS v",
      ),
    ]
    for (const path of paths) {
      const log = await read(path, { weight: 'v' })
      expect(Array.from(log, ({ weight }) => weight)).toEqual([1, 0, 1])
      expect(log.report.dropped.nonFiniteWeight).toBe(1)
    }
    const typed = await fileFromSql(
      'parquet',
      'SELECT 1 AS user, unnest([0, 1, 2]) AS item, unnest([true, false, NULL]) AS v',
    )
    const log = await read(typed, { weight: 'v' })
    expect([...log].map(({ weight }) => weight)).toEqual([1, 0])
    expect(log.report.dropped.nullWeight).toBe(1)
    await expect(read(typed, { time: 'v' })).rejects.toThrow(code('ERR_COLUMN', /"v" has type BOOLEAN/))
    const given = Interactions.from([true, false].map((weight, item) => ({ user: 1, item, weight })))
    expect([...given].map(({ weight }) => weight)).toEqual([1, 0])
  })
})

const two = (value: number) => String(value).padStart(2, '0')
const ZONES = [0, 60, -330, 345, -720]

/** Ways to write a date, in the zone `minutes` east of UTC; some to a second alone. */
function written(date: Date, minutes: number): { exact: string[]; seconds: string[] } {
  const local = new Date(date.getTime() + 60_000 * minutes).toISOString()
  const [day, time] = [local.slice(0, 10), local.slice(11, 23)]
  const sign = minutes < 0 ? '-' : '+'
  const [hours, rest] = [two(Math.floor(Math.abs(minutes) / 60)), two(Math.abs(minutes) % 60)]
  const colon = `${sign}${hours}:${rest}`
  const plain = `${sign}${hours}${rest}`
  const month = new Date(`${day}T00:00Z`).toLocaleString('en', { month: 'short', timeZone: 'UTC' })
  const rfc = `${day.slice(8)} ${month} ${day.slice(0, 4)} ${time.slice(0, 8)} ${plain}`
  return {
    exact: [
      date.toISOString(),
      `${day}T${time}${colon}`,
      `${day} ${time}${plain}`,
      `${day}T${time.replace('.', ',')}${colon}`,
      ` ${day} ${time}000999 ${colon} `,
      date.toISOString().replace('Z', ''),
      date.toISOString().replaceAll(/[-:]/g, ''),
      date.toISOString().replace('Z', ' UTC'),
      ...(rest === '00' ? [`${day}T${time}${sign}${hours}`] : []),
    ],
    seconds: [rfc, `Tue, ${rfc} (local)`, `${day}T${time.slice(0, 8)}${colon}`],
  }
}

describe('times', () => {
  const date = fc.date({ min: new Date('1901-01-01'), max: new Date('2199-12-31'), noInvalidDate: true })

  it('are the same from every format, from Dates and from text, however they are written', async () => {
    const dates = fc.array(fc.tuple(date, fc.constantFrom(...ZONES), fc.nat()), { minLength: 50, maxLength: 200 })
    await fc.assert(
      fc.asyncProperty(dates, async (given) => {
        const chosen = given.map(([at, zone, choice]) => {
          const { exact, seconds } = written(at, zone)
          const text = [...exact, ...seconds][choice % (exact.length + seconds.length)]!
          return { text, time: seconds.includes(text) ? 1000 * Math.floor(at.getTime() / 1000) : at.getTime() }
        })
        const expected = chosen.map(({ time }, item) => [item, time])
        const texts = chosen.map(({ text }) => text)
        for (const path of await filesOf(texts)) expect(await timesOf(path), path).toEqual(expected)
        const rows = chosen.map(({ text, time }, item) => ({ text, number: time, date: new Date(time), item }))
        const fromText = Interactions.from(rows.map(({ text, item }) => ({ user: 1, item, time: text })))
        const fromDates = Interactions.from(rows.map(({ date: at, item }) => ({ user: 1, item, time: at })))
        for (const log of [fromText, fromDates])
          expect(Array.from(log, ({ item, time }) => [item, time])).toEqual(expected)
        const typed = await fileFromSql(
          'parquet',
          `SELECT 1 AS user, * FROM (VALUES ${chosen.map(({ time }, item) => `(${item}, make_timestamp(${time}::BIGINT * 1000))`)}) t(item, v)`,
        )
        expect(await timesOf(typed)).toEqual(expected)
      }),
      { numRuns: 5, endOnFailure: true },
    )
  })

  it.each([
    ['2024-03-05T14:30Z', '2024-03-05T14:30:00Z'],
    ['20240305T143015Z', '2024-03-05T14:30:15Z'],
    ['20240305T1430', '2024-03-05T14:30:00Z'],
    ['Tue, 05 Mar 2024 14:30:15 +0000', '2024-03-05T14:30:15Z'],
    ['5 Mar 2024 14:30 EST', '2024-03-05T19:30:00Z'],
    ['Tue, 05 Mar 2024 14:30:15 GMT', '2024-03-05T14:30:15Z'],
    ['2024-03-05T14:30:15+01', '2024-03-05T13:30:15Z'],
    ['2024-03-05T14:30:15-0130', '2024-03-05T16:00:15Z'],
    ['2024-03-05 14:30:15', '2024-03-05T14:30:15Z'],
    ['2024-03-05', '2024-03-05T00:00:00Z'],
    ['2024/3/5', '2024-03-05T00:00:00Z'],
    ['2024-03-05T24:00:00Z', '2024-03-06T00:00:00Z'],
    ['+012024-03-05T00:00:00.000Z', '+012024-03-05T00:00:00.000Z'],
    ['0000-01-01', '0000-01-01T00:00:00Z'],
    ['0099-02-28', '0099-02-28T00:00:00Z'],
  ])('takes %s', async (text, same) => {
    expect(dateFromText(text)).toBe(Date.parse(same))
    for (const path of await filesOf([text])) expect(await timesOf(path)).toEqual([[0, Date.parse(same)]])
  })

  it('keeps microseconds of up to 9 digits, before 1970 too', async () => {
    const texts = ['2024-03-05T14:30:15.123456789Z', '1969-12-31T23:59:59.9995', '1960-01-01 00:00:00,000001999']
    const expected = [Date.UTC(2024, 2, 5, 14, 30, 15) + 123.456, -0.5, Date.UTC(1960, 0) + 0.001]
    for (const path of await filesOf(texts)) expect(await timesOf(path)).toEqual([...expected.entries()])
    expect(texts.map(dateFromText)).toEqual(expected)
  })

  it('that cannot be read are counted', async () => {
    const unreadable = [
      ...['soon', '05.03.2024', '03/05/2024', '24-03-05', '2024-02-30', '2024-13-01', '2024-03-05T24:00:01Z'],
      ...['2024-03-05T14:30:60Z', '2024-03-05T14:30+24:00', '2024-03-05T14:30+01:60', '2024-03', 'epoch', 'infinity'],
      ...['1_000', '0x10', '1,000', '2024-03-05 14:30:15 Europe/Berlin', 'true', '05 Mrz 2024 14:30:15 +0000', 'inf'],
    ]
    for (const path of await filesOf([...unreadable, '', ' ', 'nan', '2024-03-05'])) {
      const { report, times } = await read(path, { time: 'v' })
      expect([report.unreadableTimes, report.rowsWithoutTime], path).toEqual([unreadable.length, unreadable.length + 3])
      expect(times!.at(-1)).toBe(Date.UTC(2024, 2, 5))
    }
    const json = '{"user":1,"item":1,"v":true}\n{"user":1,"item":2,"v":{"at":1}}\n{"user":1,"item":3,"v":NaN}\n'
    expect((await read(fileOf('jsonl', json), { time: 'v' })).report.unreadableTimes).toBe(2)
    const typed = "SELECT 1 AS user, unnest([1, 2, 3]) AS item, unnest([7, 'inf'::DOUBLE, 'nan'::DOUBLE]) AS v"
    expect((await read(await fileFromSql('parquet', typed), { time: 'v' })).report.unreadableTimes).toBe(1)
    const given = Interactions.from([{ user: 1, item: 1, time: new Date('never') }])
    expect(given.report).toMatchObject({ unreadableTimes: 1, rowsWithoutTime: 1 })
    expect((await read(fileOf('jsonl', json))).report.unreadableTimes).toBeUndefined()
  })

  it('of two units are refused', async () => {
    const [seconds, milliseconds, iso] = ['1709649015', '1709649015000', '2024-03-05']
    const refused: [string[], RegExp][] = [
      [[seconds, iso], /seconds \(1709649015 in row 1\) with dates \(row 2\)/],
      [[iso, seconds], /"v": mixes seconds \(1709649015 in row 2\) with dates/],
      [[iso, '20240305'], /yyyymmdd/],
      [[iso, `${milliseconds}000`], /microseconds/],
      [['7', seconds, milliseconds], /seconds .* with milliseconds \(1709649015000 in row 3\)/],
      [[milliseconds, `${milliseconds}000000`], /nanoseconds/],
      [[seconds, `${milliseconds}000`], /seconds .* with microseconds/],
    ]
    for (const [texts, message] of refused)
      for (const path of await filesOf(texts))
        await expect(read(path, { time: 'v' }), texts.join()).rejects.toThrow(code('ERR_DATA', message))
    const taken = [
      [milliseconds, iso, '0'],
      ['1', '50000000000', seconds, milliseconds],
      [seconds, '1', '0'],
      ['3', iso],
    ]
    for (const texts of taken)
      for (const path of await filesOf(texts))
        expect((await read(path, { time: 'v' })).report.rowsWithoutTime, texts.join()).toBe(0)
    const rows = (...times: (number | Date | string)[]) => times.map((time, item) => ({ user: 1, item, time }))
    expect(() => Interactions.from(rows(Number(seconds), new Date()))).toThrow(code('ERR_DATA', /row 0.*row 1/))
    expect(() => Interactions.from(rows(iso, Number(seconds)))).toThrow(code('ERR_DATA', /seconds/))
    expect(Interactions.from(rows(Number(milliseconds), new Date(), iso)).size).toBe(3)
  })
})

describe('several files', () => {
  const of = (extension: string, ...texts: string[]) =>
    texts.map((text, n) =>
      extension === 'csv'
        ? fileOf('csv', `user,item,v\n1,${n},${text}\n`)
        : fileOf('jsonl', `{"user":1,"item":${n},"v":${JSON.stringify(text)}}\n`),
    )

  it('are one log: their times are of one unit, what cannot be read is counted over all', async () => {
    for (const extension of ['csv', 'jsonl']) {
      const mixed = of(extension, '2024-03-05', '1709649015')
      await expect(Interactions.read(mixed, { user: 'user', item: 'item', time: 'v' })).rejects.toThrow(
        code(
          'ERR_DATA',
          /0?\.(csv|jsonl): column "v": mixes seconds \(1709649015 in row 1 of .*\) with dates \(row 1\)/,
        ),
      )
      const log = await Interactions.read(of(extension, 'soon', '7', 'never'), {
        user: 'user',
        item: 'item',
        time: 'v',
      })
      expect(log.report).toMatchObject({ unreadableTimes: 2, rowsWithoutTime: 2 })
    }
  })

  it('of JSONL are all read line by line if one must be, and the error names the file', async () => {
    const [plain, odd, broken] = [
      fileOf('jsonl', '{"user":1,"item":1}\n'),
      fileOf('jsonl', '\ufeff{"user":"\\ud800","item":1}\n'),
      fileOf('jsonl', '{"user":1,"item":1}\n{"user":1,}{\n'),
    ]
    expect([...(await Interactions.read([plain!, odd!], { user: 'user', item: 'item' })).users]).toEqual([1, '\ud800'])
    await expect(Interactions.read([odd!, broken!], { user: 'user', item: 'item' })).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_DATA', message: expect.stringContaining(`${broken}: line 2: `) }),
    )
  })

  it('of JSONL have fields whose names differ in case alone', async () => {
    const path = fileOf('jsonl', '{"user":1,"User":2,"user":3}\n')
    expect([...(await Interactions.read(path, { user: 'user', item: 'User' }))]).toMatchObject([{ user: 3, item: 2 }])
  })
})

describe('a worker thread', () => {
  it('reads what the main thread reads', async () => {
    const texts = ['2024-03-05', 'Tue, 05 Mar 2024 14:30:15 +0000', 'soon', '1709649015000', '']
    const script = fileOf('cjs', '')
    writeFileSync(
      script,
      `const { parentPort, workerData } = require('node:worker_threads')
       const { Interactions } = require(${JSON.stringify(require.resolve('kindred'))})
       const all = workerData.map(async (path) => {
         const log = await Interactions.read(path, { user: 'user', item: 'item', time: 'v' })
         return { rows: [...log], report: log.report }
       })
       Promise.all(all).then((logs) => parentPort.postMessage(logs))`,
    )
    const paths = await filesOf(texts)
    const worker = new Worker(script, { workerData: paths })
    const logs = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    const expected = paths.map(async (path) => {
      const log = await read(path, { time: 'v' })
      return { rows: [...log], report: log.report }
    })
    expect(logs).toEqual(await Promise.all(expected))
    await worker.terminate()
  })
})
