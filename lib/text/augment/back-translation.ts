import { checkFunction } from '../../native/argument-checks.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import type { Augmentation } from './augmentation.js'

/** Translates texts, each into one, in their order: a model or a service of yours. */
export type Translator = (texts: readonly string[], signal?: AbortSignal) => Promise<readonly string[]>

/**
 * Texts translated into another language and back (Sennrich, Haddow and Birch 2016; as augmentation Xie et al. 2020, UDA,
 * section 2.2). A translator that always gives the same gives one text more, however many copies are asked for.
 * @param there into another language @param back from it
 */
export function backTranslation(there: Translator, back: Translator): Augmentation {
  for (const [name, translator] of Object.entries({ there, back }))
    if (checkFunction(name, translator) === undefined)
      throw new KindredError('ERR_VALUE', `${name}: expected a function that translates texts.`)
  return async (texts, _random, signal) => {
    const own = [...texts]
    return translated('back', back, await translated('there', there, own, signal), signal)
  }
}

async function translated(
  name: string,
  translator: Translator,
  texts: readonly string[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  throwIfAborted(signal)
  const given: unknown = await translator(texts, signal)
  if (Array.isArray(given) && given.length === texts.length && given.every((text) => typeof text === 'string'))
    return given
  throw new KindredError(
    'ERR_VALUE',
    `${name}: expected a translation of each of ${texts.length} texts but received ${show(given)}.`,
  )
}
