import { checkFunction, checkNumber, checkOptions } from '../../native/argument-checks.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { type Augmentation, countOf, draw, partsOf, wordsOf } from './augmentation.js'

/** How much of a text is changed. */
export interface WordEditOptions {
  /** Share of the words, above 0 to 1. Default 0.1. */
  share?: number
}

/** Other words for a word, best first; none where there are none. */
export type Candidates = (word: string, signal?: AbortSignal) => readonly string[] | Promise<readonly string[]>

function shareOf(where: string, options: WordEditOptions): number {
  options = checkOptions(where, options, ['share'])
  return checkNumber('share', options.share ?? 0.1, { min: Number.MIN_VALUE, max: 1 })
}

/** Each word falls away with the probability `share`; one is always left (EDA's random deletion; Wei and Zou 2019, section 2). */
export function randomDeletion(options: WordEditOptions = {}): Augmentation {
  const share = shareOf('randomDeletion', options)
  return (texts, random) =>
    texts.map((text) => {
      const words = wordsOf(text)
      const kept = words.filter(() => random.next() >= share)
      if (kept.length === words.length) return text
      return kept.length > 0 ? kept.join(' ') : words[random.integer(words.length)]!
    })
}

/** Two words change places, as often as `share` of the words are many (EDA's random swap; Wei and Zou 2019, section 2). */
export function randomSwap(options: WordEditOptions = {}): Augmentation {
  const share = shareOf('randomSwap', options)
  return (texts, random) =>
    texts.map((text) => {
      const words = wordsOf(text)
      if (words.length < 2) return text
      for (let n = countOf(share, words.length); n > 0; n--) {
        const [a, b] = draw([...words.keys()], 2, random) as [number, number]
        const word = words[a]!
        words[a] = words[b]!
        words[b] = word
      }
      return words.join(' ')
    })
}

/**
 * `share` of the words are replaced by one of their candidates (EDA's synonym replacement; Wei and Zou 2019, section 2). Marks
 * round a word stay.
 * @param candidates such as {@link vectorSynonyms}, or a thesaurus
 */
export function synonymReplacement(candidates: Candidates, options: WordEditOptions = {}): Augmentation {
  const share = shareOf('synonymReplacement', options)
  const ask = asker(candidates)
  return editEach(async (words, random, signal) => {
    let left = countOf(share, words.length)
    for (const place of draw([...words.keys()], words.length, random)) {
      if (left === 0) break
      const { before, core, after } = partsOf(words[place]!)
      const others = core === '' ? [] : await ask(core, signal)
      if (others.length === 0) continue
      words[place] = before + others[random.integer(others.length)]! + after
      left--
    }
  })
}

/**
 * Candidates of words of the text come in at random places, as many as `share` of its words (EDA's random insertion; Wei and
 * Zou 2019, section 2).
 */
export function randomInsertion(candidates: Candidates, options: WordEditOptions = {}): Augmentation {
  const share = shareOf('randomInsertion', options)
  const ask = asker(candidates)
  return editEach(async (words, random, signal) => {
    const own = [...words]
    let left = countOf(share, own.length)
    for (const word of draw(own, own.length, random)) {
      if (left === 0) break
      const { core } = partsOf(word)
      const others = core === '' ? [] : await ask(core, signal)
      if (others.length === 0) continue
      words.splice(random.integer(words.length + 1), 0, others[random.integer(others.length)]!)
      left--
    }
  })
}

/** Edits the words of each text in place, one text after another, so that what is drawn does not depend on time. */
function editEach(
  edit: (words: string[], random: Parameters<Augmentation>[1], signal?: AbortSignal) => Promise<void>,
): Augmentation {
  return async (texts, random, signal) => {
    const edited: string[] = []
    for (const text of texts) {
      throwIfAborted(signal)
      const words = wordsOf(text)
      const before = words.join(' ')
      await edit(words, random, signal)
      const after = words.join(' ')
      edited.push(after === before ? text : after)
    }
    return edited
  }
}

/** Asks for the candidates of a word, once. @throws ERR_VALUE for what is no list of texts */
function asker(candidates: Candidates): (word: string, signal?: AbortSignal) => Promise<readonly string[]> {
  if (checkFunction('candidates', candidates) === undefined)
    throw new KindredError('ERR_VALUE', 'candidates: expected a function from a word to other words.')
  const known = new Map<string, readonly string[]>()
  return async (word, signal) => {
    const found = known.get(word)
    if (found !== undefined) return found
    const given: unknown = await candidates(word, signal)
    if (!Array.isArray(given) || !given.every((other) => typeof other === 'string'))
      throw new KindredError(
        'ERR_VALUE',
        `candidates: expected a list of words for ${show(word)} but received ${show(given)}.`,
      )
    const others = given.filter((other) => other.trim() !== '' && other !== word)
    known.set(word, others)
    return others
  }
}
