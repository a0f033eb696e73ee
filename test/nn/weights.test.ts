import { describe, expect, it } from 'vitest'
import { Weights } from '../../dist/nn/index.js'

describe('weights', () => {
  it('that cannot be had are not declared, and the others stay usable', async () => {
    const weights = new Weights()
    weights.declare('first', [2])
    await weights.write('first', Float32Array.of(1, 2))
    weights.declare('second', [1])
    weights.declare('huge', [2 ** 30, 2 ** 14])
    weights.declare('after', [1])
    await expect(weights.read('first')).rejects.toMatchObject({ code: 'ERR_VALUE' })
    expect(weights.names).toEqual(['first', 'second'])
    expect(await weights.read('first')).toEqual(Float32Array.of(1, 2))
    weights.declare('huge', [3])
    await weights.write('huge', Float32Array.of(3, 4, 5))
    expect(await weights.read('huge')).toEqual(Float32Array.of(3, 4, 5))
    expect(await weights.read('second')).toEqual(Float32Array.of(0))
  })

  it('are taken in the order of their declaration by calls at the same time', async () => {
    const weights = new Weights()
    const names = Array.from({ length: 50 }, (_, n) => `n${n}`)
    await Promise.all(
      names.map(async (name, n) => {
        weights.declare(name, [n + 1])
        await weights.write(name, new Float32Array(n + 1).fill(n))
      }),
    )
    for (const [n, name] of names.entries()) expect(await weights.read(name)).toEqual(new Float32Array(n + 1).fill(n))
  })
})
