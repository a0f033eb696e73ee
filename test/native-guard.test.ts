import { KindredError } from 'kindred'
import { describe, expect, it } from 'vitest'
import { guardReceivers } from '#lib/native/guard-receivers.js'

/** What V8 throws where an array gets no memory. */
const noMemory = () => {
  throw new RangeError('Array buffer allocation failed')
}

class Example {
  synchronous() {
    return noMemory()
  }
  async asynchronous() {
    return noMemory()
  }
  static make() {
    return noMemory()
  }
  other() {
    throw new RangeError('of the caller')
  }
}
guardReceivers(Example)

describe('an array that gets no memory within a public method', () => {
  const expected = { name: 'KindredError', code: 'ERR_OUT_OF_MEMORY' }
  it('is a typed error', async () => {
    expect(() => new Example().synchronous()).toThrow(expect.objectContaining(expected))
    await expect(new Example().asynchronous()).rejects.toMatchObject(expected)
    expect(() => Example.make()).toThrow(expect.objectContaining(expected))
    expect(() => Example.make()).toThrow(KindredError)
  })

  it('is not what another RangeError is taken for', () => {
    expect(() => new Example().other()).toThrow(RangeError)
  })
})
