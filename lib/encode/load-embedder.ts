import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing, systemError } from '../native/system-errors.js'
import type { Embedder } from './embedder.js'
import { checkEncoderOptions, type LoadEncoderOptions, refuseOfStatic } from './onnx/load-options.js'
import { TextEmbedder } from './onnx/text-embedder.js'
import { StaticEmbedder } from './static/static-embedder.js'

/** Whether the folder says that it holds a static encoder; what is no encoder at all fails when it is loaded. */
async function isStatic(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, 'config.json'), 'utf8').catch((cause) => {
    if (isMissing(cause)) return ''
    throw systemError(`${folder}: its config.json cannot be read`, cause, 'ERR_ENCODER')
  })
  return /"format":\s*"kindred-static-encoder"/.test(text)
}

/**
 * Loads whatever encoder a folder holds: a transformer ({@link TextEmbedder}) or a static encoder that `kindred distill`
 * made ({@link StaticEmbedder}); without a folder, the one that comes with the package.
 * @throws as the `load` of the two; ERR_VALUE for options other than `signal` where the encoder is a static one
 */
export async function loadEmbedder(folder?: string, options: LoadEncoderOptions = {}): Promise<Embedder> {
  options = checkEncoderOptions('loadEmbedder', options)
  if (typeof folder === 'string' && (await isStatic(folder))) {
    refuseOfStatic(folder, options)
    return StaticEmbedder.load(folder, { signal: options.signal })
  }
  return TextEmbedder.load(folder, options)
}
