import { isDeepStrictEqual } from 'node:util'
import { KindredError } from 'kindred'

/** Throws unless `error` is one that kindred throws on purpose: typed, with a message, and no internal one. */
export function expectTyped(error, what) {
  if (error instanceof KindredError && error.code !== 'ERR_INTERNAL' && error.message.length > 10) return
  throw new Error(`${what}: an untyped error, code ${error?.code}: ${error?.stack ?? error}`, { cause: error })
}

/** The outcome of `work`; what it throws must be typed, and of `codes` where they are given. */
export async function outcomeOf(what, work, codes) {
  try {
    return { value: await work() }
  } catch (error) {
    expectTyped(error, what)
    if (codes && !codes.includes(error.code))
      throw new Error(`${what}: expected ${codes.join(' or ')} but received ${error.stack}`)
    return { error }
  }
}

export function expectEqual(actual, expected, what) {
  if (!isDeepStrictEqual(actual, expected))
    throw new Error(`${what}: expected ${show(expected)} but received ${show(actual)}`)
}

const show = (value) => (JSON.stringify(value) ?? String(value)).slice(0, 300)
