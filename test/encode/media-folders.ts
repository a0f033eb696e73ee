import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

export const MEDIA = 'test/fixtures/tiny-media'
export const picture = (name: string) => join(MEDIA, 'pictures', name)
export const sound = (name: string) => join(MEDIA, 'sounds', name)

interface GoldenPicture {
  processor: string
  config: Record<string, unknown>
  file: string
  shape: number[]
  pixels: string
  image_embeds?: string
  pooler_output?: string
  cls?: string
  mean?: string
  feature_maps?: string
}

interface GoldenSound {
  extractor: string
  config: Record<string, unknown>
  model: string
  file: string
  shape: number[]
  spectrogram: string
  mean: string
}

/** What transformers and onnxruntime make of the fixtures (test/fixtures/make-tiny-media.py). */
export const golden = JSON.parse(readFileSync(join(MEDIA, 'golden.json'), 'utf8')) as {
  pictures: GoldenPicture[]
  sounds: GoldenSound[]
  resampled: { from: number; to: number; samples: string; expected: string }[]
}

/** The 32-bit floats of a golden value. */
export function unpack(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  return new Float32Array(bytes.buffer)
}

/** Makes folders of models in a temporary one, which goes after the tests. */
export function modelFolders() {
  const root = mkdtempSync(join(tmpdir(), 'kindred-media-'))
  afterAll(() => rmSync(root, { recursive: true, force: true }))
  return {
    root,
    /** A folder with this model under this name, and these files. */
    make(model: string, files: Record<string, unknown>, name = 'model.onnx'): string {
      const folder = mkdtempSync(join(root, 'model-'))
      copyFileSync(join(MEDIA, model), join(folder, name))
      for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), JSON.stringify(content))
      return folder
    },
  }
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity
  let most = 0
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!))
  return Number.isNaN(most) ? Infinity : most
}
