import { Matrix } from 'kindred'
import { describe, expect, it } from 'vitest'
import { addon } from '#lib/native/addon.js'
import { code } from './support/logs.js'

const matrix = (rows: number, cols: number, data = new Float32Array(rows * cols)) =>
  ({ rows, cols, data }) as unknown as Matrix
const nothing = new Float32Array(0)

it('sizes whose product overflows are refused, not written past', () => {
  const native = addon()
  const tall = matrix(2 ** 32, 0, nothing)
  for (const call of [
    () => native.topK(matrix(4096, 1), matrix(3, 1), 'dot', 2 ** 52, null, null),
    () => native.topKOfScores(matrix(4096, 1), 2 ** 52, null, null, null),
    () => native.similarityMatrix(tall, tall, 'dot'),
    () => native.gaussianKernel(tall, tall, 1),
    () => native.kernelRidge(tall, tall, 1, 1),
    () => native.gram(matrix(0, 2 ** 33, nothing)),
    () => native.pool(nothing, new Uint8Array(0), 2 ** 52, 0, 2 ** 12, 'mean'),
  ])
    expect(call, String(call)).toThrow(code('ERR_VALUE'))
})

it('sizes that no memory holds are a typed error', async () => {
  const flat = matrix(2 ** 31 - 1, 0, nothing)
  await expect(addon().similarityMatrix(flat, flat, 'dot')).rejects.toEqual(code('ERR_OUT_OF_MEMORY'))
  expect(() => new Matrix(2 ** 31, 1)).toThrow(code('ERR_VALUE'))
  expect(() => new Matrix(2 ** 30, 2 ** 30)).toThrow(code('ERR_TOO_LARGE'))
})

it('memory that can shrink is refused, shared memory read', async () => {
  const Resizable = ArrayBuffer as unknown as new (bytes: number, options: { maxByteLength: number }) => ArrayBuffer
  const resizable = new Float32Array(new Resizable(16, { maxByteLength: 32 })).subarray(0, 4)
  expect(() => new Matrix(2, 2, resizable)).toThrow(code('ERR_VALUE'))
  expect(() => addon().gram(matrix(2, 2, resizable))).toThrow(code('ERR_VALUE'))
  const shared = new Float32Array(new SharedArrayBuffer(16)).fill(2)
  expect([...(await addon().gram(new Matrix(2, 2, shared)))]).toEqual([8, 8, 8, 8])
})

it('memory that was given away is a shape that does not fit', () => {
  const given = new Matrix(2, 2)
  structuredClone(given.data, { transfer: [given.data.buffer as ArrayBuffer] })
  expect(() => addon().gram(given)).toThrow(code('ERR_SHAPE'))
})

it('a matrix that refers to itself is no trap', async () => {
  const loop = Object.assign(matrix(1, 1, Float32Array.of(3)), { indptr: null as unknown })
  loop.indptr = loop
  expect([...(await addon().gram(loop))]).toEqual([9])
})

it('only an AbortFlag aborts', () => {
  for (const flag of [5, {}, Object.create(addon().AbortFlag.prototype)])
    expect(() => addon().gram(matrix(1, 1), flag as never)).toThrow(code('ERR_VALUE'))
})

it('an array that a getter gives is the one that is used and kept', async () => {
  let given = 0
  const fresh = {
    rows: 512,
    cols: 256,
    get data() {
      given++
      return new Float32Array(512 * 256).fill(given)
    },
  } as unknown as Matrix
  const expected = await addon().gram(matrix(512, 256, new Float32Array(512 * 256).fill(1)))
  const calls = Array.from({ length: 8 }, () => {
    given = 0
    return addon().gram(fresh)
  })
  for (let i = 0; i < 20; i++) new Float32Array(1e6).fill(7) // what a collected array's memory would hold
  for (const gram of await Promise.all(calls)) expect(gram).toEqual(expected)
  expect(given).toBe(1)
})

it('a getter may call the addon', async () => {
  const own = matrix(2, 1, Float32Array.of(3, 4))
  const nested = {
    rows: 2,
    cols: 1,
    get data() {
      addon().topK(own, own, 'dot', 1, null, null)
      return own.data
    },
  } as unknown as Matrix
  expect([...(await addon().gram(nested))]).toEqual([25])
})

describe('a large result', () => {
  const rows = 300
  const numbers = Float32Array.from({ length: rows }, (_, i) => i)

  it('is copied off the thread, whole', async () => {
    const product = await addon().similarityMatrix(matrix(rows, 1, numbers), matrix(rows, 1, numbers), 'dot')
    expect(product).toHaveLength(rows * rows)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < rows; j++) if (product[i * rows + j] !== i * j) expect(product[i * rows + j]).toBe(i * j)
  })

  it('that finds no memory is a typed error', async () => {
    const own = globalThis.Float32Array
    const call = addon().similarityMatrix(matrix(rows, 1, numbers), matrix(rows, 1, numbers), 'dot')
    globalThis.Float32Array = class {
      constructor() {
        throw new RangeError('Array buffer allocation failed')
      }
    } as never
    try {
      await expect(call).rejects.toEqual(code('ERR_OUT_OF_MEMORY'))
    } finally {
      globalThis.Float32Array = own
    }
  })

  it('that is given another array than it asked for is refused', async () => {
    const own = globalThis.Float32Array
    const call = addon().similarityMatrix(matrix(rows, 1, numbers), matrix(rows, 1, numbers), 'dot')
    globalThis.Float32Array = function short() {
      return new own(1)
    } as never
    try {
      await expect(call).rejects.toEqual(code('ERR_INTERNAL'))
    } finally {
      globalThis.Float32Array = own
    }
  })
})
