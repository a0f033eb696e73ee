import { KindredError } from '../../native/errors.js'
import { isExhausted, systemError } from '../../native/system-errors.js'
import { readObject } from '../folder-json.js'
import { HuggingFaceTokenizer } from './hugging-face-tokenizer.js'
import { type TokenizerConfig, type TokenizerJson, withSettings } from './tokenizer-settings.js'

/** The tokenizer's files in a folder, and how texts are prepared. */
export interface TokenizerFiles {
  /** Path of tokenizer.json. */
  readonly tokenizer: string
  /** The parsed tokenizer_config.json, or {}. */
  readonly tokenizerConfig: TokenizerConfig
  /** Texts are lowercased before tokenisation. */
  readonly lowercase: boolean
}

/** The tokenizer.json of an encoder's folder, as the settings of its other files make it. @throws ERR_ENCODER, ERR_RESOURCES */
export async function readTokenizerJson({
  tokenizer,
  tokenizerConfig,
  lowercase,
}: TokenizerFiles): Promise<TokenizerJson> {
  return withSettings((await readObject(tokenizer)) as TokenizerJson, tokenizerConfig, lowercase)
}

/** Its tokenizer. @throws ERR_ENCODER, ERR_RESOURCES */
export async function loadTokenizer(config: TokenizerFiles): Promise<HuggingFaceTokenizer> {
  try {
    return await HuggingFaceTokenizer.create(await readTokenizerJson(config), config.tokenizerConfig)
  } catch (cause) {
    if (isExhausted(cause)) throw systemError(`${config.tokenizer} cannot be read`, cause)
    if ((cause as KindredError).code === 'ERR_RESOURCES') throw cause
    throw new KindredError('ERR_ENCODER', `${config.tokenizer} is no tokenizer: ${(cause as Error).message}`)
  }
}
