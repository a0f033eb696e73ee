import type { Matrix } from './matrices.js'
import type { AbortFlag } from './runtime.js'

/** What a list is chosen from, in the order of a list. */
export interface ListCandidates {
  /** [vectors, dims] */
  vectors: Matrix
  /** [candidates] the row of each one's vector; -1: none */
  rows: Int32Array
  /** [candidates] */
  relevance: Float64Array
}

/** What a list keeps. */
export interface ListRules {
  /** [candidates] whether it must be listed */
  must: Uint8Array
  /** [candidates + 1] where the groups of each candidate begin */
  offsets: Int32Array
  groups: Int32Array
  /** [groups] how many of each may be listed beside those that must */
  limits: Int32Array
}

/** Candidates in the order in which they were chosen, and what each was chosen by. */
export interface DiverseList {
  chosen: Int32Array
  values: Float64Array
}

/** Lists whose items differ. */
export interface RankFunctions {
  maximalMarginalRelevance(
    candidates: ListCandidates,
    rules: ListRules | null,
    length: number,
    weight: number,
    abort?: AbortFlag,
  ): Promise<DiverseList>
  determinantalList(
    candidates: ListCandidates,
    rules: ListRules | null,
    length: number,
    weight: number,
    abort?: AbortFlag,
  ): Promise<DiverseList>
}
