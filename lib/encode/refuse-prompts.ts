import { KindredError } from '../native/errors.js'
import type { PromptOptions } from './embedder.js'

/** @param encoder what has no prompts @throws ERR_VALUE for options that only encoders with prompts take */
export function refusePrompts(options: PromptOptions, encoder: string): void {
  for (const name of ['promptName', 'prompt'] as const)
    if (options[name] !== undefined)
      throw new KindredError(
        'ERR_VALUE',
        `${name}: of transformers that have prompts; ${encoder} has none, so put it before the texts yourself.`,
      )
}
