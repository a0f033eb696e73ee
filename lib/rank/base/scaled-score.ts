import type { RankedItem } from './ranked-list.js'

/** A score raised by a factor above 0, or lowered by one below 1, whatever its sign; finite. */
export function scaledScore(score: number, factor: number): number {
  const scaled = score >= 0 ? score * factor : score / factor
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, scaled))
}

/** Best first; of equals the one that stood before stays before. */
export const byScore = (list: readonly RankedItem[]): RankedItem[] =>
  [...list].sort((a, b) => (a.score > b.score ? -1 : a.score < b.score ? 1 : 0))
