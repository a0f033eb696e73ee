import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { EmbedOptions } from 'kindred'
import { writeSafetensors } from '#lib/data/storage/safetensors.js'
import variants from '../fixtures/encoder-folders/variants.json'

type Numbers = number | Numbers[]

/** A file: none, a copy of one beside variants.json ("@NAME"), tensors, text as it is, or JSON. */
export type Content = null | string | { floats: Record<string, Numbers> } | { text: string } | object

interface Golden {
  texts: string[]
  activations: { x: number[]; values: Record<string, number[]> }
  /** The files of a folder of one Transformer, without modules. */
  base: Record<string, Content>
  variants: {
    name: string
    files: Record<string, Content>
    maxTokens: number
    dims: number
    calls: { options: EmbedOptions; vectors: number[][] }[]
  }[]
}

/** What test/fixtures/make-encoder-folders.py wrote. */
export const golden = variants as unknown as Golden

const shared = 'test/fixtures/encoder-folders'

function shapeOf(numbers: Numbers): number[] {
  return Array.isArray(numbers) ? [numbers.length, ...shapeOf(numbers[0]!)] : []
}

/** Writes files over those of the base, as make-encoder-folders.py does. @param before comes before each JSON */
export async function writeFolder(folder: string, files: Record<string, Content>, before = ''): Promise<string> {
  for (const [path, content] of Object.entries({ ...golden.base, ...files })) {
    const file = join(folder, path)
    if (content === null) continue
    await mkdir(dirname(file), { recursive: true })
    if (typeof content === 'string') await copy(join(shared, content.slice(1)), file, before)
    else if ('text' in content) await writeFile(file, content.text as string)
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

async function copy(from: string, to: string, before: string): Promise<void> {
  if (before === '' || !from.endsWith('.json')) return cp(from, to)
  return writeFile(to, before + (await readFile(from, 'utf8')))
}
