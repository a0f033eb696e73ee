import type { Metric } from '../native/addon.js'
import { checkBoolean, checkOneOf } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import type { Device } from '../native/device.js'
import { KindredError } from '../native/errors.js'
import type { RowFilter } from './row-filter.js'
import { METRICS } from './similarity-matrix.js'

/** What an index scans; 'tf32' is for the GPU alone. */
export type IndexDtype = 'f32' | 'tf32' | 'bf16' | 'int8'

const DTYPES: readonly IndexDtype[] = ['f32', 'tf32', 'bf16', 'int8']

/** What {@link SimilarityIndex.build} builds. */
export interface BuildIndexOptions extends AbortOptions {
  /** How vectors are compared; default 'cosine'. */
  metric?: Metric
  /**
   * What is scanned: 'f32', or codes of 2 bytes ('bf16') or 1 byte ('int8', at most 32,768 dimensions) a number, which
   * are faster to read and to multiply. 'tf32': on a GPU, products of floats cut to 10 bits of mantissa, with twice the
   * memory there; what they leave possible is scored again in f32. On the CPU the same as 'f32'. Default 'f32'.
   */
  dtype?: IndexDtype
  /**
   * Default true: lists and scores equal those of 'f32' to the bit, whatever the dtype. A bound on the error of codes leaves a
   * few rows possible, which are scored again in f32; the f32 vectors are kept for it. false: 'bf16' and 'int8' keep
   * the codes alone, a half or a quarter of the memory of 'f32', and list by their scores; `recall` says how well.
   */
  exact?: boolean
  /**
   * Where `search` searches; default 'cpu'. On a GPU the vectors lie there as well as in host memory, so that 'auto' can
   * go back to the CPU at any time.
   */
  device?: Device
}

/** What {@link SimilarityIndex.search} lists. */
export interface SearchOptions extends AbortOptions {
  /** How many rows to list for each query; default 10. */
  k?: number
  /** Rows that must not be listed; none if absent. */
  exclude?: RowFilter
  /** Rows that may be listed; all if absent. A row of both `candidates` and `exclude` is not listed. */
  candidates?: RowFilter
}

/** The nearest rows of each query, best first. */
export interface Neighbors {
  /** [queries, k], row-major: rows of the index; -1 in a place that no row fills. */
  indices: Int32Array
  /** [queries, k], row-major: the score of each; NaN in a place that no row fills. */
  scores: Float32Array
}

export const SEARCH_OPTIONS = ['k', 'exclude', 'candidates', 'signal']

export interface IndexKind {
  metric: Metric
  dtype: IndexDtype
  exact: boolean
}

interface GivenKind {
  metric?: unknown
  dtype?: unknown
  exact?: unknown
}

/** What these options ask for. @throws ERR_VALUE */
export function checkIndexKind({ metric = 'cosine', dtype = 'f32', exact = true }: GivenKind): IndexKind {
  const kind = {
    metric: checkOneOf('metric', metric, METRICS),
    dtype: checkOneOf('dtype', dtype, DTYPES),
    exact: checkBoolean('exact', exact),
  }
  if ((kind.dtype === 'f32' || kind.dtype === 'tf32') && !kind.exact)
    throw new KindredError(
      'ERR_VALUE',
      `exact: expected true for dtype '${kind.dtype}'; false is for 'bf16' and 'int8'.`,
    )
  return kind
}
