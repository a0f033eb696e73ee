import { show } from '../../native/errors.js'
import { checkKeys, readFlag, readObject, refuse } from '../folder-json.js'
import { POOLING_MODES, type PoolingMode } from './pooling-modes.js'

/** What the config.json of a Pooling module says. */
export interface PoolingConfig {
  /** The vectors of several modes are put together in this order. */
  modes: readonly PoolingMode[]
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

/** @throws ERR_ENCODER if the file is missing or says what is not known */
export async function readPooling(path: string): Promise<PoolingConfig> {
  const config = await readObject(path)
  if (config === undefined) return refuse(path, 'it is missing, yet modules.json names it')
  checkKeys(path, config, [...DIMENSIONS, 'pooling_mode', ...Object.keys(FLAGS), 'include_prompt'])
  const expected = `expected pooling modes out of ${POOLING_MODES.join(', ')}`
  const flags = Object.keys(FLAGS).filter((flag) => readFlag(path, config, flag, false))
  const named = config.pooling_mode === undefined ? undefined : [config.pooling_mode].flat()
  const strange = named?.find((mode) => !POOLING_MODES.includes(mode as PoolingMode))
  if (named?.length === 0 || strange !== undefined) refuse(path, `${expected} but found ${show(strange ?? named)}`)
  const modes = (named as PoolingMode[] | undefined) ?? flags.map((flag) => FLAGS[flag]!)
  if (modes.length === 0 && !DIMENSIONS.some((key) => key in config)) refuse(path, `${expected} but found none`)
  return {
    modes: modes.length > 0 ? modes : ['mean'],
    includePrompt: readFlag(path, config, 'include_prompt', true),
  }
}
