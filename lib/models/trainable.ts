import { Interactions } from '../data/interactions.js'
import { KindredError, show } from '../native/errors.js'

/** Refuses what nothing can be learned from. @throws ERR_VALUE for no log at all, ERR_DATA for one without rows */
export function checkTrainable(train: unknown): asserts train is Interactions {
  if (!(train instanceof Interactions))
    throw new KindredError('ERR_VALUE', `fit: expected Interactions but received ${show(train)}.`)
  if (train.size === 0)
    throw new KindredError('ERR_DATA', 'fit: expected at least one interaction but the log has no rows.')
}
