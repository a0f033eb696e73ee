import type { Id } from '../id-map.js'

/** One interaction, in the caller's ids. */
export interface Interaction {
  /** Who. */
  user: Id
  /** What. */
  item: Id
  /** How much; 1 unless the source says otherwise. */
  weight: number
  /** When, undefined where the row has no time. In the unit of the source; dates are milliseconds since 1970 UTC. */
  time: number | undefined
}
