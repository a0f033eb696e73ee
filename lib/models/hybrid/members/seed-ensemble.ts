import type { Tensor } from '../../../data/storage/safetensors.js'
import type { ScoreNormalization } from '../../../features/fuse/fuse-scores.js'
import type { Csr } from '../../../native/addon.js'
import { checkInteger, checkIterable, checkOneOf, checkOptions } from '../../../native/argument-checks.js'
import { KindredError } from '../../../native/errors.js'
import { guardReceivers } from '../../../native/guard-receivers.js'
import type { BaseRecommender } from '../../base/base-recommender.js'
import type { FittedLog } from '../../base/fitted-log.js'
import type { SavedModel } from '../../base/model-file.js'
import type { FitOptions } from '../../base/recommend-options.js'
import { fitMembers, memberSteps } from './fit-members.js'
import { MemberModel, type MemberState, membersIn, type TrainedLog } from './member-model.js'
import type { PointRule } from './member-points.js'
import { checkModel } from './members.js'
import { restoredMembers, restoredState, stateTensors } from './saved-members.js'

/** Options of {@link SeedEnsemble}. */
export interface SeedEnsembleOptions {
  /** The seeds, distinct integers from 0, one model each. Default [0, 1, 2]. */
  seeds?: readonly number[]
  /** As of {@link Blend}; default 'z-score'. */
  normalization?: ScoreNormalization
}

/**
 * One model trained with several seeds, whose scores are averaged: what differs between the seeds is noise, of which the mean has
 * less (Lakshminarayanan et al. 2017, "Simple and scalable predictive uncertainty estimation using deep ensembles"). Costs as many
 * fits, and as many times the memory.
 */
export class SeedEnsemble extends MemberModel {
  /** @internal */
  static override readonly algorithm = 'SeedEnsemble'
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<SeedEnsembleOptions>>
  /** @internal The model given, or one of the saved ones, not fitted. */
  protected readonly given: BaseRecommender

  /**
   * @param model a model of kindred that has the option `seed`; it is not changed
   * @throws ERR_VALUE for another model, or naming the option
   */
  constructor(model: BaseRecommender, options: SeedEnsembleOptions = {}) {
    super()
    this.options = ensembleSettings(options)
    this.given = checkModel('SeedEnsemble', model)
    if (!('seed' in this.given.options))
      throw new KindredError(
        'ERR_VALUE',
        'SeedEnsemble: expected a model with the option seed, such as AlternatingLeastSquares: the others are the same for every seed.',
      )
  }

  /** @internal */
  static override async ofSaved(options: Readonly<Record<string, unknown>>, saved: SavedModel): Promise<SeedEnsemble> {
    const [model] = await restoredMembers(saved)
    return new SeedEnsemble(model!.fresh(), options)
  }

  /** @internal */
  override fresh(options: Readonly<Record<string, unknown>> = {}): this {
    return new SeedEnsemble(this.given, { ...this.options, ...options }) as this
  }

  /** @internal */
  protected get unfitted(): readonly BaseRecommender[] {
    return [this.given]
  }

  /** @internal */
  protected get rule(): PointRule {
    return { method: 'scores', normalization: this.options.normalization, rankConstant: 60 }
  }

  /** @internal */
  protected async learn(log: FittedLog, _byItem: () => Promise<Csr>, options: FitOptions): Promise<MemberState> {
    const { train, ...own } = log as TrainedLog
    const { seeds } = this.options
    const models = seeds.map((seed) => this.given.fresh({ seed }))
    const fitted = await fitMembers(models, train, options, memberSteps(models.length, options))
    const weights = new Float64Array(seeds.length).fill(1 / seeds.length)
    return { ...(await membersIn(own, fitted, options.signal)), weights, itemOffsets: null }
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    return stateTensors(this.state!)
  }

  /** @internal */
  protected async restored(saved: SavedModel): Promise<MemberState> {
    const state = await restoredState(saved)
    if (state.members.length !== this.options.seeds.length)
      throw new KindredError(
        'ERR_MODEL_FILE',
        `${saved.dir}: expected ${this.options.seeds.length} models, one per seed, but found ${state.members.length}.`,
      )
    return state
  }
}

guardReceivers(SeedEnsemble)

function ensembleSettings(options: SeedEnsembleOptions): Readonly<Required<SeedEnsembleOptions>> {
  options = checkOptions('SeedEnsemble', options, ['seeds', 'normalization'])
  const given = [...checkIterable('seeds', options.seeds ?? [0, 1, 2], 'a list of integers')]
  const seeds = given.map((seed, n) => checkInteger(`seeds[${n}]`, seed, { min: 0 }))
  if (seeds.length === 0 || new Set(seeds).size !== seeds.length)
    throw new KindredError('ERR_VALUE', 'seeds: expected one seed at least, and each once.')
  const normalizations: readonly ScoreNormalization[] = ['z-score', 'min-max', 'none']
  return Object.freeze({
    seeds: Object.freeze(seeds),
    normalization: checkOneOf('normalization', options.normalization ?? 'z-score', normalizations),
  })
}
