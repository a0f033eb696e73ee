import type { Id } from '../../data/id-map.js'
import type { Recommendation, RecommendOptions } from '../../models/base/recommend-options.js'
import type { Recommender } from '../../models/base/recommender.js'
import { abortError, KindredError } from '../../native/errors.js'

interface Waiting {
  readonly user: Id
  readonly signal: AbortSignal | undefined
  readonly resolve: (list: Recommendation[]) => void
  readonly reject: (error: unknown) => void
}

/** Requests that one call of a model can answer. */
interface Group {
  readonly model: Recommender
  readonly options: Pick<RecommendOptions, 'k' | 'exclude'>
  readonly waiting: Waiting[]
}

/** Users of one call at most: the lists of more take longer than one of them should wait. */
const MOST_AT_ONCE = 16

/**
 * Lists of single users, made by few calls for many: while one call is under way, those that come wait and are answered
 * together by the next. Nobody waits for a time to pass. One pass over the vectors of all items costs about the same for one
 * user as for several, so that under load most of it is shared.
 */
export class ListGatherer {
  readonly #most: number
  readonly #groups = new Map<Recommender, Map<string, Group>>()
  #waiting = 0
  #busy = false

  /** @param most how many may wait before {@link list} throws ERR_OVERLOADED */
  constructor(most: number) {
    this.#most = most
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting
  }

  /**
   * The list of a user by `model`.
   * @param exclude what {@link RecommendOptions} calls so, without lists of ids
   * @throws ERR_OVERLOADED, ERR_UNKNOWN_ID, ERR_ABORTED
   */
  list(
    model: Recommender,
    user: Id,
    options: { k: number; exclude: 'seen' | 'none'; signal?: AbortSignal },
  ): Promise<Recommendation[]> {
    const { k, exclude, signal } = options
    // One unknown user must not fail the others' call; the model's own error says the most.
    if (!model.users.has(user)) return model.recommend(user, { k, exclude, signal })
    if (this.#waiting >= this.#most)
      return Promise.reject(
        new KindredError('ERR_OVERLOADED', `More than ${this.#most} requests wait for a list. Try again later.`),
      )
    return new Promise((resolve, reject) => {
      const groups = this.#groups.get(model) ?? new Map<string, Group>()
      const key = `${exclude} ${k}`
      const group = groups.get(key) ?? { model, options: { k, exclude }, waiting: [] }
      this.#groups.set(model, groups.set(key, group))
      group.waiting.push({ user, signal, resolve, reject })
      this.#waiting++
      if (!this.#busy) {
        this.#busy = true
        // After the requests that this turn of the loop brings.
        setImmediate(() => this.#run())
      }
    })
  }

  async #run(): Promise<void> {
    for (let group = this.#take(); group !== undefined; group = this.#take()) await answer(group)
    this.#busy = false
  }

  /** The group that has waited longest, or its first requests. */
  #take(): Group | undefined {
    for (const [model, groups] of this.#groups)
      for (const [key, group] of groups) {
        const { waiting } = group
        const some = waiting.splice(0, MOST_AT_ONCE)
        this.#waiting -= some.length
        groups.delete(key)
        this.#groups.delete(model)
        if (waiting.length > 0) groups.set(key, group)
        if (groups.size > 0) this.#groups.set(model, groups) // behind the others
        return { ...group, waiting: some }
      }
    return undefined
  }
}

async function answer({ model, options, waiting }: Group): Promise<void> {
  const live = waiting.filter(({ signal, reject }) => {
    if (!signal?.aborted) return true
    reject(abortError(signal))
    return false
  })
  try {
    const lists = await model.recommendMany(
      live.map(({ user }) => user),
      options,
    )
    for (const [n, { resolve }] of live.entries()) resolve(lists[n]!)
  } catch {
    // One that fails alone must not fail the others.
    await Promise.all(
      live.map(({ user, signal, resolve, reject }) =>
        model.recommend(user, { ...options, signal }).then(resolve, reject),
      ),
    )
  }
}
