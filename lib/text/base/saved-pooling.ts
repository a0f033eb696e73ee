import { join } from 'node:path'
import { isThere, refuse } from '../../encode/folder-json.js'
import { ATTENTION_MODE, readPooling } from '../../encode/pooling/read-pooling.js'
import { show } from '../../native/errors.js'
import type { StatePooling, TextPooling } from './text-pooling.js'

/** A pooling, and its queries [heads, dims] if it has some. */
export interface SavedPooling extends StatePooling {
  readonly queries?: Float32Array
}

/**
 * The pooling of a sentence encoder: the one asked for, else what the folder of sentence-transformers says, 'mean' where it says
 * nothing. Queries come from the folder where it has as many as are asked for, or no number was.
 * @throws ERR_ENCODER for another pooling
 */
export async function sentencePooling(
  folder: string,
  asked: StatePooling | undefined,
  poolingHeads: number | undefined,
): Promise<SavedPooling> {
  if (asked && asked.kind !== 'attention') return asked
  const path = join(folder, '1_Pooling', 'config.json')
  if (!(await isThere(path))) return asked ?? { kind: 'mean', heads: 0 }
  const { modes, attention } = await readPooling(path)
  if (attention && (poolingHeads ?? attention.heads) === attention.heads) return { kind: 'attention', ...attention }
  if (asked) return asked
  const [mode] = modes
  if (modes.length === 1 && (mode === 'mean' || mode === 'cls')) return { kind: mode, heads: 0 }
  return refuse(
    path,
    `expected 'mean', 'cls' or 'attention' but found ${modes.map(show).join(', ')}; the option pooling takes its place`,
  )
}

/** The config.json of a Pooling module. */
export function poolingModule(kind: TextPooling, dims: number): Record<string, unknown> {
  if (kind === 'attention') return { word_embedding_dimension: dims, pooling_mode: ATTENTION_MODE }
  return {
    word_embedding_dimension: dims,
    pooling_mode_cls_token: kind === 'cls',
    pooling_mode_mean_tokens: kind === 'mean',
    pooling_mode_max_tokens: false,
    pooling_mode_mean_sqrt_len_tokens: false,
  }
}
