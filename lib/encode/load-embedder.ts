import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KindredError } from '../native/errors.js'
import { isMissing, systemError } from '../native/system-errors.js'
import type { Embedder } from './embedder.js'
import { StaticEmbedder } from './static/static-embedder.js'
import { checkTextEmbedderOptions, type LoadTextEmbedderOptions, refuseOfStatic } from './transformer/load-options.js'
import { TextEmbedder } from './transformer/text-embedder.js'
import { SifEncoder } from './words/sif-encoder.js'

/** What reads a folder of another format that has to do with texts. */
const OTHER_FORMATS: ReadonlyMap<string, string> = new Map([
  ['tfidf-embedder', 'TfidfEmbedder.load reads it, to be used as any other encoder'],
  ['word-vectors', 'WordVectors.load reads it, and SifEncoder.fit makes an encoder of it'],
])

/**
 * The kind of encoder in this process that the folder says it holds; what is no encoder at all fails when it is loaded.
 * @throws ERR_ENCODER for one that another class reads
 */
async function kindOf(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, 'config.json'), 'utf8').catch((cause) => {
    if (isMissing(cause)) return ''
    throw systemError(`${folder}: its config.json cannot be read`, cause, 'ERR_ENCODER')
  })
  const format = /"format":\s*"kindred-([\w-]+)"/.exec(text)?.[1] ?? ''
  const other = OTHER_FORMATS.get(format)
  if (other !== undefined)
    throw new KindredError('ERR_ENCODER', `${folder}: a folder of format "kindred-${format}": ${other}.`)
  return /^(static|sif)-encoder$/.exec(format)?.[1]
}

/**
 * Loads whatever encoder a folder holds: a transformer ({@link TextEmbedder}), a static encoder that `kindred distill`
 * made ({@link StaticEmbedder}), or sentence vectors of words ({@link SifEncoder}); without a folder, the one that comes with the package.
 * @throws as the `load` of the two; ERR_VALUE for options other than `signal` where the encoder is one of the latter two
 */
export async function loadEmbedder(folder?: string, options: LoadTextEmbedderOptions = {}): Promise<Embedder> {
  options = checkTextEmbedderOptions('loadEmbedder', options)
  const kind = typeof folder === 'string' ? await kindOf(folder) : undefined
  if (typeof folder === 'string' && kind !== undefined) {
    refuseOfStatic(folder, options, kind === 'sif' ? 'a SIF encoder: one table of words' : undefined)
    return (kind === 'sif' ? SifEncoder : StaticEmbedder).load(folder, { signal: options.signal })
  }
  return TextEmbedder.load(folder, options)
}
