import { KindredError, show } from '../../native/errors.js'

/** How a text becomes words. */
export type SplitWords = (text: string) => readonly string[]

const WORD = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}\p{N}]+)*/gu

/**
 * The words of a text as `WordVectors.train` and {@link SifEncoder} take them by default: in lower case, runs of letters,
 * marks and digits of any script, with apostrophes where they stand between such ("don't"). All else separates.
 */
export function splitWords(text: string): string[] {
  if (typeof text !== 'string')
    throw new KindredError('ERR_VALUE', `splitWords: expected a text but received ${show(text)}.`)
  return text.toLowerCase().match(WORD) ?? []
}

/** What `split` makes of a text. @throws ERR_VALUE where that is no list of strings */
export function wordsOf(split: SplitWords, text: string): readonly string[] {
  const words = split(text)
  if (!Array.isArray(words))
    throw new KindredError('ERR_VALUE', `tokenize: expected it to give a list of words but received ${show(words)}.`)
  for (const word of words) checkWord('tokenize', word)
  return words
}

/** @throws ERR_VALUE for what is no word: another type, or nothing */
export function checkWord(where: string, word: unknown): string {
  if (typeof word === 'string' && word !== '') return word
  throw new KindredError(
    'ERR_VALUE',
    `${where}: expected words, strings that are not empty, but received ${show(word)}.`,
  )
}
