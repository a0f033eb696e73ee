import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AttentionPooling, Matrix, type TokenStates } from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'

const random = createRandom(5)
const normal = (length: number) => Float32Array.from({ length }, () => random.normal())

function input(batch: number, tokens: number, dims: number): TokenStates {
  const mask = Uint8Array.from({ length: batch * tokens }, (_, i) => (i % 5 === 3 ? 0 : 1))
  mask.fill(0, 0, tokens) // the first text has no token that counts
  return { states: normal(batch * tokens * dims), mask, batch, tokens }
}

/** The definition, in double. */
function plain(
  input: { states: ArrayLike<number> } & Omit<TokenStates, 'states'>,
  q: ArrayLike<number>,
  heads: number,
) {
  const { states, mask, batch, tokens } = input
  const dims = states.length / (batch * tokens)
  const slice = dims / heads
  const out = new Float64Array(batch * dims)
  for (let b = 0; b < batch; b++) {
    const at = (t: number, d: number) => states[(b * tokens + t) * dims + d]!
    const live = Array.from({ length: tokens }, (_, t) => t).filter((t) => mask[b * tokens + t])
    for (let h = 0; h < heads && live.length > 0; h++) {
      const scores = live.map((t) => {
        let s = 0
        for (let d = 0; d < dims; d++) s += q[h * dims + d]! * at(t, d)
        return s / Math.sqrt(dims)
      })
      const largest = Math.max(...scores)
      const weights = scores.map((s) => Math.exp(s - largest))
      const total = weights.reduce((a, w) => a + w, 0)
      for (let d = h * slice; d < (h + 1) * slice; d++)
        out[b * dims + d] = live.reduce((sum, t, i) => sum + (weights[i]! / total) * at(t, d), 0)
    }
  }
  return out
}

const worst = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length)
  return Math.max(0, ...Array.from(a, (x, i) => Math.abs(x - b[i]!)))
}

const SHAPES = [
  [2, 1, 8, 1],
  [3, 7, 33, 1],
  [3, 31, 32, 4],
  [2, 5, 36, 36],
] as const

describe('forward', () => {
  it.each(SHAPES)('[%i, %i, %i] with %i heads equals the definition in double', async (batch, tokens, dims, heads) => {
    const states = input(batch, tokens, dims)
    const pooling = new AttentionPooling(new Matrix(heads, dims, normal(heads * dims)))
    const out = await pooling.forward(states)
    expect(out).toMatchObject({ rows: batch, cols: dims })
    expect(worst(out.data, plain(states, pooling.queries.data, heads))).toBeLessThan(2e-6)
    expect(out.row(0).every((x) => x === 0)).toBe(true)
  })

  it('of a zero query is the mean of the tokens that count', async () => {
    const states = input(4, 9, 24)
    const out = await AttentionPooling.zeros({ dims: 24, heads: 3 }).forward(states)
    for (let b = 1; b < 4; b++)
      for (let d = 0; d < 24; d++) {
        const live = Array.from({ length: 9 }, (_, t) => b * 9 + t).filter((t) => states.mask[t])
        const mean = live.reduce((sum, t) => sum + states.states[t * 24 + d]!, 0) / live.length
        expect(out.row(b)[d]).toBeCloseTo(mean, 5)
      }
  })
})

