import type { Interactions } from '../../data/log/interactions.js'
import { KindredError } from '../../native/errors.js'

/**
 * A log without what is held out of it to learn from: each user's last row in time, or a random one where there are no times;
 * users of one row keep it.
 * @throws ERR_DATA if no user has two rows
 */
export async function holdOut(
  log: Interactions,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<{ train: Interactions; later: Interactions }> {
  const last = log.times === null ? undefined : await log.splitAsync({ by: 'leave-k-out', choose: 'last', signal })
  const parts =
    last !== undefined && last.test.size > 0
      ? last
      : await log.splitAsync({ by: 'leave-k-out', choose: 'random', seed, signal })
  if (parts.test.size === 0)
    throw new KindredError(
      'ERR_DATA',
      'fit: expected users of two rows or more, of whom one can be held out, but there is none. Give what users chose later.',
    )
  return { train: parts.train, later: parts.test }
}
