import { dirname, join } from 'node:path'
import { readTensorMatrix } from '../../data/storage/tensor-file.js'
import { show } from '../../native/errors.js'
import { systemError } from '../../native/system-errors.js'
import { checkKeys, readFlag, readObject, refuse } from '../folder-json.js'
import { POOLING_MODES, type PoolingMode } from './pooling-modes.js'

/** What the config.json of a Pooling module says. */
export interface PoolingConfig {
  /** The vectors of several modes are put together in this order; none with {@link attention}. */
  modes: readonly PoolingMode[]
  /** Learned queries [heads, dims] in their place. */
  attention?: { heads: number; queries: Float32Array }
  /** Whether the tokens of a prompt are pooled with those of the text. */
  includePrompt: boolean
}

/**
 * The flag of each mode, as sentence-transformers wrote it before it named the modes; in the order in which it puts their
 * vectors together.
 */
const FLAGS: Record<string, PoolingMode> = {
  pooling_mode_cls_token: 'cls',
  pooling_mode_max_tokens: 'max',
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_mean_sqrt_len_tokens: 'mean_sqrt_len_tokens',
  pooling_mode_weightedmean_tokens: 'weightedmean',
  pooling_mode_lasttoken: 'lasttoken',
}

const DIMENSIONS = ['embedding_dimension', 'word_embedding_dimension']

/** The mode of kindred's own pooling, which sentence-transformers refuses. */
export const ATTENTION_MODE = 'attention'

/** The tensor of its queries in the encoder's model.safetensors. */
export const QUERIES = 'pooling.queries'

/** @throws ERR_ENCODER if the file is missing or says what is not known */
export async function readPooling(path: string): Promise<PoolingConfig> {
  const config = await readObject(path)
  if (config === undefined) return refuse(path, 'it is missing, yet modules.json names it')
  checkKeys(path, config, [...DIMENSIONS, 'pooling_mode', ...Object.keys(FLAGS), 'include_prompt'])
  const expected = `expected pooling modes out of ${POOLING_MODES.join(', ')}`
  const flags = Object.keys(FLAGS).filter((flag) => readFlag(path, config, flag, false))
  const named = config.pooling_mode === undefined ? undefined : [config.pooling_mode].flat()
  if (config.pooling_mode === ATTENTION_MODE) {
    const attention = await readQueries(join(dirname(dirname(path)), 'model.safetensors'))
    return { modes: [], attention, includePrompt: readFlag(path, config, 'include_prompt', true) }
  }
  const strange = named?.find((mode) => !POOLING_MODES.includes(mode as PoolingMode))
  if (named?.length === 0 || strange !== undefined) refuse(path, `${expected} but found ${show(strange ?? named)}`)
  const modes = (named as PoolingMode[] | undefined) ?? flags.map((flag) => FLAGS[flag]!)
  if (modes.length === 0 && !DIMENSIONS.some((key) => key in config)) refuse(path, `${expected} but found none`)
  return {
    modes: modes.length > 0 ? modes : ['mean'],
    includePrompt: readFlag(path, config, 'include_prompt', true),
  }
}

/** @throws ERR_ENCODER for a file without them, or numbers that no states can be pooled by */
async function readQueries(path: string): Promise<NonNullable<PoolingConfig['attention']>> {
  const { rows, cols, data } = await readTensorMatrix(path, QUERIES, undefined, 'ERR_ENCODER').catch((cause) => {
    throw systemError(`${path}: cannot be read`, cause, 'ERR_ENCODER')
  })
  if (rows >= 1 && cols % rows === 0 && data.every(Number.isFinite)) return { heads: rows, queries: data }
  return refuse(
    path,
    `${QUERIES}: expected finite numbers [heads, dims] with heads a divisor of dims but found [${rows}, ${cols}]`,
  )
}
