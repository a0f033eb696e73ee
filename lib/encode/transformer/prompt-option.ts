import { checkString } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import type { PromptOptions } from '../embedder.js'
import type { SentenceTransformersConfig } from './sentence-transformers-config.js'

/** What is put before each text: what the caller says, else what the folder says. @throws ERR_VALUE */
export function promptOf(
  { prompts, defaultPromptName }: SentenceTransformersConfig,
  { prompt, promptName }: PromptOptions,
): string {
  if (prompt !== undefined && promptName !== undefined)
    throw new KindredError('ERR_VALUE', 'prompt and promptName: expected one of the two but received both.')
  if (prompt !== undefined) return checkString('prompt', prompt)
  const name = promptName ?? defaultPromptName
  if (name === null) return ''
  if (typeof name === 'string' && Object.hasOwn(prompts, name)) return prompts[name]!
  throw new KindredError(
    'ERR_VALUE',
    `promptName: expected one of ${Object.keys(prompts).map(show).join(', ')}, the prompts of the encoder's folder, but received ${show(name)}.`,
  )
}
