import { types } from 'node:util'
import { createContext, runInContext } from 'node:vm'

interface Realm {
  globals: Record<string, { new (...args: unknown[]): unknown; from(values: Iterable<unknown>): unknown }>
  functionOf(call: (...args: unknown[]) => unknown): unknown
  generatorOf(values: unknown[]): Iterable<unknown>
  asyncGeneratorOf(values: unknown[]): AsyncIterable<unknown>
  signalOf(signal: AbortSignal): AbortSignal
}

/** A realm as Jest makes one for each test file: its built-in classes are others than Node's. */
const realm = runInContext(
  `
  class AbortSignal {
    #signal
    constructor(signal) { this.#signal = signal }
    get aborted() { return this.#signal.aborted }
    get reason() { return this.#signal.reason }
    addEventListener(...args) { this.#signal.addEventListener(...args) }
    removeEventListener(...args) { this.#signal.removeEventListener(...args) }
  }
  ;({
    globals: Object.fromEntries(Object.getOwnPropertyNames(globalThis).map((name) => [name, globalThis[name]])),
    functionOf: (call) => async (...args) => call(...args),
    generatorOf: function* (values) { yield* values },
    asyncGeneratorOf: async function* (values) { yield* values },
    signalOf: (signal) => new AbortSignal(signal),
  })
  `,
  createContext(),
) as Realm

/** An iterable that can be gone through once. */
export class Once<T> {
  constructor(readonly values: T[]) {}
  *[Symbol.iterator](): Generator<T> {
    yield* this.values
  }
}

/** An async iterable. */
export class Stream<T> {
  constructor(readonly values: T[]) {}
  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    yield* this.values
  }
}

/** A copy of `value` in which all that is built in, at any depth, is of another realm; objects of other classes stay. */
export function foreign<T>(value: T): T {
  return foreignOf(value) as T
}

function foreignOf(value: unknown): unknown {
  const { globals } = realm
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Once) return realm.generatorOf(value.values.map(foreignOf))
  if (value instanceof Stream) return realm.asyncGeneratorOf(value.values.map(foreignOf))
  if (value instanceof AbortSignal) return realm.signalOf(value)
  if (Array.isArray(value)) return globals.Array!.from(value.map(foreignOf))
  if (types.isTypedArray(value)) return globals[value[Symbol.toStringTag]]!.from(value as Iterable<unknown>)
  if (types.isDate(value)) return new globals.Date!(value.getTime())
  if (types.isMap(value)) return new globals.Map!([...value].map(foreignOf))
  if (types.isSet(value)) return new globals.Set!([...value].map(foreignOf))
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  const entries = Object.entries(value).map(([name, member]) => [name, foreignOf(member)])
  return Object.assign(new globals.Object!() as object, Object.fromEntries(entries))
}

/** `call` as an async function of the other realm: what it gives is a promise of that realm. */
export function foreignCall<T>(call: T): T {
  return realm.functionOf(call as never) as T
}
