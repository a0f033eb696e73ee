import { selectRows } from '../../../data/csr.js'
import type { Interactions } from '../../../data/log/interactions.js'
import type { Tensor } from '../../../data/storage/safetensors.js'
import { vectorTensor } from '../../../data/storage/saved-tensors.js'
import type { Csr } from '../../../native/addon.js'
import { checkOneOf } from '../../../native/argument-checks.js'
import { KindredError, show } from '../../../native/errors.js'
import { guardReceivers } from '../../../native/guard-receivers.js'
import type { BaseRecommender } from '../../base/base-recommender.js'
import { checkLog } from '../../base/check-fit.js'
import type { FittedLog } from '../../base/fitted-log.js'
import { seenBy } from '../../base/list-filters.js'
import type { SavedModel } from '../../base/model-file.js'
import type { FitOptions } from '../../base/recommend-options.js'
import { fitMembers, keptMembers, memberSteps } from '../members/fit-members.js'
import { holdOut } from '../members/hold-out.js'
import { MemberModel, type MemberState, membersIn, pointsOfMembers, type TrainedLog } from '../members/member-model.js'
import type { PointRule } from '../members/member-points.js'
import { checkModels, scoresOfMember } from '../members/members.js'
import { restoredMembers, restoredState, stateTensors } from '../members/saved-members.js'
import { type BlendFitOptions, type BlendOptions, type BlendSettings, blendSettings } from './blend-options.js'
import { type CategoryShares, categoryShares, targetsOf } from './categories.js'
import { learnWeights } from './learn-weights.js'
import type { DivergenceTerm } from './listwise-loss.js'
import { validationPools } from './validation-pools.js'

/** What learnt weights make of the validation that they were learnt from. */
export interface BlendValidation {
  /** Such as 'ndcg@10'; over each user's pool of items that some member has near the top. */
  metric: string
  /** Users that it was learnt from. */
  users: number
  /** The metric of the blend. */
  value: number
  /** The metric of each model alone. */
  models: readonly number[]
  /** With `diversity`: the mean Jensen-Shannon divergence of the expected list from its target, in nats, 0 to ln 2. */
  divergence?: number
}

/** What a fitted blend holds. */
interface BlendState extends MemberState {
  validation: BlendValidation | null
}

/** L2 penalty of the offsets of categories. */
const OFFSET_PENALTY = 1e-3

/**
 * Several models as one: a weighted sum of what they give each item, the weights learnt on held-out choices.
 *
 * Each member's scores are normalised for each user over the items of which it knows something; an item of which it knows
 * nothing counts as its worst one. An item of which no member knows anything scores 0 and comes last, by popularity.
 *
 * Weights are learnt by the metric on the validation: from the best member alone to equal weights, to those of the least
 * listwise loss, and on by coordinate ascent, wherever the gain exceeds its standard error (twice in the ascent). So none of the members ranks the
 * validation better. With `diversity` they are those of the least loss.
 *
 * The models given are not changed: `fit` fits new ones of their classes and options, which {@link models} gives. `update` and
 * `addItems` change the members and keep the weights. Same seed, same bits for any number of threads, where the members keep that.
 */
export class Blend extends MemberModel {
  /** @internal */
  static override readonly algorithm: string = 'Blend'
  /** The options in force, defaults filled in. */
  readonly options: BlendSettings
  /** @internal The models given, or those of the saved one, not fitted. */
  readonly given: readonly BaseRecommender[]
  /** @internal */
  declare protected state: BlendState | undefined

  /**
   * @param models one or more models of kindred, each once
   * @throws ERR_VALUE for what is no model, or naming the option; ERR_SHAPE unless there is one of given weights per model
   */
  constructor(models: Iterable<BaseRecommender>, options: BlendOptions = {}) {
    super()
    this.options = blendSettings(options)
    this.given = checkModels('Blend', models)
    const { weights } = this.options
    if (weights !== 'learn' && weights.length !== this.given.length)
      throw new KindredError(
        'ERR_SHAPE',
        `weights: expected ${this.given.length}, one per model, but received ${weights.length}.`,
      )
  }

  /** What the weights make of the validation that they were learnt from; null where they were given. @throws ERR_NOT_FITTED */
  get validation(): BlendValidation | null {
    this.fitted()
    return this.state!.validation
  }

  /**
   * Fits the members, and learns the weights.
   * @throws what the members' `fit` throws; ERR_VALUE for what is no log, and for `members: 'keep'` without a validation where weights are learnt,
   * ERR_NOT_FITTED for a member that is to be kept and was not fitted, ERR_DATA for a validation without a choice that is new to
   * a user of the log, or a log that nothing can be held out of; ERR_ABORTED
   */
  override async fit(train: Interactions, options: BlendFitOptions = {}): Promise<this> {
    return super.fit(train, options)
  }

  /** @internal */
  protected override get fitOptions(): readonly string[] {
    return ['validation', 'members', 'categories']
  }

  /** @internal */
  protected get unfitted(): readonly BaseRecommender[] {
    return this.given
  }

  /** @internal */
  protected get rule(): PointRule {
    return this.options
  }

  /** @internal */
  static override async ofSaved(options: Readonly<Record<string, unknown>>, saved: SavedModel): Promise<Blend> {
    const models = await restoredMembers(saved)
    return new Blend(
      models.map((model) => model.fresh()),
      options,
    )
  }

  /** @internal */
  override fresh(options: Readonly<Record<string, unknown>> = {}): this {
    return new Blend(this.given, { ...this.options, ...options }) as this
  }

