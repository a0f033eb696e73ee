import type { NgramRules } from '../../native/addon.js'
import { checkBoolean, checkInteger, checkOneOf } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { ENGLISH_STOP_WORDS } from './english-stop-words.js'

/**
 * Which runs of characters are tokens. A word character (`\w`) is what Python's `re` takes for one: letters and numbers of
 * any script and the underscore, no combining marks; white space (`\s`) likewise. `'\\w\\w+'`: two word characters or more
 * between others (scikit-learn's default, `(?u)\b\w\w+\b`); `'\\w+'`: one or more; `'\\S+'`: whatever stands between white
 * space, punctuation included.
 */
export type TokenPattern = '\\w\\w+' | '\\w+' | '\\S+'

/** Which n-grams a text is divided into; the same n-grams as scikit-learn's for options of the same names. */
export interface NgramOptions {
  /**
   * 'word' (default): n tokens in a row, with a space between them. 'char': n characters (code points) in a row, runs of
   * white space as one space. 'char_wb': the same within each word and one space on either side of it.
   */
  analyzer?: 'word' | 'char' | 'char_wb'
  /** The shortest and the longest n, from 1 to 1000; default [1, 1]. */
  ngramRange?: readonly [shortest: number, longest: number]
  /** Make small letters first, as Python's `str.lower()` does (Unicode 14, final sigma included); default true. */
  lowercase?: boolean
  /**
   * Take accents off, after lowercasing: 'unicode' decomposes characters (NFKD) and drops combining marks, 'ascii' drops
   * whatever is not ASCII then; null (default) leaves texts as they are.
   */
  stripAccents?: 'ascii' | 'unicode' | null
  /** Which tokens a text has; of `analyzer: 'word'`. Default `'\\w\\w+'`. */
  tokenPattern?: TokenPattern
  /**
   * Tokens that are left out before n-grams are made: a list, compared as it is with tokens that have been lowercased and
   * stripped; 'english': scikit-learn's 318 English words; null (default): none. Of `analyzer: 'word'`.
   */
  stopWords?: 'english' | readonly string[] | null
  /** Count an n-gram once for each text that has it, however often it is there; default false. */
  binary?: boolean
}

export const NGRAM_OPTIONS = [
  'analyzer',
  'ngramRange',
  'lowercase',
  'stripAccents',
  'tokenPattern',
  'stopWords',
  'binary',
] as const

const LONGEST = 1000
const DEFAULTS = { tokenPattern: '\\w\\w+', stopWords: null } as const

/** The options with their defaults. @throws ERR_VALUE naming the option at fault */
export function completeNgramOptions(options: NgramOptions): Required<NgramOptions> {
  const { ngramRange = [1, 1], stripAccents = null, stopWords = null } = options
  const analyzer = checkOneOf('analyzer', options.analyzer ?? 'word', ['word', 'char', 'char_wb'])
  if (!Array.isArray(ngramRange) || ngramRange.length !== 2)
    throw new KindredError(
      'ERR_VALUE',
      `ngramRange: expected the shortest and the longest n, such as [1, 2], but received ${show(ngramRange)}.`,
    )
  const shortest = checkInteger('ngramRange[0]', ngramRange[0], { min: 1, max: LONGEST })
  const longest = checkInteger('ngramRange[1]', ngramRange[1], { min: shortest, max: LONGEST })
  if (analyzer !== 'word')
    for (const name of ['tokenPattern', 'stopWords'] as const)
      if ((options[name] ?? DEFAULTS[name]) !== DEFAULTS[name])
        throw new KindredError('ERR_VALUE', `${name}: of analyzer: 'word'; characters have no tokens. Leave it out.`)
  return Object.freeze({
    analyzer,
    ngramRange: Object.freeze([shortest, longest] as const),
    lowercase: checkBoolean('lowercase', options.lowercase ?? true),
    stripAccents: stripAccents === null ? null : checkOneOf('stripAccents', stripAccents, ['ascii', 'unicode']),
    tokenPattern: checkOneOf('tokenPattern', options.tokenPattern ?? DEFAULTS.tokenPattern, [
      '\\w\\w+',
      '\\w+',
      '\\S+',
    ]),
    stopWords: checkStopWords(stopWords),
    binary: checkBoolean('binary', options.binary ?? false),
  })
}

function checkStopWords(stopWords: unknown): 'english' | readonly string[] | null {
  if (stopWords === null || stopWords === 'english') return stopWords
  if (!Array.isArray(stopWords))
    throw new KindredError(
      'ERR_VALUE',
      `stopWords: expected an array of tokens, 'english' or null but received ${show(stopWords)}.`,
    )
  const bad = stopWords.findIndex((word) => typeof word !== 'string')
  if (bad >= 0)
    throw new KindredError('ERR_VALUE', `stopWords[${bad}]: expected a string but received ${show(stopWords[bad])}.`)
  return Object.freeze([...stopWords])
}

/** The options as the addon takes them. */
export function rulesOf(options: Required<NgramOptions>): NgramRules {
  const { analyzer, lowercase, stripAccents, tokenPattern, ngramRange, stopWords } = options
  return {
    analyzer,
    lowercase,
    accents: stripAccents ?? 'kept',
    tokenPattern,
    shortest: ngramRange[0],
    longest: ngramRange[1],
    stopWords: stopWords === 'english' ? ENGLISH_STOP_WORDS : (stopWords ?? []),
  }
}
