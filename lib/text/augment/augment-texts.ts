import { createRandom } from '../../data/random.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { checkTexts } from '../../encode/check-texts.js'
import { checkInteger, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import type { Augmentation } from './augmentation.js'

/** How {@link augmentTexts} makes texts. */
export interface AugmentOptions extends AbortOptions {
  /** How many texts are made of each, an integer from 1: the n-th by the n-th way, in turns. Default one for each way. */
  copies?: number
  /** Draws what is changed, an integer from 0. Default 0. */
  seed?: number
}

/** Texts that were made of others. */
export interface AugmentedTexts {
  /** Those that differ from the text that they were made of, and from what else was made of it. */
  texts: string[]
  /** [texts] the number of the text that each was made of: its label is the label of that. */
  sources: Int32Array
}

/** Texts changed at a time. */
const TEXTS_AT_ONCE = 256

/**
 * Makes further texts to learn from, which keep the labels of those that they were made of: `labels[sources[n]]`. The same
 * seed makes the same texts.
 * @param ways such as {@link randomSwap}, {@link maskedSubstitution}, or functions of your own
 * @throws ERR_VALUE, what a way throws, ERR_ABORTED
 */
export async function augmentTexts(
  texts: readonly string[],
  ways: readonly Augmentation[],
  options: AugmentOptions = {},
): Promise<AugmentedTexts> {
  options = checkOptions('augmentTexts', options, ['copies', 'seed', 'signal'])
  const { signal } = options
  const own = checkTexts(texts)
  if (!Array.isArray(ways) || ways.length === 0 || !ways.every((way) => typeof way === 'function'))
    throw new KindredError(
      'ERR_VALUE',
      `ways: expected at least one way to change texts, such as randomSwap(), but received ${show(ways)}.`,
    )
  const copies = checkInteger('copies', options.copies ?? ways.length, { min: 1 })
  const random = createRandom(checkInteger('seed', options.seed ?? 0, { min: 0 }))
  const made = own.map((): string[] => [])
  const yielder = new LoopYielder(signal)
  for (let copy = 0; copy < copies; copy++) {
    const way = ways[copy % ways.length] as Augmentation
    for (let begin = 0; begin < own.length; begin += TEXTS_AT_ONCE) {
      const some = own.slice(begin, begin + TEXTS_AT_ONCE)
      const changed: unknown = await way(some, random, signal)
      throwIfAborted(signal)
      if (!Array.isArray(changed) || changed.length !== some.length || !changed.every((one) => typeof one === 'string'))
        throw new KindredError(
          'ERR_VALUE',
          `ways[${copy % ways.length}]: expected it to give ${some.length} texts but received ${show(changed)}.`,
        )
      for (const [n, text] of (changed as string[]).entries())
        if (text !== some[n] && !made[begin + n]!.includes(text)) made[begin + n]!.push(text)
      if (yielder.due) await yielder.yieldToLoop()
    }
  }
  return {
    texts: made.flat(),
    sources: Int32Array.from(made.flatMap((some, source) => some.map(() => source))),
  }
}
