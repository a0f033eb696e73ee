import { KindredError } from '../native/errors.js'
import type { EmbedOptions } from './embedder.js'

/** @param kind of encoder, for the message @throws ERR_VALUE for a prompt, which such encoders have none of */
export function refusePrompts(options: EmbedOptions, kind: string): void {
  for (const name of ['promptName', 'prompt'] as const)
    if (options[name] !== undefined)
      throw new KindredError(
        'ERR_VALUE',
        `${name}: of transformers that have prompts; a ${kind} encoder has none, so put it before the texts yourself.`,
      )
}
