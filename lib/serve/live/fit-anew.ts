import { rowIndices, rowValues } from '../../data/csr.js'
import type { InteractionInput } from '../../data/log/interaction-collector.js'
import { Interactions } from '../../data/log/interactions.js'
import { BaseRecommender } from '../../models/base/base-recommender.js'
import type { Recommender } from '../../models/base/recommender.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, show } from '../../native/errors.js'

async function* rowsOf(model: BaseRecommender): AsyncGenerator<InteractionInput> {
  const { users, items, seen } = model
  for (let row = 0; row < users.size; row++) {
    const user = users.idAt(row)
    const indices = rowIndices(seen, row)
    const weights = rowValues(seen, row)
    for (let n = 0; n < indices.length; n++) yield { user, item: items.idAt(indices[n]!), weight: weights[n]! }
  }
}

/**
 * A model of the same class and options, fitted on the log that this one holds, which has no times.
 * @throws ERR_NOT_SUPPORTED for a model of another library, and what its `fit` throws
 */
export async function fitAnew(model: Recommender, { signal }: AbortOptions): Promise<Recommender> {
  if (!(model instanceof BaseRecommender))
    throw new KindredError(
      'ERR_NOT_SUPPORTED',
      `refit: expected a model of kindred but received ${show(model)}. Give LiveModel a function \`refit\` that makes one.`,
    )
  const now = model.snapshot()
  await now.seenByAll(signal)
  const log = await Interactions.from(rowsOf(now), { signal })
  return model.fresh().fit(log, { signal })
}
