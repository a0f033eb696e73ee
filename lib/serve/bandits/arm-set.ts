import { type Id, toId } from '../../data/id-map.js'
import { KindredError, show } from '../../native/errors.js'
import type { ArmModel } from './arm-model.js'
import { type Arm, armList, MAX_ARMS, unknownArm } from './arms.js'
import type { SavedBandit } from './bandit-file.js'

/** What is known of arms: statistics [arms, width], and of those removed. */
export interface ArmStatistics {
  readonly arms: Id[]
  readonly statistics: Float64Array
  readonly retired: Float64Array
}

/** The arms of a bandit, with what is known of each. */
export class ArmSet {
  readonly #model: ArmModel<unknown>
  /** By id, in their order. */
  #arms: ReadonlyMap<Id, Arm<unknown>> = new Map()
  #list: readonly Arm<unknown>[] = []
  #retired: Float64Array

  constructor(model: ArmModel<unknown>, ids: readonly Id[]) {
    this.#model = model
    this.#retired = new Float64Array(model.retiredWidth)
    this.#set(ids.map((id) => this.#fresh(id)))
  }

  /** In the order in which they were added. */
  get ids(): Id[] {
    return [...this.#arms.keys()]
  }

  get(id: Id): Arm<unknown> | undefined {
    return this.#arms.get(id)
  }

  /** @throws ERR_UNKNOWN_ID */
  of(id: Id): Arm<unknown> {
    const arm = this.#arms.get(id) ?? this.#arms.get(toId(id, () => 'arm'))
    if (arm === undefined) throw unknownArm(id)
    return arm
  }

  /** All arms, or those named. @throws ERR_VALUE where there is none, ERR_UNKNOWN_ID, ERR_DUPLICATE */
  candidates(candidates: Iterable<Id> | undefined): readonly Arm<unknown>[] {
    const arms = candidates === undefined ? this.#list : armList('candidates', candidates).map((id) => this.of(id))
    if (arms.length === 0)
      throw new KindredError('ERR_VALUE', 'choose: there is no arm to choose. Add arms, or give candidates.')
    return arms
  }

  /** @throws ERR_VALUE, ERR_DUPLICATE, ERR_TOO_LARGE; none is added then */
  add(arms: Iterable<Id>): void {
    const added = armList('arms', arms)
    for (const id of added)
      if (this.#arms.has(id))
        throw new KindredError('ERR_DUPLICATE', `arms: ${show(id)} is one of this bandit's arms already.`)
    this.#checkNumber(added.length)
    this.#set([...this.#list, ...added.map((id) => this.#fresh(id))])
  }

  /** @throws ERR_UNKNOWN_ID; none is removed then */
  remove(arms: Iterable<Id>): void {
    const removed = new Set(armList('arms', arms).map((id) => this.of(id)))
    for (const arm of removed) this.#model.retire(arm, this.#retired)
    this.#set(this.#list.filter((arm) => !removed.has(arm)))
  }

  /** What was learnt here since the last call. */
  changes(): ArmStatistics {
    const { width } = this.#model
    const statistics = new Float64Array(this.#list.length * width)
    const kept: Arm<unknown>[] = []
    for (const arm of this.#list) {
      const { exported } = arm
      if (arm.statistics[0] === (exported?.[0] ?? 0)) continue
      const row = statistics.subarray(kept.length * width, (kept.length + 1) * width)
      row.set(arm.statistics)
      if (exported !== undefined) for (let i = 0; i < width; i++) row[i]! -= exported[i]!
      arm.exported = arm.statistics.slice()
      kept.push(arm)
    }
    return {
      arms: kept.map(({ id }) => id),
      statistics: statistics.slice(0, kept.length * width),
      retired: new Float64Array(0),
    }
  }

  /** All that is known, and what of it was told elsewhere [arms, width]; undefined where nothing was. */
  everything(): ArmStatistics & { exported: Float64Array | undefined } {
    const exported = this.#list.some((arm) => arm.exported !== undefined)
    return {
      arms: this.ids,
      statistics: this.#rows(({ statistics }) => statistics),
      exported: exported ? this.#rows((arm) => arm.exported) : undefined,
      retired: this.#retired.slice(),
    }
  }

  /** Adds what others know. @param isKnown whether it is known elsewhere, so that it is not among the {@link changes}. @throws ERR_TOO_LARGE */
  merge({ arms, statistics, retired }: ArmStatistics, isKnown: boolean): void {
    const { width } = this.#model
    this.#checkNumber(arms.filter((id) => !this.#arms.has(id)).length)
    const changed: Arm<unknown>[] = []
    for (const [i, id] of arms.entries()) {
      const row = statistics.subarray(i * width, (i + 1) * width)
      const old = this.#arms.get(id)
      const arm = this.#fresh(id)
      for (let j = 0; j < width; j++) arm.statistics[j] = (old?.statistics[j] ?? 0) + row[j]!
      arm.exported = old?.exported?.slice()
      if (isKnown) {
        arm.exported ??= new Float64Array(width)
        for (let j = 0; j < width; j++) arm.exported[j]! += row[j]!
      }
      changed.push(arm)
    }
    const all = new Map(this.#arms)
    for (const arm of changed) all.set(arm.id, arm)
    const list = [...all.values()]
    const sum = this.#retired.slice()
    for (let i = 0; i < retired.length; i++) sum[i]! += retired[i]!
    this.#model.derive(changed, list, sum)
    this.#set(list)
    this.#retired = sum
  }

  /** Takes over what was saved of these arms, of which nothing is known yet. @throws ERR_MODEL_FILE */
  restore(saved: SavedBandit): void {
    const { width } = this.#model
    const rows = saved.rows(width)
    const retired = saved.retired(this.#model.retiredWidth)
    for (const [i, arm] of this.#list.entries()) {
      arm.statistics.set(rows.statistics.subarray(i * width, (i + 1) * width))
      arm.exported = rows.exported?.slice(i * width, (i + 1) * width)
    }
    saved.checked(() => this.#model.derive(this.#list, this.#list, retired))
    this.#retired = retired
  }

  #rows(of: (arm: Arm<unknown>) => Float64Array | undefined): Float64Array {
    const { width } = this.#model
    const all = new Float64Array(this.#list.length * width)
    for (const [i, arm] of this.#list.entries()) all.set(of(arm) ?? [], i * width)
    return all
  }

  #set(list: readonly Arm<unknown>[]): void {
    this.#list = list
    this.#arms = new Map(list.map((arm) => [arm.id, arm]))
  }

  #fresh(id: Id): Arm<unknown> {
    return { id, statistics: new Float64Array(this.#model.width), exported: undefined, derived: this.#model.fresh() }
  }

  #checkNumber(added: number): void {
    if (this.#arms.size + added > MAX_ARMS)
      throw new KindredError('ERR_TOO_LARGE', `arms: a bandit has at most ${MAX_ARMS} arms.`)
  }
}
