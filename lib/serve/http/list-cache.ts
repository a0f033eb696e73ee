import type { Recommender } from '../../models/base/recommender.js'
import type { LiveSource } from './live-source.js'

/** A state of the model: lists kept in one are never given in another. */
export interface ModelState {
  readonly model: Recommender
  readonly version: string
}

/** Another object after each change of a model in its place: its state, of those that replace it as a whole. */
const markOf = (model: Recommender): unknown => (model as { state?: unknown }).state ?? model.users

/** Lets a model of vectors prepare itself for single requests. */
function markServed(model: Recommender): void {
  if ('serves' in model) model.serves = true
}

/**
 * Answers kept while the model stays as it is, the ones used last of at most `size`. Any event and any other model empties it:
 * what it gives equals what would be computed, to the bit.
 */
export class ListCache {
  readonly #size: number
  readonly #source: LiveSource
  readonly #answers = new Map<string, string>()
  #state: ModelState
  #mark: unknown
  /** Answers given from it. */
  hits = 0
  /** Answers that had to be computed. */
  misses = 0

  /** @param size how many answers are kept at most; 0 keeps none */
  constructor(source: LiveSource, size: number) {
    this.#source = source
    this.#size = size
    this.#state = { model: source.current, version: source.version }
    this.#mark = markOf(source.current)
    markServed(source.current)
  }

  /** The state of now. The same object as long as nothing has changed. */
  get state(): ModelState {
    const { current, version } = this.#source
    if (this.#state.model !== current || this.#state.version !== version || this.#mark !== markOf(current))
      this.#renew(current, version)
    return this.#state
  }

  /** To be called after the model may have changed in its place. */
  changed(): void {
    this.#renew(this.#source.current, this.#source.version)
  }

  #renew(model: Recommender, version: string): void {
    this.#state = { model, version }
    this.#mark = markOf(model)
    markServed(model)
    this.#answers.clear()
  }

  /** The answer to `key` in `state`, if it is still the state of now. */
  get(state: ModelState, key: string): string | undefined {
    if (this.#size === 0) return undefined
    const answer = state === this.state ? this.#answers.get(key) : undefined
    if (answer === undefined) {
      this.misses++
      return undefined
    }
    this.hits++
    this.#answers.delete(key)
    this.#answers.set(key, answer)
    return answer
  }

  /** Keeps an answer that was computed in `state`, unless something has changed since. */
  set(state: ModelState, key: string, answer: string): void {
    if (this.#size === 0 || state !== this.state) return
    if (this.#answers.size >= this.#size) this.#answers.delete(this.#answers.keys().next().value!)
    this.#answers.set(key, answer)
  }
}
