import type { Interactions } from '../../../data/log/interactions.js'
import { KindredError } from '../../../native/errors.js'

/** Part of each user's rows that is held out. */
const SHARE = 0.2

/**
 * A log without what is held out of it to learn from: each user's last fifth in time, rounded, or a random fifth where there are
 * no times.
 * @param named what to give instead, for the error
 * @throws ERR_DATA if nothing can be held out
 */
export async function holdOut(
  log: Interactions,
  seed: number,
  named: string,
  signal: AbortSignal | undefined,
): Promise<{ train: Interactions; later: Interactions }> {
  let parts = log.times === null ? undefined : await log.splitAsync({ by: 'time-per-user', fraction: SHARE, signal })
  if (parts === undefined || parts.test.size === 0)
    parts = await log.splitAsync({ by: 'random', fraction: SHARE, seed, signal })
  if (parts.test.size === 0)
    throw new KindredError(
      'ERR_DATA',
      `fit: expected users of several rows, of which a fifth can be held out, but there is none. Give what users chose later as ${named}.`,
    )
  return { train: parts.train, later: parts.test }
}