  /** @internal */
  protected async learn(log: FittedLog, _byItem: () => Promise<Csr>, options: FitOptions): Promise<BlendState> {
    const { train, ...own } = log as TrainedLog
    const { validation, members, categories, signal } = options as BlendFitOptions
    if (validation !== undefined) checkLog('validation', validation)
    const keep = checkOneOf('members', members ?? 'fit', ['fit', 'keep']) === 'keep'
    const learns = this.options.weights === 'learn'
    if (this.given.length === 0) throw new KindredError('ERR_VALUE', 'Blend: expected one model at least.')
    if (keep && learns && validation === undefined)
      throw new KindredError(
        'ERR_VALUE',
        "members: 'keep': weights are learnt from choices that the members have not seen: give a validation, or weights.",
      )
    if (this.options.diversity !== undefined && categories === undefined)
      throw new KindredError('ERR_VALUE', 'diversity: expected the categories of items: fit(train, { categories }).')
    const shares = categories && categoryShares(categories, own)
    const holdsOut = learns && validation === undefined
    const steps = memberSteps(this.given.length * (holdsOut ? 2 : 1), options)
    const fitted = async (part: Interactions) =>
      keep ? keptMembers(this.given) : fitMembers(this.given, part, options, steps)
    if (!learns) {
      const { log: whole, members: all } = await membersIn(own, await fitted(train), signal)
      const sum = (this.options.weights as readonly number[]).reduce((a, b) => a + b, 0)
      const weights = Float64Array.from(this.options.weights as readonly number[], (weight) => weight / sum)
      return { log: whole, members: all, weights, itemOffsets: null, validation: null }
    }
    const parts = holdsOut
      ? await holdOut(train, this.options.seed, 'validation', signal)
      : { train, later: validation! }
    const ofPart = holdsOut ? await this.logOf(parts.train, signal) : own
    const first = await fitted(parts.train)
    const learnt = await this.#learnt({ log: ofPart, later: parts.later, models: first }, shares, own, signal)
    const models = holdsOut ? await fitted(train) : first
    const { log: whole, members: all } = await membersIn(own, models, signal)
    const itemOffsets =
      shares === undefined || learnt.offsets.length === 0 ? null : offsetsOf(shares, learnt.offsets, whole)
    return { log: whole, members: all, weights: learnt.weights, itemOffsets, validation: learnt.validation }
  }

  async #learnt(
    { log, later, models }: { log: FittedLog; later: Interactions; models: readonly BaseRecommender[] },
    shares: CategoryShares | undefined,
    all: FittedLog,
    signal: AbortSignal | undefined,
  ): Promise<{ weights: Float64Array; offsets: Float64Array; validation: BlendValidation }> {
    const { metric, k, diversity, depth, validationUsers, seed } = this.options
    const { log: whole, members } = await membersIn(log, models, signal)
    const pointsOf = (rows: Int32Array) => {
      const seen = seenBy(selectRows(whole.seen, rows), Int32Array.from(rows.keys()), whole.items.size)
      return pointsOfMembers(members, this.rule, seen, signal, (member) =>
        scoresOfMember(member, rows, whole.items.size, signal),
      )
    }
    const pools = await validationPools(whole, later, pointsOf, { depth, most: validationUsers, seed, signal })
    let term: DivergenceTerm | undefined
    if (diversity !== undefined) {
      const { names } = shares!
      const of = Array.from(whole.items, (id) => shares!.of[all.items.indexOf(id)] ?? new Int32Array(0))
      const categories = { names, of }
      const target = targetsOf(categories, diversity.target, whole)
      term = { categories, target, weight: diversity.weight, penalty: OFFSET_PENALTY }
    }
    const { weights, offsets, value, alone, divergence } = await learnWeights(
      pools,
      members.length,
      { metric, k },
      term,
      signal,
    )
    const validation = {
      metric: `${metric}@${k}`,
      users: pools.length,
      value,
      models: alone,
      ...(divergence !== undefined && { divergence }),
    }
    return { weights, offsets, validation }
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    const { validation } = this.state!
    return {
      ...stateTensors(this.state!),
      ...(validation !== null && {
        validation: vectorTensor(
          Float64Array.of(
            validation.users,
            validation.value,
            validation.divergence ?? Number.NaN,
            ...validation.models,
          ),
        ),
      }),
    }
  }

  /** @internal */
  protected async restored(saved: SavedModel): Promise<BlendState> {
    const state = await restoredState(saved)
    return { ...state, validation: this.#savedValidation(saved, state.weights.length) }
  }

  #savedValidation({ tensors, dir }: SavedModel, members: number): BlendValidation | null {
    if (!tensors.has('validation')) return null
    const [users, value, divergence, ...models] = tensors.vector('validation', Float64Array)
    if (models.length !== members)
      throw new KindredError(
        'ERR_MODEL_FILE',
        `${dir}: validation: expected ${members} models but found ${show(models.length)}.`,
      )
    const { metric, k } = this.options
    return {
      metric: `${metric}@${k}`,
      users: users!,
      value: value!,
      models,
      ...(!Number.isNaN(divergence!) && { divergence: divergence! }),
    }
  }
}

guardReceivers(Blend)

/** What is added to the score of each item [items]: the mean of its categories' offsets; 0 for items added since. */
function offsetsOf({ of }: CategoryShares, offsets: Float64Array, { items }: FittedLog): Float32Array {
  const out = new Float32Array(items.size)
  for (const [item, own] of of.entries())
    out[item] = own.reduce((sum, category) => sum + offsets[category]!, 0) / own.length
  return out
}
