import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 as zlibCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { EventLog, KindredError, type StoredEvent } from 'kindred'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { crc32, tableCrc32 } from '#lib/serve/events/crc32.js'
import { decodeEvents, encodeEvents } from '#lib/serve/events/event-codec.js'
import { runScript } from '../stress/run-script.js'

const root = mkdtempSync(join(tmpdir(), 'kindred-events-'))
afterAll(() => rmSync(root, { recursive: true }))
afterEach(() => vi.restoreAllMocks())

let folders = 0
const newFolder = () => join(root, String(folders++))
const segments = (dir: string) => readdirSync(dir).filter((name) => name.endsWith('.events'))

async function eventsOf(log: EventLog, from?: number): Promise<StoredEvent[]> {
  const events: StoredEvent[] = []
  for await (const event of log.replay(from)) events.push(event)
  return events
}

const idArbitrary = fc.oneof(
  fc.maxSafeInteger(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '42', '\ud800', 'a\udfff', '\0'),
)
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const eventArbitrary = fc
  .record({
    user: idArbitrary,
    item: idArbitrary,
    weight: optional(fc.float({ noNaN: true, noDefaultInfinity: true })),
    time: optional(fc.double({ noNaN: true, noDefaultInfinity: true })),
    type: optional(fc.string()),
  })
  .map((event) => Object.fromEntries(Object.entries(event).filter(([, value]) => value !== undefined)))

describe('the encoding of events', () => {
  it('gives them back exactly', () => {
    fc.assert(
      fc.property(fc.array(eventArbitrary), (events) => {
        const bytes = encodeEvents(events as never, 28)
        // -0 is an id 0, which the check before has made it.
        expect(decodeEvents(bytes.subarray(28), events.length, 'here')).toEqual(events)
      }),
    )
  })

  it('has the checksum of zlib', () => {
    expect(tableCrc32(Buffer.from('123456789'))).toBe(0xcbf43926)
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(crc32(bytes)).toBe(tableCrc32(bytes))
        if (zlibCrc32 !== undefined) expect(crc32(bytes)).toBe(zlibCrc32(bytes))
      }),
    )
  })

  it('refuses bytes that end early', () => {
    const bytes = encodeEvents([{ user: 'ann', item: 1, weight: 2 }], 0)
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeEvents(bytes.subarray(0, length), 1, 'here')).toThrow(/ends before/)
  })
})

