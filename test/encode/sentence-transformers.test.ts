import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type EmbedOptions, TextEmbedder } from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeSafetensors } from '#lib/data/storage/safetensors.js'
import { ACTIVATIONS } from '#lib/encode/modules/activations.js'
import golden from '../fixtures/encoder-folders/variants.json'

type Numbers = number | Numbers[]
type Content = string | { floats: Record<string, Numbers> } | object | null

const shared = 'test/fixtures/encoder-folders'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kindred-folders-'))
})
afterAll(() => rm(dir, { recursive: true }))

function shapeOf(numbers: Numbers): number[] {
  return Array.isArray(numbers) ? [numbers.length, ...shapeOf(numbers[0]!)] : []
}

/** Writes the files of a variant, as make-encoder-folders.py does; `before` comes before each JSON. */
async function writeFolder(name: string, files: Record<string, Content>, before = ''): Promise<string> {
  const folder = join(dir, name.replaceAll(/\W+/g, '-'))
  for (const [path, content] of Object.entries({ ...golden.base, ...files })) {
    if (content === null) continue
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    if (typeof content === 'string') await cp(join(shared, content.slice(1)), file)
    else if ('floats' in content) {
      const tensors = Object.entries(content.floats).map(([tensor, numbers]) => [
        tensor,
        { shape: shapeOf(numbers), data: Float32Array.from([numbers].flat(3) as number[]) },
      ])
      await writeSafetensors(file, Object.fromEntries(tensors))
    } else await writeFile(file, before + JSON.stringify(content))
  }
  return folder
}

/** Rounding to 16 bits: 2^-11 of the number. */
const TOLERANCES: Record<string, number> = { 'f16 states': 1e-3 }

describe("a folder gives sentence-transformers' own vectors:", () => {
  it.each(golden.variants.map((variant) => [variant.name, variant] as const))('%s', async (name, variant) => {
    const folder = await writeFolder(name, variant.files as Record<string, Content>)
    await using encoder = await TextEmbedder.load(folder)
    expect(encoder.dims).toBe(variant.dims)
    expect(encoder.maxTokens).toBe(variant.maxTokens)
    const tolerance = TOLERANCES[name] ?? 1e-5
    for (const { options, vectors: expected } of variant.calls) {
      const { vectors } = await encoder.embed(golden.texts, options as EmbedOptions)
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
