import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TextEmbedder } from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACTIVATIONS } from '#lib/encode/modules/activations.js'
import { golden, writeFolder } from './golden-folders.js'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kindred-folders-'))
})
afterAll(() => rm(dir, { recursive: true }))

/** Rounding to 16 bits: 2^-11 of the number. */
const TOLERANCES: Record<string, number> = { 'f16 states': 1e-3 }

describe("a folder gives sentence-transformers' own vectors:", () => {
  it.each(golden.variants.map((variant) => [variant.name, variant] as const))('%s', async (name, variant) => {
    await using encoder = await TextEmbedder.load(await writeFolder(join(dir, name), variant.files))
    expect(encoder.dims).toBe(variant.dims)
    expect(encoder.maxTokens).toBe(variant.maxTokens)
    const tolerance = TOLERANCES[name] ?? 1e-5
    for (const { options, vectors: expected } of variant.calls) {
      const { vectors } = await encoder.embed(golden.texts, options)
      for (const [i, row] of expected.entries()) {
        expect(vectors.cols).toBe(row.length)
        for (const [d, x] of row.entries())
          expect(Math.abs(vectors.row(i)[d]! - x), `${JSON.stringify(options)} of text ${i}`).toBeLessThan(
            tolerance * Math.max(1, Math.abs(x)),
          )
      }
    }
  })
})

describe('activations', () => {
  const { x, values } = golden.activations

  it('are all compared', () => {
    expect(Object.keys(ACTIVATIONS).sort()).toEqual(Object.keys(values).sort())
  })

  it.each(Object.entries(values))("%s gives PyTorch's numbers", (name, expected) => {
    for (const [i, y] of expected.entries())
      expect(Math.abs(ACTIVATIONS[name]!(x[i]!) - y)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(y)))
  })
})
