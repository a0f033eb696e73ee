import { KindredError } from '../../../native/errors.js'
import { guardReceivers } from '../../../native/guard-receivers.js'
import type { BaseRecommender } from '../../base/base-recommender.js'
import type { SavedModel } from '../../base/model-file.js'
import type { BaseClickModel } from '../../ctr/base/base-click-model.js'
import { Blend } from '../blend/blend.js'
import { checkModels } from '../members/members.js'
import { freshClickModel } from './fit-ranker.js'
import { type RetrieveAndRankOptions, rankSettings } from './rank-options.js'
import { RetrieveAndRank } from './retrieve-and-rank.js'
import { savedParts } from './saved-ranker.js'

/**
 * Stacked generalisation (Wolpert 1992): a model of clicks learns from what several models give an item, beside all other fields
 * of {@link RetrieveAndRank}, which it is, with a {@link Blend} of equal weights of the models as its retriever. It can learn whom
 * to trust for which user, item and context, which weights cannot, and takes more clicks to learn it from.
 */
export class Stacking extends RetrieveAndRank {
  /** @internal */
  static override readonly algorithm = 'Stacking'
  /**
   * @param models one or more models of kindred, each once
   * @param learner any model of clicks
   * @throws ERR_VALUE for what is no such model, or naming the option
   */
  constructor(models: Iterable<BaseRecommender>, learner: BaseClickModel, options: RetrieveAndRankOptions = {}) {
    const settings = rankSettings('Stacking', options)
    super(equalBlend(models), learner, settings)
  }

  /** @internal */
  static override async ofSaved(options: Readonly<Record<string, unknown>>, saved: SavedModel): Promise<Stacking> {
    const { retriever, ranker } = await savedParts(saved)
    const models = retriever instanceof Blend ? retriever.models : [retriever]
    return new Stacking(
      models.map((model) => model.fresh()),
      freshClickModel(ranker),
      options,
    )
  }

  /** @internal */
  override fresh(options: Readonly<Record<string, unknown>> = {}): this {
    return new Stacking((this.given.retriever as Blend).given, this.given.ranker, {
      ...this.options,
      ...options,
    }) as this
  }
}

guardReceivers(Stacking)

function equalBlend(models: Iterable<BaseRecommender>): Blend {
  const all = checkModels('Stacking', models)
  if (all.length === 0) throw new KindredError('ERR_VALUE', 'Stacking: expected one model at least.')
  return new Blend(all, { weights: all.map(() => 1) })
}