describe('EventLog', () => {
  it('reads what there is where a crash left a file that was only begun', async () => {
    const dir = newFolder()
    const log = await EventLog.open(dir, { segmentBytes: 4096 })
    for (let n = 0; n < 40; n++) await log.append([{ user: 'u'.repeat(100), item: n }])
    await log.close()
    const name = `${String(40).padStart(16, '0')}.events`
    for (const left of [Buffer.alloc(0), Buffer.alloc(10, 1)]) {
      writeFileSync(join(dir, name), left)
      const again = await EventLog.open(dir, { segmentBytes: 4096 })
      const items: unknown[] = []
      for await (const { item } of again.replay()) items.push(item)
      expect(items).toEqual(Array.from({ length: 40 }, (_, n) => n))
      expect(again.next).toBe(40)
      await again.close()
    }
    const last = await EventLog.open(dir, { segmentBytes: 4096 })
    await last.append([{ user: 'v', item: 40 }])
    let count = 0
    for await (const _ of last.replay()) count++
    expect(count).toBe(41)
    await last.close()
  })

  it('keeps what is appended, in order, with numbers, over reopening and over files', async () => {
    const dir = newFolder()
    const open = () => EventLog.open(dir, { segmentBytes: 4096 })
    let log = await open()
    const given: object[] = []
    for (let round = 0; round < 4; round++) {
      await Promise.all(
        Array.from({ length: 50 }, (_, n) => {
          const some = Array.from({ length: n % 4 }, (_, i) => ({
            user: `u${round}-${n}`,
            item: n * 10 + i,
            weight: 0.5,
          }))
          given.push(...some)
          return log.append(some)
        }),
      )
      if (round % 2 === 0) {
        await log.close()
        log = await open()
      }
    }
    expect(log.next).toBe(given.length)
    expect(await eventsOf(log)).toEqual(given.map((event, sequence) => ({ ...event, sequence })))
    expect(await eventsOf(log, 77)).toEqual(given.slice(77).map((event, n) => ({ ...event, sequence: 77 + n })))
    expect(await eventsOf(log, given.length)).toEqual([])
    expect(segments(dir).length).toBeGreaterThan(1)
    expect(log.report).toEqual({ cutBytes: 0, cutFile: undefined, skippedBytes: 0, skippedEvents: 0 })
    await log.close()
  })

  it('takes dates as milliseconds, bigints as ids, and nothing for what is absent', async () => {
    const log = await EventLog.open(newFolder())
    await log.append([
      { user: 7n, item: 'x', time: new Date(5000) },
      { user: 2n ** 60n, item: -0, weight: null, time: '1970-01-01T00:00:09Z', type: 'view' },
    ])
    expect(await eventsOf(log)).toEqual([
      { user: 7, item: 'x', time: 5000, sequence: 0 },
      { user: String(2n ** 60n), item: 0, time: 9000, type: 'view', sequence: 1 },
    ])
    await log.close()
  })

  it('refuses what is no event, and keeps none of the list', async () => {
    const log = await EventLog.open(newFolder())
    const good = { user: 1, item: 2 }
    for (const bad of [
      null,
      5,
      {},
      { user: 1 },
      { user: 1.5, item: 1 },
      { ...good, weight: Number.NaN },
      { ...good, weight: 1e300 },
      { ...good, time: 'soon' },
      { ...good, time: Number.POSITIVE_INFINITY },
      { ...good, type: 5 },
      { ...good, wieght: 1 },
      { user: 'x'.repeat(70_000), item: 1 },
    ])
      await expect(log.append([good, bad as never])).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(log.append('no list' as never)).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(log.append(new Array(16_385).fill(good))).rejects.toMatchObject({ code: 'ERR_TOO_LARGE' })
    await log.append([])
    expect(log.next).toBe(0)
    await log.close()
    await expect(log.append([good])).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
  })

  it('flushes appends of the same time together', async () => {
    const log = await EventLog.open(newFolder())
    await log.append([{ user: 0, item: 0 }])
    const file = await open(join(log.dir, segments(log.dir)[0]!))
    const datasync = vi.spyOn(Object.getPrototypeOf(file), 'datasync')
    await file.close()
    await Promise.all(Array.from({ length: 100 }, (_, user) => log.append([{ user, item: 1 }])))
    expect(datasync.mock.calls.length).toBe(1)
    await log.close()
  })

  it('has one writer', async () => {
    const dir = newFolder()
    const log = await EventLog.open(dir)
    await expect(EventLog.open(dir)).rejects.toMatchObject({ code: 'ERR_IO', message: expect.stringMatching(/writer/) })
    await log.close()
    await log.close()
    await (await EventLog.open(dir)).close()
  })

  it('cuts off, at whatever byte a crash stopped, what was not acknowledged', async () => {
    const dir = newFolder()
    let log = await EventLog.open(dir)
    await log.append([{ user: 'ann', item: 1 }])
    const path = join(dir, segments(dir)[0]!)
    const whole = statSync(path).size
    await Promise.all([
      log.append([
        { user: 'bob', item: 2 },
        { user: 'cyd', item: 3 },
      ]),
      log.append([{ user: 4, item: 4 }]),
    ])
    await log.close()
    const bytes = readFileSync(path)
    for (let size = whole; size < bytes.length; size += 7) {
      writeFileSync(path, bytes.subarray(0, size))
      log = await EventLog.open(dir)
      const events = await eventsOf(log)
      expect([1, 3]).toContain(events.length)
      expect(log.report.cutBytes).toBe(size - statSync(path).size)
      expect(log.report.cutFile).toBe(log.report.cutBytes === 0 ? undefined : path)
      await log.append([{ user: 'dan', item: 5 }])
      expect((await eventsOf(log)).at(-1)).toEqual({ user: 'dan', item: 5, sequence: events.length })
      await log.close()
    }
    // A group of which the system wrote the end but not the beginning.
    const holed = Buffer.from(bytes)
    holed.fill(0, whole, whole + 40)
    writeFileSync(path, holed)
    log = await EventLog.open(dir)
    expect(log.next).toBe(1)
    expect(log.report.cutBytes).toBe(bytes.length - whole)
    await log.close()
  })

  it('removes a file that a crash left without a header', async () => {
    const dir = newFolder()
    let log = await EventLog.open(dir)
    await log.append([{ user: 1, item: 1 }])
    await log.close()
    writeFileSync(join(dir, '0000000000000001.events'), 'KIND')
    log = await EventLog.open(dir)
    expect(log.report.cutBytes).toBe(4)
    await log.append([{ user: 2, item: 2 }])
    expect(await eventsOf(log)).toHaveLength(2)
    await log.close()
    log = await EventLog.open(dir)
    expect(await eventsOf(log)).toHaveLength(2)
    await log.close()
  })

  it('names damage before acknowledged events, or skips and counts it', async () => {
    const dir = newFolder()
    let log = await EventLog.open(dir)
    for (let n = 0; n < 10; n++) await log.append([{ user: n, item: n }])
    await log.close()
    const path = join(dir, segments(dir)[0]!)
    const bytes = readFileSync(path)
    const length = (bytes.length - 24) / 10
    for (let record = 0; record < 9; record++) {
      const damaged = Buffer.from(bytes)
      const at = 24 + record * length
      damaged[at + 5 + ((record * 7) % (length - 5))]! ^= 4
      writeFileSync(path, damaged)
      await expect(EventLog.open(dir)).rejects.toMatchObject({
        code: 'ERR_DATA',
        message: expect.stringContaining(`${path}: damaged at byte ${at}`),
      })
      log = await EventLog.open(dir, { onDamage: 'skip' })
      expect((await eventsOf(log)).map(({ user }) => user)).toEqual(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].filter((n) => n !== record),
      )
      expect(log.report).toMatchObject({ skippedBytes: length, skippedEvents: 1 })
      await log.append([])
      expect(log.next).toBe(10)
      await log.close()
    }
  })

  it('finds damage in files before the last one when they are read', async () => {
    const dir = newFolder()
    let log = await EventLog.open(dir, { segmentBytes: 4096 })
    for (let n = 0; n < 40; n++) await log.append(Array.from({ length: 20 }, () => ({ user: n, item: n })))
    await log.close()
    const names = segments(dir)
    expect(names.length).toBeGreaterThan(3)
    const path = join(dir, names[1]!)
    truncateSync(path, statSync(path).size - 3)
    log = await EventLog.open(dir)
    await expect(eventsOf(log)).rejects.toMatchObject({ code: 'ERR_DATA', message: expect.stringContaining(path) })
    await log.close()
    log = await EventLog.open(dir, { onDamage: 'skip' })
    const users = (await eventsOf(log)).map(({ user }) => user)
    expect(users).toHaveLength(780)
    expect(log.report.skippedEvents).toBe(20)
    rmSync(path)
    const before = Number(names[2]!.slice(0, 16)) - Number(names[1]!.slice(0, 16))
    await log.close()
    log = await EventLog.open(dir)
    await expect(eventsOf(log)).rejects.toMatchObject({ code: 'ERR_DATA' })
    await log.close()
    log = await EventLog.open(dir, { onDamage: 'skip' })
    expect(await eventsOf(log)).toHaveLength(800 - before)
    await log.close()
  })

  it.each(['write', 'datasync'] as const)('stays as it was where %s fails, and goes on', async (method) => {
    const dir = newFolder()
    let log = await EventLog.open(dir)
    await log.append([{ user: 1, item: 1 }])
    const file = await open(join(dir, segments(dir)[0]!))
    const prototype = Object.getPrototypeOf(file)
    await file.close()
    const real = prototype[method]
    const full = Object.assign(new Error(`ENOSPC: no space left on device, ${method}`), { code: 'ENOSPC' })
    let failures = 1
    vi.spyOn(prototype, method).mockImplementation(async function (this: unknown, ...args: unknown[]) {
      if (failures-- > 0) {
        // Part of it reached the file.
        if (method === 'write') await real.call(this, args[0], args[1], 5, args[3])
        throw full
      }
      return real.apply(this, args)
    })
    const failed = await Promise.allSettled([log.append([{ user: 2, item: 2 }]), log.append([{ user: 3, item: 3 }])])
    for (const each of failed)
      expect(each).toMatchObject({
        status: 'rejected',
        reason: { code: 'ERR_IO', message: expect.stringMatching(/ENOSPC/) },
      })
    await log.append([{ user: 4, item: 4 }])
    const users = [1, 4]
    expect((await eventsOf(log)).map(({ user }) => user)).toEqual(users)
    // Nothing works for a while, the repair included.
    failures = 3
    await expect(log.append([{ user: 5, item: 5 }])).rejects.toBeInstanceOf(KindredError)
    failures = 0
    await log.append([{ user: 6, item: 6 }])
    expect((await eventsOf(log)).map(({ user }) => user)).toEqual([1, 4, 6])
    await log.close()
    log = await EventLog.open(dir)
    expect((await eventsOf(log)).map(({ user, sequence }) => [user, sequence])).toEqual([
      [1, 0],
      [4, 1],
      [6, 2],
    ])
    expect(log.report.cutBytes).toBe(0)
    await log.close()
  })

  it('refuses more than may wait', async () => {
    const log = await EventLog.open(newFolder(), { maxWaitingBytes: 1024 })
    const event = { user: 'x'.repeat(500), item: 1 }
    const all = await Promise.allSettled(Array.from({ length: 10 }, () => log.append([event])))
    const refused = all.filter(({ status }) => status === 'rejected')
    expect(refused.length).toBeGreaterThan(0)
    for (const each of refused) expect(each).toMatchObject({ reason: { code: 'ERR_OVERLOADED' } })
    expect(log.next).toBe(10 - refused.length)
    await log.append([event])
    await log.close()
  })

  it('forgets what a checkpoint covers, but no number', async () => {
    const dir = newFolder()
    let log = await EventLog.open(dir, { segmentBytes: 4096 })
    for (let n = 0; n < 40; n++) await log.append(Array.from({ length: 20 }, () => ({ user: n, item: n })))
    const before = segments(dir).length
    await log.checkpoint(500, { compact: false })
    expect(segments(dir)).toHaveLength(before)
    const reading = log.replay(0)[Symbol.asyncIterator]()
    await reading.next()
    await log.checkpoint(501)
    expect(log.first).toBe(0) // a replay reads there
    await reading.return?.()
    await log.checkpoint(502)
    expect(segments(dir).length).toBeLessThan(before)
    expect(log.first).toBeGreaterThan(0)
    expect(log.first).toBeLessThanOrEqual(502)
    expect(() => log.replay(0)).toThrow(/from/)
    await expect(log.checkpoint(400)).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await expect(log.checkpoint(801)).rejects.toMatchObject({ code: 'ERR_VALUE' })
    await log.close()
    log = await EventLog.open(dir)
    expect(log.checkpointed).toBe(502)
    expect(log.next).toBe(800)
    expect(await eventsOf(log, log.checkpointed)).toHaveLength(298)
    await log.close()
    appendFileSync(join(dir, 'checkpoint.json'), 'x')
    await expect(EventLog.open(dir)).rejects.toMatchObject({ code: 'ERR_DATA' })
    writeFileSync(join(dir, 'checkpoint.json'), '{"next": 900}')
    await expect(EventLog.open(dir)).rejects.toMatchObject({
      code: 'ERR_DATA',
      message: expect.stringMatching(/missing/),
    })
    log = await EventLog.open(dir, { onDamage: 'skip' })
    await log.append([{ user: 1, item: 1 }])
    expect((await eventsOf(log, 900))[0]).toMatchObject({ sequence: 900 })
    await log.close()
  })

  it('hears a signal', async () => {
    const log = await EventLog.open(newFolder())
    const controller = new AbortController()
    const appended = log.append([{ user: 1, item: 1 }], { signal: controller.signal })
    controller.abort()
    await expect(appended).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    await log.append([{ user: 2, item: 2 }])
    await log.close()
  })

  it('loses nothing that was acknowledged where its process is killed', async () => {
    const { code, output } = await runScript('event-log-crash', [20])
    expect(output).toMatch(/20 kills, \d+ acknowledged events, none lost/)
    expect(code).toBe(0)
  })
})