describe('backward', () => {
  it.each(SHAPES)(
    '[%i, %i, %i] with %i heads equals central differences in double',
    async (batch, tokens, dims, heads) => {
      const states = input(batch, tokens, dims)
      const pooling = new AttentionPooling(new Matrix(heads, dims, normal(heads * dims)))
      const dOut = new Matrix(batch, dims, normal(batch * dims))
      const gradients = await pooling.backward(states, dOut)
      const x = Float64Array.from(states.states)
      const q = Float64Array.from(pooling.queries.data)
      const loss = () => plain({ ...states, states: x }, q, heads).reduce((sum, y, i) => sum + y * dOut.data[i]!, 0)
      const difference = (values: Float64Array, i: number) => {
        const kept = values[i]!
        const h = 1e-5
        values[i] = kept + h
        const above = loss()
        values[i] = kept - h
        const below = loss()
        values[i] = kept
        return (above - below) / (2 * h)
      }
      const check = (values: Float64Array, gradient: Float32Array) => {
        const step = Math.max(1, Math.floor(values.length / 150))
        for (let i = 0; i < values.length; i += step)
          expect(Math.abs(gradient[i]! - difference(values, i))).toBeLessThan(1e-5)
      }
      expect(gradients.queries).toMatchObject({ rows: heads, cols: dims })
      check(q, gradients.queries.data)
      check(x, gradients.states)
      for (const [t, counts] of states.mask.entries())
        if (!counts) expect(gradients.states.subarray(t * dims, (t + 1) * dims).every((g) => g === 0)).toBe(true)
    },
  )

  it('refuses sizes that do not fit', async () => {
    const pooling = AttentionPooling.zeros({ dims: 8 })
    const states = input(2, 3, 8)
    await expect(pooling.backward(states, new Matrix(2, 7))).rejects.toMatchObject({ code: 'ERR_SHAPE' })
    await expect(pooling.forward({ ...states, tokens: 4 })).rejects.toMatchObject({ code: 'ERR_SHAPE' })
    await expect(pooling.forward({ ...states, batch: -1 })).rejects.toMatchObject({ code: 'ERR_VALUE' })
  })
})

describe('parameters', () => {
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kindred-pooling-'))
  })
  afterAll(() => rm(dir, { recursive: true }))

  it('come from a seed', () => {
    const a = AttentionPooling.random({ dims: 32, heads: 4, seed: 7 })
    const b = AttentionPooling.random({ dims: 32, heads: 4, seed: 7 })
    expect(a).toMatchObject({ heads: 4, dims: 32 })
    expect(a.queries.data).toEqual(b.queries.data)
    expect(a.queries.data).not.toEqual(AttentionPooling.random({ dims: 32, heads: 4, seed: 8 }).queries.data)
  })

  it('survive a save, also over an older one', async () => {
    const path = join(dir, 'pooling.safetensors')
    await AttentionPooling.zeros({ dims: 6 }).save(path)
    const pooling = AttentionPooling.random({ dims: 32, heads: 4, seed: 7 })
    await pooling.save(path)
    expect((await AttentionPooling.load(path)).queries).toEqual(pooling.queries)
  })

  it('refuse a file that is missing, truncated or altered', async () => {
    const path = join(dir, 'damaged.safetensors')
    const refused = () => expect(AttentionPooling.load(path)).rejects.toMatchObject({ code: 'ERR_MODEL_FILE' })
    await refused()
    await AttentionPooling.random({ dims: 8, seed: 1 }).save(path)
    const bytes = await readFile(path)
    await writeFile(path, bytes.subarray(0, bytes.length - 1))
    await refused()
    bytes[bytes.length - 1]! ^= 1
    await writeFile(path, bytes)
    await refused()
    await expect(AttentionPooling.zeros({ dims: 8 }).save(join(dir, 'no', 'where'))).rejects.toMatchObject({
      code: 'ERR_IO',
    })
  })

  it('refuse illegal sizes and numbers', () => {
    const code = (code: string) => expect.objectContaining({ code })
    expect(() => AttentionPooling.zeros({ dims: 32, heads: 5 })).toThrow(code('ERR_SHAPE'))
    expect(() => AttentionPooling.zeros({ dims: 0 })).toThrow(code('ERR_VALUE'))
    expect(() => AttentionPooling.random({ dims: 8, seed: Number.NaN })).toThrow(code('ERR_VALUE'))
    expect(() => new AttentionPooling(new Matrix(1, 1, Float32Array.of(Number.NaN)))).toThrow(code('ERR_VALUE'))
  })
})
