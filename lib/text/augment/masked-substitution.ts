import { checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import type { MaskCandidate } from '../fill-masks.js'
import { MaskedLanguageModel } from '../masked-language-model.js'
import { type Augmentation, countOf, draw, partsOf, wordsOf } from './augmentation.js'

/** How words are substituted. */
export interface MaskedSubstitutionOptions {
  /** Share of the words, above 0 to 1. Default 0.15. */
  share?: number
  /** Among how many of the most probable words the new one is drawn, an integer from 1. Default 5. */
  k?: number
}

/**
 * `share` of the words are masked, and replaced by words that the model finds likely there, drawn by their probabilities (as
 * contextual augmentation does; Wu et al. 2019, "Conditional BERT contextual augmentation", without the label). Texts that have
 * a mask already stay as they are.
 */
export function maskedSubstitution(model: MaskedLanguageModel, options: MaskedSubstitutionOptions = {}): Augmentation {
  options = checkOptions('maskedSubstitution', options, ['share', 'k'])
  const share = checkNumber('share', options.share ?? 0.15, { min: Number.MIN_VALUE, max: 1 })
  const k = checkInteger('k', options.k ?? 5, { min: 1 })
  if (!(model instanceof MaskedLanguageModel))
    throw new KindredError('ERR_VALUE', `model: expected a MaskedLanguageModel but received ${show(model)}.`)
  return async (texts, random, signal) => {
    const { maskToken } = model
    const masked = texts.map((text) => {
      const words = wordsOf(text)
      const places = [...words.keys()].filter((place) => partsOf(words[place]!).core !== '')
      if (text.includes(maskToken) || places.length === 0) return undefined
      const chosen = draw(places, countOf(share, places.length), random).sort((a, b) => a - b)
      const parts = chosen.map((place) => partsOf(words[place]!))
      for (const [n, place] of chosen.entries()) words[place] = parts[n]!.before + maskToken + parts[n]!.after
      return { words, chosen, parts }
    })
    const asked = masked.filter((one) => one !== undefined)
    // Some of the likely words are the one that was there, or go on with the word before.
    const given = await model.fill(
      asked.map(({ words }) => words.join(' ')),
      { k: 2 * k + 2, signal },
    )
    let next = 0
    return texts.map((text, n) => {
      if (masked[n] === undefined) return text
      const { words, chosen, parts } = masked[n]
      const candidates = given[next++]!
      let isChanged = false
      for (const [mask, place] of chosen.entries()) {
        const { before, core, after } = parts[mask]!
        const others = (candidates[mask] ?? []).filter((one) => isWord(one, core)).slice(0, k)
        isChanged ||= others.length > 0
        words[place] = before + (others.length > 0 ? drawByScore(others, random) : core) + after
      }
      return isChanged ? words.join(' ') : text
    })
  }
}

/** Whether it is a whole word, and another one. */
const isWord = ({ text, isContinuing }: MaskCandidate, core: string) =>
  !isContinuing && /^[\p{L}\p{N}]+$/u.test(text) && text.toLowerCase() !== core.toLowerCase()

function drawByScore(candidates: readonly MaskCandidate[], random: Parameters<Augmentation>[1]): string {
  let left = random.next() * candidates.reduce((sum, { score }) => sum + score, 0)
  for (const { text, score } of candidates) {
    left -= score
    if (left < 0) return text
  }
  return candidates.at(-1)!.text
}
