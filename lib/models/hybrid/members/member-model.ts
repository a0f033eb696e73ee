import { csrFromLists, selectRows } from '../../../data/csr.js'
import type { Features } from '../../../data/features.js'
import type { Interactions } from '../../../data/log/interactions.js'
import type { Matrix } from '../../../data/matrix.js'
import type { Csr } from '../../../native/addon.js'
import { guardReceivers } from '../../../native/guard-receivers.js'
import { BaseRecommender } from '../../base/base-recommender.js'
import { type Capabilities, capabilities } from '../../base/capabilities.js'
import type { FittedLog, FittedState } from '../../base/fitted-log.js'
import type { LogUpdate } from '../../base/merge-log.js'
import type { NestedFolders } from '../../base/nested-folders.js'
import type { AddItemsReport, UpdateOptions } from '../../base/recommend-options.js'
import { combinePoints, type MemberPoints, memberPoints, type PointRule } from './member-points.js'
import { historyScoresOfMember, type Member, memberOf, scoresOfMember, withItemsOf } from './members.js'

/** A log, and what it was made of. */
export interface TrainedLog extends FittedLog {
  train: Interactions
}

/** What a fitted model of weighted models holds. */
export interface MemberState extends FittedState {
  members: readonly Member[]
  /** [members] */
  weights: Float64Array
  /** [items] what is added to the score of each; null: nothing */
  itemOffsets: Float32Array | null
}

/** A model whose score is a weighted sum of what other models, its members, give an item. */
export abstract class MemberModel extends BaseRecommender {
  /** @internal */
  declare protected state: MemberState | undefined

  /** @internal */
  protected abstract get rule(): PointRule
  /** @internal Models of the members' classes, for what they can do before they are fitted. */
  protected abstract get unfitted(): readonly BaseRecommender[]

  /** The fitted models that scores are made of, in the order of {@link weights}. They are to be read: change the whole. @throws ERR_NOT_FITTED */
  get models(): readonly BaseRecommender[] {
    this.fitted()
    return this.state!.members.map(({ model }) => model)
  }

  /** The weight of each model, which sum up to 1. @throws ERR_NOT_FITTED */
  get weights(): readonly number[] {
    this.fitted()
    return [...this.state!.weights]
  }

  /** What the members support: `itemFeatures` and `addItems` where one does, the rest where all do. */
  override get capabilities(): Capabilities {
    const models = this.state === undefined ? this.unfitted : this.state.members.map(({ model }) => model)
    const of = models.map((model) => model.capabilities)
    return Object.freeze({
      ...capabilities(),
      itemFeatures: of.some(({ itemFeatures }) => itemFeatures),
      addItems: of.some(({ addItems }) => addItems),
      update: of.every(({ update }) => update),
      recommendFor: of.every(({ recommendFor }) => recommendFor),
    })
  }

  /** @internal Its members warn of weights that they learn from. */
  protected override get learnsFromWeights(): boolean {
    return false
  }

  /** @internal */
  protected override async logOf(train: Interactions, signal?: AbortSignal): Promise<TrainedLog> {
    return { ...(await super.logOf(train, signal)), train }
  }

  /** @internal */
  protected override get nested(): NestedFolders {
    return Object.fromEntries(this.models.map((model, n) => [String(n), model]))
  }

  /** @internal The members' points of users [userRows.length, items]. */
  async pointsOf(userRows: Int32Array, signal?: AbortSignal): Promise<MemberPoints[]> {
    const { members, log } = this.state!
    const seen = selectRows(log.seen, userRows)
    return pointsOfMembers(members, this.rule, seen, signal, (member) =>
      scoresOfMember(member, userRows, log.items.size, signal),
    )
  }

  /** @internal The same of a history of item rows and weights [1, items]. */
  async historyPoints(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<MemberPoints[]> {
    const { members, log } = this.state!
    const seen = csrFromLists([history], log.items.size)
    return pointsOfMembers(members, this.rule, seen, signal, (member) =>
      historyScoresOfMember(member, history, log.items.size, signal),
    )
  }

  /** @internal */
  async scoreRows(userRows: Int32Array, signal?: AbortSignal): Promise<Matrix> {
    const { weights, itemOffsets } = this.state!
    return combinePoints(await this.pointsOf(userRows, signal), weights, itemOffsets, signal)
  }

  /** @internal */
  protected async scoreHistory(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    if (!this.capabilities.recommendFor) throw this.unsupported('recommendFor')
    const { weights, itemOffsets } = this.state!
    return combinePoints(await this.historyPoints(history, signal), weights, itemOffsets, signal)
  }

  /** @internal */
  protected async learnUpdate({ log, added }: LogUpdate, { signal }: UpdateOptions): Promise<MemberState> {
    if (!this.capabilities.update) throw this.unsupported('update')
    const models: BaseRecommender[] = []
    for (const { model } of this.state!.members) {
      const updated = model.copy()
      await updated.update(added, { signal })
      models.push(updated)
    }
    return this.with(await membersIn(log, models, signal))
  }

  /** @internal */
  protected override async placeItems(features: Features, before: MemberState, signal?: AbortSignal) {
    const report: AddItemsReport = { added: 0, replaced: 0, kept: 0 }
    const models: BaseRecommender[] = []
    for (const { model } of before.members) {
      const changed = model.copy()
      if (changed.capabilities.addItems) {
        const of = await changed.addItems(features, { signal })
        for (const key of ['added', 'replaced', 'kept'] as const) report[key] = Math.max(report[key], of[key])
      }
      models.push(changed)
    }
    return { state: this.with(await membersIn(before.log, models, signal)), report }
  }

  /** @internal The state with other members in another log. */
  protected with({ log, members }: Pick<MemberState, 'log' | 'members'>): MemberState {
    const { itemOffsets } = this.state!
    if (itemOffsets === null) return { ...this.state!, log, members }
    const offsets = new Float32Array(log.items.size)
    offsets.set(itemOffsets)
    return { ...this.state!, log, members, itemOffsets: offsets }
  }
}

guardReceivers(MemberModel)

/** Fitted models as members of a log, to which the items that they know further are added. */
export async function membersIn(
  log: FittedLog,
  models: readonly BaseRecommender[],
  signal: AbortSignal | undefined,
): Promise<Pick<MemberState, 'log' | 'members'>> {
  const whole = await withItemsOf(log, models, signal)
  return { log: whole, members: await Promise.all(models.map((model) => memberOf(model, whole, signal))) }
}

/** What members give items, of their scores. */
export async function pointsOfMembers(
  members: readonly Member[],
  rule: PointRule,
  seen: Csr,
  signal: AbortSignal | undefined,
  scoresOf: (member: Member) => Promise<Matrix>,
): Promise<MemberPoints[]> {
  const points: MemberPoints[] = []
  for (const member of members)
    points.push(await memberPoints(await scoresOf(member), member.model.inner.evidence, seen, rule, signal))
  return points
}
