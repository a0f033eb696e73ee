import { isAsyncFunction, isGeneratorFunction, isNativeError } from 'node:util/types'
import { KindredError, show } from './errors.js'

type Method = (this: unknown, ...args: unknown[]) => unknown
/** A class, also one whose constructor is private. */
type Class = { readonly name: string; readonly prototype: object }

/** What the engine says where a private member is not there, as of an object that no constructor made. */
const LACKS_PRIVATE = /private|^Receiver must be|^Object must be an instance of/
const DETACHED = /detached ArrayBuffer/
const NO_MEMORY = 'Array buffer allocation failed'

/** What to throw in place of `error`, which a method threw that was called on `receiver`. */
function translate(error: unknown, isReceiver: boolean, receiver: unknown, owner: string, name: string): unknown {
  if (isNativeError(error) && error.name === 'RangeError' && error.message === NO_MEMORY)
    return new KindredError(
      'ERR_OUT_OF_MEMORY',
      `${owner}.${name}: no memory for an array. Free some, or give less at once.`,
      {
        cause: error,
      },
    )
  const engine = isNativeError(error) && error.name === 'TypeError' ? error.message : ''
  if (DETACHED.test(engine))
    return new KindredError(
      'ERR_VALUE',
      `${owner}.${name}: expected memory that is still there but the ArrayBuffer of an array was transferred (detached). Give a copy away instead.`,
      { cause: error },
    )
  if (isReceiver && !LACKS_PRIVATE.test(engine)) return error
  return new KindredError(
    'ERR_VALUE',
    `${owner}.${name}: expected to be called as a method of ${owner} but was called on ${show(receiver)}. Write its object before the dot, or bind it.`,
    { cause: error },
  )
}

/** `method` with errors that tell of a wrong receiver. Nothing is looked at before it fails, so that it costs nothing. */
function guarded(method: Method, owner: string, name: string, isReceiver: (receiver: unknown) => boolean): Method {
  if (isGeneratorFunction(method))
    return function (...args) {
      if (isReceiver(this)) return method.apply(this, args)
      throw translate(undefined, false, this, owner, name)
    }
  if (isAsyncFunction(method))
    return function (...args) {
      return (method.apply(this, args) as Promise<unknown>).then(undefined, (error) => {
        throw translate(error, isReceiver(this), this, owner, name)
      })
    }
  return function (...args) {
    try {
      return method.apply(this, args)
    } catch (error) {
      throw translate(error, isReceiver(this), this, owner, name)
    }
  }
}

function guardAll(object: object, owner: string, isReceiver: (receiver: unknown) => boolean): void {
  for (const key of Reflect.ownKeys(object)) {
    const property = Object.getOwnPropertyDescriptor(object, key)!
    if (key === 'constructor' || key === 'prototype' || !property.configurable) continue
    for (const part of ['value', 'get', 'set'] as const) {
      const method = property[part] as Method | undefined
      if (typeof method !== 'function') continue
      const name = typeof key === 'symbol' ? `[${key.description}]` : key
      const guard = guarded(method, owner, name, isReceiver)
      for (const known of ['name', 'length'] as const)
        Object.defineProperty(guard, known, { value: method[known], configurable: true })
      property[part] = guard
    }
    Object.defineProperty(object, key, property)
  }
}

/**
 * Called after every public class, and every class that one extends, with that class: a method or getter that is called on
 * something else (`const { recommend } = model`) fails with ERR_VALUE instead of an error of the engine's, and so does one that
 * meets a detached array; one that gets no memory for an array fails with ERR_OUT_OF_MEMORY.
 */
export function guardReceivers(owner: Class): void {
  const isInstance = (value: unknown) => Object.prototype.isPrototypeOf.call(owner.prototype, value as object)
  guardAll(owner.prototype, owner.name, isInstance)
  guardAll(
    owner,
    owner.name,
    (receiver) => receiver === owner || (typeof receiver === 'function' && isInstance(receiver.prototype)),
  )
}
