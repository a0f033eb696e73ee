import { Features } from '../../data/features.js'
import { Interactions } from '../../data/log/interactions.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import type { FitOptions, UpdateOptions } from './recommend-options.js'

/**
 * Refuses what `fit` cannot learn from, before any work is done.
 * @throws ERR_VALUE for no log at all or an illegal option, ERR_DATA for a log without rows, ERR_ABORTED
 */
export function checkFit(train: unknown, options: FitOptions): asserts train is Interactions {
  throwIfAborted(options.signal)
  checkLog('fit', train)
  if (train.size === 0)
    throw new KindredError('ERR_DATA', 'fit: expected at least one interaction but the log has no rows.')
}

/** Refuses what `update` cannot learn from. @throws ERR_VALUE, ERR_ABORTED */
export function checkUpdate(added: unknown, options: UpdateOptions): asserts added is Interactions {
  throwIfAborted(options.signal)
  checkLog('update', added)
}

/** @throws ERR_VALUE */
export function checkFeatures(where: string, features: unknown): asserts features is Features {
  if (!(features instanceof Features))
    throw new KindredError('ERR_VALUE', `${where}: expected Features but received ${show(features)}.`)
}

export function checkLog(where: string, log: unknown): asserts log is Interactions {
  if (!(log instanceof Interactions))
    throw new KindredError('ERR_VALUE', `${where}: expected Interactions but received ${show(log)}.`)
}
