import type { Id } from '../../data/id-map.js'
import type { Random } from '../../data/random.js'
import { checkBoolean, checkInteger, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, show } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import type { ArmModel } from './arm-model.js'
import { ArmSet } from './arm-set.js'
import { type Arm, armIds } from './arms.js'
import { type SavedBandit, saveBandit } from './bandit-file.js'
import {
  type BanditChoice,
  type BanditOptions,
  type CheckedBanditOptions,
  type ChooseOptions,
  checkBanditOptions,
  checkReward,
} from './bandit-options.js'
import { type BanditStatistics, checkStatistics } from './bandit-state.js'
import { type BanditContexts, type ReadContexts, readContexts } from './contexts.js'
import { PendingChoices, type PendingReport } from './pending-choices.js'
import { randomOfChoice } from './random-stream.js'
import { drawIndex } from './shares.js'

/** Choices that expire in one call: more wait for the next. */
const EXPIRED_AT_ONCE = 100

/** What all bandits share. Choices and rewards are taken at once, on the calling thread. */
export abstract class Bandit {
  /** The name of the class. @internal */
  protected abstract readonly algorithm: string
  /** @internal */
  protected readonly model: ArmModel<unknown>
  readonly #options: CheckedBanditOptions
  readonly #arms: ArmSet
  readonly #pending: PendingChoices
  #choices = 0

  /** @internal @throws ERR_VALUE, ERR_DUPLICATE */
  protected constructor(options: BanditOptions, model: ArmModel<unknown>) {
    this.#options = checkBanditOptions(options)
    this.model = model
    this.#arms = new ArmSet(model, armIds(options.arms))
    this.#pending = new PendingChoices(this.#options.maxPending, this.#options.pendingTtl)
  }

  /** Options of the class, for its folder. @internal */
  protected abstract settings(): Record<string, unknown>

  /**
   * Writes the probability of each arm.
   * @internal
   * @param random of this choice; what it gives besides decides the draw
   */
  protected abstract fill(
    arms: readonly Arm<unknown>[],
    contexts: ReadContexts,
    shares: Float64Array,
    random: Random,
  ): void

  /** Whether a reward is one that this bandit can learn from. @internal @throws ERR_VALUE */
  protected checkOwnReward(name: string, reward: unknown): number {
    return checkReward(name, reward)
  }

  /** The ids of the arms, in the order in which they were added. */
  get arms(): Id[] {
    return this.#arms.ids
  }

  /** Numbers of a context; 0 for bandits without. */
  get dims(): number {
    return this.model.dims
  }

  /** Choices made. */
  get choices(): number {
    return this.#choices
  }

  /** Choices that wait for their reward, and what became of others. */
  get pending(): PendingReport {
    return this.#pending.report()
  }

  /** Rewards that an arm had, those merged into it among them. @throws ERR_UNKNOWN_ID */
  count(arm: Id): number {
    return this.#arms.of(arm).statistics[0]!
  }

