import { checkBoolean, checkOneOf } from '../../native/argument-checks.js'
import { COUNT_OPTIONS, type CountVectorizerOptions, completeCountOptions } from './vocabulary-options.js'

/** What rows are divided by: their Euclidean norm, the sum of their numbers' sizes, or nothing. */
export type TextRowNorm = 'l2' | 'l1' | null

/** Options of {@link TfidfVectorizer}: those of {@link CountVectorizer}, and how counts are weighed. */
export interface TfidfVectorizerOptions extends CountVectorizerOptions {
  /** Multiply counts by {@link TfidfVectorizer.idf}; default true. */
  useIdf?: boolean
  /**
   * Count one more text that has every n-gram: ln((1 + texts) / (1 + frequency)) + 1 in place of ln(texts / frequency) + 1;
   * default true.
   */
  smoothIdf?: boolean
  /** 1 + ln(count) in place of counts; default false. */
  sublinearTf?: boolean
  /** What each row is divided by at last; default 'l2'. */
  norm?: TextRowNorm
}

export const TFIDF_OPTIONS = [...COUNT_OPTIONS, 'useIdf', 'smoothIdf', 'sublinearTf', 'norm'] as const

/** The options with their defaults. @throws ERR_VALUE naming the option at fault */
export function completeTfidfOptions(options: TfidfVectorizerOptions): Required<TfidfVectorizerOptions> {
  return Object.freeze({
    ...completeCountOptions(options),
    useIdf: checkBoolean('useIdf', options.useIdf ?? true),
    smoothIdf: checkBoolean('smoothIdf', options.smoothIdf ?? true),
    sublinearTf: checkBoolean('sublinearTf', options.sublinearTf ?? false),
    norm: checkNorm(options.norm),
  })
}

/** The norm, 'l2' if absent. @throws ERR_VALUE */
export function checkNorm(norm: unknown): TextRowNorm {
  return norm === null ? null : checkOneOf<'l2' | 'l1'>('norm', norm ?? 'l2', ['l2', 'l1'])
}
