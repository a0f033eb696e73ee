import { join } from 'node:path'
import { isThere, refuse } from '../../encode/folder-json.js'
import { readPooling } from '../../encode/pooling/read-pooling.js'
import { show } from '../../native/errors.js'

/** What makes a vector of a text's states: their mean, or that of the first token. */
export type SentencePooling = 'mean' | 'cls'

/** @internal */
export const SENTENCE_POOLINGS: readonly SentencePooling[] = ['mean', 'cls']

/** What a folder of sentence-transformers says of it; 'mean' where it says nothing. @throws ERR_ENCODER for another pooling */
export async function savedPooling(folder: string): Promise<SentencePooling> {
  const path = join(folder, '1_Pooling', 'config.json')
  if (!(await isThere(path))) return 'mean'
  const { modes } = await readPooling(path)
  const [mode] = modes
  if (modes.length === 1 && (mode === 'mean' || mode === 'cls')) return mode
  return refuse(
    path,
    `expected 'mean' or 'cls' but found ${modes.map(show).join(', ')}; the option pooling takes its place`,
  )
}
