import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Features, Matrix } from 'kindred'
import { afterAll, describe, expect, it } from 'vitest'

const root = mkdtempSync(join(tmpdir(), 'kindred-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const code = (expected: string, message = /./) =>
  expect.objectContaining({ code: expected, message: expect.stringMatching(message) })

describe('Features', () => {
  it('finds vectors by id, without a copy', () => {
    const matrix = new Matrix(2, 2, Float32Array.of(1, 2, 3, 4))
    const features = Features.from(['a', 7], matrix)
    expect([features.size, features.dims]).toEqual([2, 2])
    expect([...features.vector(7)]).toEqual([3, 4])
    expect(features.matrix).toBe(matrix)
    expect(() => features.vector('7')).toThrow(code('ERR_UNKNOWN_ID'))
  })

  it('comes back from disk as it was', async () => {
    const dir = join(root, 'saved')
    await Features.from(['old'], [[1]]).save(dir)
    const features = Features.from([5, 'ünï'], [[1.5, -2, 3], Float32Array.of(0, 1e-40, 3e38)])
    await features.save(dir, { config: { encoder: 'e5' } })
    const loaded = await Features.load(dir)
    expect([...loaded.ids]).toEqual([5, 'ünï'])
    expect(loaded.matrix).toEqual(features.matrix)
  })

  it('may be empty', async () => {
    await Features.from([], []).save(join(root, 'empty'))
    expect((await Features.load(join(root, 'empty'))).size).toBe(0)
  })

  it('refuses what is no set of vectors', () => {
    expect(() => Features.from(['a', 'a'], new Matrix(2, 1))).toThrow(code('ERR_DUPLICATE', /"a"/))
    expect(() => Features.from(['a'], new Matrix(2, 1))).toThrow(code('ERR_SHAPE'))
    expect(() => Features.from(['a', 'b'], [[1], [1, 2]])).toThrow(code('ERR_SHAPE', /"b"/))
    expect(() => Features.from(['a', 'b'], [[1], [NaN]])).toThrow(code('ERR_VALUE', /"b".*NaN/))
    expect(() => Features.from(['a', 'b'], [[1], [1e39]])).toThrow(code('ERR_VALUE', /"b"/))
    expect(() => Features.from([1.5], [[1]])).toThrow(code('ERR_VALUE'))
  })

  it('refuses a folder that holds none', async () => {
    await expect(Features.load(root)).rejects.toThrow(code('ERR_MODEL_FILE'))
    await expect(Features.load(join(root, 'nowhere'))).rejects.toThrow(code('ERR_MODEL_FILE', /no such folder/))
  })
})
