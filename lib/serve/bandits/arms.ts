import { type Id, IdMap } from '../../data/id-map.js'
import { checkInteger, checkIterable } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'

/** Arms that one bandit may have: what is looked at for each choice. */
export const MAX_ARMS = 2 ** 20

/** An arm as a bandit keeps it. */
export interface Arm<Derived> {
  readonly id: Id
  /** Sums over its events [width], without any prior: those of several processes add up. */
  readonly statistics: Float64Array
  /** What of them was exported or came from elsewhere [width]; undefined before the first export. */
  exported: Float64Array | undefined
  /** What is computed of them. */
  readonly derived: Derived
}

/** The ids of an option `arms`: themselves, or 0, 1, ..., n - 1 for a number. @throws ERR_VALUE, ERR_DUPLICATE */
export function armIds(arms: number | Iterable<Id>): readonly Id[] {
  if (typeof arms === 'number') {
    const count = checkInteger('arms', arms, { min: 0, max: MAX_ARMS })
    return Array.from({ length: count }, (_, arm) => arm)
  }
  return armList('arms', arms)
}

/** Ids of arms, none of them twice. @throws ERR_VALUE, ERR_DUPLICATE */
export function armList(name: string, arms: Iterable<Id>): readonly Id[] {
  return [...IdMap.from(checkIterable(name, arms, 'ids of arms'), name)]
}

/** The error of an arm that a bandit does not have. */
export function unknownArm(id: unknown): KindredError {
  return new KindredError(
    'ERR_UNKNOWN_ID',
    `arm: ${show(id)} is none of this bandit's arms. Add it with addArms, or choose among those of bandit.arms.`,
  )
}
