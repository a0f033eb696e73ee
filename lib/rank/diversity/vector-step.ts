import { Features } from '../../data/features.js'
import type { DiverseList, ListCandidates, ListRules } from '../../native/addon.js'
import { KindredError, show } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { BaseStep } from '../base/base-step.js'
import type { Limits } from '../base/limits.js'
import { movedToFront, type RankedItem, type RankRequest, relevanceOf } from '../base/ranked-list.js'

/** What chooses items by their relevance and their vectors. */
export abstract class VectorStep extends BaseStep {
  readonly #features: Features

  /** @internal @throws ERR_VALUE */
  protected constructor(features: Features) {
    super()
    if (!(features instanceof Features))
      throw new KindredError('ERR_VALUE', `features: expected Features but received ${show(features)}.`)
    this.#features = features
  }

  /** @internal */
  protected abstract choose(
    candidates: ListCandidates,
    rules: ListRules | null,
    length: number,
    signal: AbortSignal | undefined,
  ): Promise<DiverseList>
  /** @internal */
  protected abstract reason(place: number, value: number): string

  /** @internal */
  override async ranked(
    list: readonly RankedItem[],
    { k, signal }: RankRequest,
    limits: Limits,
  ): Promise<readonly RankedItem[]> {
    const { ids, matrix } = this.#features
    const candidates = {
      vectors: matrix,
      rows: Int32Array.from(list, ({ item }) => ids.indexOf(item)),
      relevance: relevanceOf(list),
    }
    const { chosen, values } = await this.choose(candidates, limits.rulesOf(list, k), k, signal)
    return movedToFront(list, chosen, (place, row) =>
      candidates.rows[row]! < 0 ? `${this.name}: has no vector, by relevance` : this.reason(place, values[place]!),
    )
  }
}

guardReceivers(VectorStep)
