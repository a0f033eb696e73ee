// Methods and getters that are called on something else than their object, and arrays whose memory was given away.
import * as kindred from 'kindred'
import { describe, expect, it } from 'vitest'
import { code } from '../support/logs.js'

const { EASE, IdMap, Interactions, Matrix, SimilarityIndex } = kindred

type Class = { readonly name: string; readonly prototype: object }
const classes = Object.values(kindred).filter(
  (value): value is typeof value & Class =>
    typeof value === 'function' &&
    /^class/.test(Function.prototype.toString.call(value)) &&
    value !== kindred.KindredError,
)

/** The own methods and getters of a class's prototype and of those that it extends. */
function* membersOf(owner: Class): Iterable<[string, (...args: unknown[]) => unknown]> {
  for (let object = owner.prototype; object !== Object.prototype; object = Object.getPrototypeOf(object))
    for (const key of Reflect.ownKeys(object)) {
      const { value, get } = Object.getOwnPropertyDescriptor(object, key)!
      const member = value ?? get
      if (key !== 'constructor' && typeof member === 'function') yield [`${owner.name}.${String(key)}`, member]
    }
}

const members = new Map(classes.flatMap((owner) => [...membersOf(owner)]))

/** What a call throws or rejects with. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call()
    return undefined
  } catch (error) {
    return error
  }
}

describe('called on another object', () => {
  it('all classes are looked at', () => {
    expect(classes.length).toBeGreaterThan(24)
    expect(members.size).toBeGreaterThan(300)
  })

  it.each([...members])('%s fails with a code, if at all', async (_, member) => {
    for (const receiver of [undefined, null, 5, 'text', {}, Object.create(null), new Map(), new Matrix(1, 1)]) {
      const error = await errorOf(() => member.call(receiver, 1, 1))
      if (error !== undefined) expect(error).toBeInstanceOf(kindred.KindredError)
    }
  })

  it('says what was expected, by name', async () => {
    const model = new EASE()
    const { recommend } = model
    const wrong = await errorOf(() => recommend(1))
    expect(wrong).toEqual(code('ERR_VALUE'))
    expect((wrong as Error).message).toMatch(
      /recommend: expected to be called as a method of .* but was called on undefined/,
    )
    expect(await errorOf(() => Matrix.prototype.row.call({} as never, 0))).toEqual(code('ERR_VALUE'))
    expect(await errorOf(() => Object.create(IdMap.prototype).indexOf(1))).toEqual(code('ERR_VALUE'))
    expect(await errorOf(() => [...Interactions.prototype[Symbol.iterator].call({} as never)])).toEqual(
      code('ERR_VALUE'),
    )
    const { load } = EASE
    expect(await errorOf(() => (load as (path: string) => unknown)('folder'))).toEqual(code('ERR_VALUE'))
    expect(await errorOf(() => Object.create(SimilarityIndex.prototype).search(new Float32Array(2)))).toEqual(
      code('ERR_VALUE'),
    )
  })

  it('leaves names, parameters and bound methods as they are', async () => {
    expect(Matrix.prototype.row.name).toBe('row')
    expect(Matrix.prototype.row.length).toBe(1)
    const matrix = new Matrix(2, 1, Float32Array.of(3, 4))
    expect([...matrix.row.bind(matrix)(1)]).toEqual([4])
  })
})

it('a matrix whose memory was transferred says so', () => {
  const given = new Matrix(2, 2)
  structuredClone(given.data, { transfer: [given.data.buffer as ArrayBuffer] })
  for (const call of [() => given.row(1), () => given.subarray(0, 1)]) {
    expect(call).toThrow(code('ERR_VALUE'))
    expect(call).toThrow(/was transferred/)
  }
})