  /**
   * Chooses an arm.
   * @param contexts one [dims] that all arms share, or a row for each arm [arms, dims]; bandits without contexts ignore them
   * @throws ERR_SHAPE for contexts of another size, ERR_VALUE for numbers beyond 1e100, or where there is no arm;
   * ERR_UNKNOWN_ID, ERR_DUPLICATE for illegal candidates
   */
  choose(contexts?: BanditContexts, options: ChooseOptions = NO_OPTIONS): BanditChoice {
    const { candidates, pending = true } =
      options === NO_OPTIONS ? options : checkOptions('Bandit.choose', options, ['candidates', 'pending'])
    checkBoolean('pending', pending)
    const arms = this.#arms.candidates(candidates)
    const { dims } = this.model
    const read = readContexts(contexts, dims, arms.length)
    const random = randomOfChoice(this.#options.seed, this.#choices)
    const propensities = new Float64Array(arms.length)
    const uniform = random.next()
    this.fill(arms, read, propensities, random)
    const index = drawIndex(propensities, uniform)
    const id = this.#choices++
    const arm = arms[index]!.id
    if (pending && this.#options.maxPending > 0) this.#wait(id, arm, read, index)
    return { arm, propensity: propensities[index]!, propensities, id }
  }

  /**
   * The probability of each arm in the next choice, which this does not make.
   * @returns in the order of `arms`, or of the candidates; they sum to 1
   * @throws as {@link choose}
   */
  propensities(contexts?: BanditContexts, options: { candidates?: Iterable<Id> } = {}): Float64Array {
    const { candidates } = checkOptions('Bandit.propensities', options, ['candidates'])
    const arms = this.#arms.candidates(candidates)
    const shares = new Float64Array(arms.length)
    const random = randomOfChoice(this.#options.seed, this.#choices)
    random.next()
    this.fill(arms, readContexts(contexts, this.model.dims, arms.length), shares, random)
    return shares
  }

  /**
   * Learns the reward of an arm.
   * @param context [dims], of this arm; undefined for bandits without contexts, which ignore it
   * @throws ERR_UNKNOWN_ID for an arm that there is not, ERR_SHAPE or ERR_VALUE for an illegal context or reward,
   * ERR_NOT_POSITIVE_DEFINITE where contexts are too large for the regularization
   */
  update(arm: Id, context: ArrayLike<number> | undefined, reward: number): void {
    const known = this.#arms.of(arm)
    const { data } = readContexts(context, this.model.dims, 1)
    this.model.learn(known, data, this.checkOwnReward('reward', reward))
  }

  /**
   * Learns the reward of a choice that waits for it.
   * @param id of the choice
   * @returns false where it does not wait (any more); counted in {@link pending}
   * @throws ERR_VALUE
   */
  reward(id: number, reward: number): boolean {
    checkInteger('id', id, { min: 0 })
    const value = this.checkOwnReward('reward', reward)
    this.#expire()
    const choice = this.#pending.get(id)
    const arm = choice && this.#arms.get(choice.arm)
    if (choice !== undefined && arm !== undefined) this.model.learn(arm, choice.context, value)
    this.#pending.end(id, arm !== undefined)
    return arm !== undefined
  }

  /** Adds arms that know nothing yet. @throws ERR_VALUE, ERR_DUPLICATE for one that is there; none is added then */
  addArms(arms: Iterable<Id>): void {
    this.#arms.add(arms)
  }

  /**
   * Removes arms with what is known of them; what a hybrid learnt of shared weights stays. Their waiting choices end unmatched.
   * @throws ERR_UNKNOWN_ID for one that there is not; none is removed then
   */
  removeArms(arms: Iterable<Id>): void {
    this.#arms.remove(arms)
  }

  /**
   * Adds what another bandit of the same class and options knows, as if this one had seen its events too. Each event must
   * come once: for bandits that share again and again there is {@link exportDelta}.
   * @throws ERR_VALUE unless it is of the same class and options
   */
  merge(other: this): void {
    if (typeof other !== 'object' || other === null || other.algorithm !== this.algorithm || other === this)
      throw new KindredError(
        'ERR_VALUE',
        `other: expected another ${this.algorithm} but received ${other === this ? 'itself' : show(other)}.`,
      )
    const [own, others] = [this.settings(), other.settings()].map((settings) => JSON.stringify(settings))
    if (own !== others)
      throw new KindredError(
        'ERR_VALUE',
        `other: expected a ${this.algorithm} of the options ${own} but its own are ${others}.`,
      )
    this.#arms.merge(other.#arms.everything(), false)
  }

  /**
   * What this bandit learnt itself since the last call, or since it was made: for {@link importDelta} of bandits elsewhere,
   * each of which takes it once. What it imported is not told again, nor is what was learnt of an arm that was removed before.
   */
  exportDelta(): BanditStatistics {
    return { algorithm: this.algorithm, ...this.#arms.changes() }
  }

  /**
   * Takes in what {@link exportDelta} gave elsewhere, as if this bandit had seen those events. Arms that it does not have are
   * added, so an arm that is removed must be removed everywhere.
   * @throws ERR_VALUE, ERR_DATA where it does not fit; nothing is taken in then
   */
  importDelta(delta: BanditStatistics): void {
    const { width, retiredWidth } = this.model
    this.#arms.merge(checkStatistics(delta, { algorithm: this.algorithm, width, retiredWidth }), true)
  }

  /**
   * Saves what the bandit knows, as safetensors and config.json, over an older one. Waiting choices are not saved, and count
   * as unmatched if they are rewarded later.
   * @throws ERR_IO, ERR_ABORTED
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('Bandit.save', options, ['signal'])
    const { seed, maxPending, pendingTtl, expiredReward } = this.#options
    await saveBandit(
      dir,
      {
        algorithm: this.algorithm,
        options: { ...this.settings(), seed, maxPending, pendingTtl, expiredReward },
        choices: this.#choices,
        width: this.model.width,
        ...this.#arms.everything(),
      },
      options.signal,
    )
  }

  /** Takes over what was saved of a bandit of these options, which knows nothing yet. @internal @throws ERR_MODEL_FILE */
  protected restore(saved: SavedBandit): this {
    this.#arms.restore(saved)
    this.#choices = saved.choices
    return this
  }

  #wait(id: number, arm: Id, { data, stride }: ReadContexts, index: number): void {
    this.#expire()
    const context = stride === 0 ? data : data.slice(index * stride, (index + 1) * stride)
    this.#pending.add(id, { arm, context, time: this.#options.now() })
  }

  #expire(): void {
    const { expiredReward, now } = this.#options
    for (const { arm, context } of this.#pending.expire(now(), EXPIRED_AT_ONCE)) {
      const known = expiredReward === undefined ? undefined : this.#arms.get(arm)
      if (known !== undefined) this.model.learn(known, context, expiredReward!)
    }
  }
}

const NO_OPTIONS: ChooseOptions = Object.freeze({})

guardReceivers(Bandit)
