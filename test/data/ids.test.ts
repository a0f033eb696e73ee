import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IdMap, isCanonicalInteger, parseIdLike, toId } from '#lib/data/id-map.js'
import { createRandom } from '#lib/data/random.js'
import { readSafetensors, writeSafetensors } from '#lib/data/storage/safetensors.js'
import { idsToTensors, SavedTensors } from '#lib/data/storage/saved-tensors.js'

const anyId = fc.oneof(fc.maxSafeInteger(), fc.string({ unit: 'binary' }))

describe('toId', () => {
  it.each([
    ['a', 'a'],
    ['', ''],
    ['007', '007'],
    [-0, 0],
    [42n, 42],
    [2 ** 53 - 1, 2 ** 53 - 1],
    [2n ** 53n, '9007199254740992'],
    [-(2n ** 64n), '-18446744073709551616'],
  ])('takes %o as %o', (value, id) => expect(toId(value, () => 'id')).toBe(id))

  it.each([1.5, NaN, Infinity, 2 ** 53, true, null, undefined, {}, [], new Date(), Symbol.iterator])(
    'refuses %o',
    (value) => expect(() => toId(value, () => 'user')).toThrow(expect.objectContaining({ code: 'ERR_VALUE' })),
  )
})

describe('IdMap', () => {
  it('maps ids to indices in order of appearance, and back', () => {
    fc.assert(
      fc.property(fc.array(anyId), (ids) => {
        const map = new IdMap()
        for (const id of ids) map.add(toId(id, () => 'id'))
        const distinct = [...new Set(ids)]
        expect([...map]).toEqual(distinct)
        expect(map.size).toBe(distinct.length)
        expect(map.integers).toBe(distinct.filter((id) => typeof id === 'number').length)
        for (const [i, id] of distinct.entries()) {
          expect(map.indexOf(id)).toBe(i)
          expect(map.idAt(i)).toBe(id)
        }
      }),
    )
  })

  it('tells 42 from "42", and knows what it does not know', () => {
    const map = IdMap.from([42, '42'])
    expect([map.indexOf(42), map.indexOf('42'), map.indexOf(43), map.has('43')]).toEqual([0, 1, -1, false])
    expect(() => map.idAt(2)).toThrow(expect.objectContaining({ code: 'ERR_VALUE' }))
    expect(() => IdMap.from(['a', 'a'])).toThrow(expect.objectContaining({ code: 'ERR_DUPLICATE' }))
  })

  it('survives safetensors, whatever the ids', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'kindred-'))
    let files = 0
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.uniqueArray(anyId), fc.uniqueArray(fc.maxSafeInteger()), fc.constant(['\ud800', '', '☕', 7])),
        async (ids) => {
          const path = join(dir, `${files++}`)
          await writeSafetensors(path, await idsToTensors('items', IdMap.from(ids)))
          const { tensors } = await readSafetensors(path)
          expect([...(await new SavedTensors(path, tensors).ids('items'))]).toEqual(
            ids.map((id) => toId(id, () => 'id')),
          )
        },
      ),
      { numRuns: 50 },
    )
    rmSync(dir, { recursive: true })
  })

  it('refuses damaged tensors', async () => {
    const map = (json: string, lengths: number[]) =>
      new SavedTensors(
        'file',
        new Map([
          ['x.json', { shape: [json.length], data: new Uint8Array(Buffer.from(json)) }],
          ['x.lengths', { shape: [lengths.length], data: Int32Array.from(lengths) }],
        ]),
      ).ids('x')
    expect([...(await map('"a"1', [3, 1]))]).toEqual(['a', 1])
    for (const damaged of [
      () => map('"a"1', [3]),
      () => map('"a"1', [3, 2]),
      () => map('"a"1', [2, 2]),
      () => map('"a"1', [-1, 5]),
      () => map('nul"a"', [3, 3]),
      () => map('null', [4]),
      () => map('11', [1, 1]),
    ])
      await expect(damaged()).rejects.toMatchObject({ code: 'ERR_MODEL_FILE' })
  })
})

describe('parseIdLike', () => {
  it('reads an id as the type of the map', () => {
    const integers = IdMap.from([1, 42])
    const strings = IdMap.from(['1', '042', 'ann'])
    const mixed = IdMap.from([1, '2'])
    expect(parseIdLike('42', integers)).toBe(42)
    expect(parseIdLike('43', integers)).toBe(43)
    expect(parseIdLike('042', integers)).toBe('042')
    expect(parseIdLike('1', strings)).toBe('1')
    expect(parseIdLike('042', strings)).toBe('042')
    expect(parseIdLike('9', strings)).toBe('9')
    expect([parseIdLike('1', mixed), parseIdLike('2', mixed), parseIdLike('3', mixed)]).toEqual([1, '2', '3'])
    expect(parseIdLike('9007199254740993', integers)).toBe('9007199254740993')
  })

  it('knows a canonical integer', () => {
    for (const text of ['0', '7', '-7', '10']) expect(isCanonicalInteger(text)).toBe(true)
    for (const text of ['', '-', '-0', '007', '+7', '1.0', '1e3', ' 7', '7\n', '٧'])
      expect(isCanonicalInteger(text)).toBe(false)
  })
})

describe('createRandom', () => {
  it('gives the same bits for the same seed, others for another', () => {
    const draw = (seed: number) => {
      const random = createRandom(seed)
      return [random.next(), random.normal(), random.integer(1000), random.normal(), random.next()]
    }
    expect(draw(7)).toEqual(draw(7))
    const seeds = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1]
    expect(new Set(seeds.map((seed) => draw(seed).join())).size).toBe(seeds.length)
    expect(draw(0)).toMatchInlineSnapshot(`
      [
        0.41675133265905573,
        0.5775525512810478,
        38,
        -1.5588053985451698,
        0.46454122547130783,
      ]
    `)
  })

  it('is uniform, and normal where asked', () => {
    const random = createRandom(3)
    const counts = new Array<number>(7).fill(0)
    let sum = 0
    let squares = 0
    for (let i = 0; i < 70_000; i++) {
      counts[random.integer(7)]!++
      const x = random.normal()
      sum += x
      squares += x * x
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
    expect(Math.abs(sum / 70_000)).toBeLessThan(0.02)
    expect(Math.abs(squares / 70_000 - 1)).toBeLessThan(0.03)
  })

  it('shuffles', () => {
    const sorted = Int32Array.from({ length: 100 }, (_, i) => i)
    const shuffled = createRandom(1).shuffle(sorted.slice())
    expect(shuffled).not.toEqual(sorted)
    expect(shuffled.slice().sort()).toEqual(sorted)
  })

  it.each([-1, 1.5, NaN, 2 ** 53, '1'])('refuses the seed %o', (seed) =>
    expect(() => createRandom(seed as number)).toThrow(expect.objectContaining({ code: 'ERR_VALUE' })),
  )
})
