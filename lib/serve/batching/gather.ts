import { checkInteger, checkNumber, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { abortError, KindredError, show, throwIfAborted } from '../../native/errors.js'
import { onAbort } from '../../native/native-call.js'

/** How {@link gather} gathers. */
export interface GatherOptions {
  /** Longest wait for others to come, in milliseconds; default 2. 0: until the event loop comes round. */
  deadlineMs?: number
  /** The most inputs of one call; as soon as so many wait they go. Default 64. */
  maxBatch?: number
  /** The most inputs that wait; further ones are refused with ERR_OVERLOADED. Default 1024. */
  maxQueue?: number
  /** How many calls may run at once; what comes meanwhile is gathered on. Default 2. */
  maxConcurrent?: number
  /**
   * What a call that fails does: 'share' (default) its error goes to all of its inputs; 'split': its halves are tried anew, and so
   * on, so that only the inputs at fault get an error.
   */
  onError?: 'share' | 'split'
}

/** What a gathered function has met. */
export interface GatherStatistics {
  /** Inputs that wait now. */
  waiting: number
  /** Calls that run now. */
  running: number
  /** Inputs that were taken. */
  inputs: number
  /** Calls that were made. */
  batches: number
  /** Inputs of the largest call. */
  largest: number
  /** Inputs that were refused since too many waited. */
  overloaded: number
  /** Inputs whose callers gave up. */
  aborted: number
}

/** A function of one input whose calls are gathered. */
export interface Gathered<Input, Output> {
  /** The result of one input. @throws ERR_OVERLOADED, ERR_ABORTED, and what the function of many throws */
  (input: Input, options?: AbortOptions): Promise<Output>
  /** What it has met. */
  readonly statistics: GatherStatistics
}

/** A function of many inputs: one result for each, in their order. Its signal fires when all callers have given up. */
export type BatchFunction<Input, Output> = (
  inputs: Input[],
  options: { signal: AbortSignal },
) => PromiseLike<ArrayLike<Output>> | ArrayLike<Output>

interface Waiting<Input, Output> {
  readonly input: Input
  /** When it came. */
  readonly at: number
  readonly resolve: (output: Output) => void
  readonly reject: (error: unknown) => void
  settled: boolean
  unwatch: () => void
  /** Called where the caller gives up while the call runs. */
  left: () => void
}

const GATHER_OPTIONS = ['deadlineMs', 'maxBatch', 'maxQueue', 'maxConcurrent', 'onError']

function checkGather(options: GatherOptions): Required<GatherOptions> {
  const own = checkOptions('gather', options, GATHER_OPTIONS)
  const { deadlineMs = 2, maxBatch = 64, maxQueue = 1024, maxConcurrent = 2, onError = 'share' } = own
  checkNumber('deadlineMs', deadlineMs, { min: 0, max: 2 ** 31 - 1 })
  checkInteger('maxBatch', maxBatch, { min: 1 })
  checkInteger('maxQueue', maxQueue, { min: 1 })
  checkInteger('maxConcurrent', maxConcurrent, { min: 1 })
  checkOneOf('onError', onError, ['share', 'split'])
  return { deadlineMs, maxBatch, maxQueue, maxConcurrent, onError }
}

/** How much the newest call counts in the mean time of calls. */
const NEWEST = 0.2

/** How much before their time timers may fire. */
const TIMER_EARLY_MS = 1

function overloaded(waiting: number, retryAfterMs: number): KindredError {
  return new KindredError(
    'ERR_OVERLOADED',
    `Expected fewer calls at once: ${waiting} wait already, the most that the queue holds. Try again in ${retryAfterMs} ms (error.retryAfterMs), or raise maxQueue.`,
    { retryAfterMs },
  )
}

class Gatherer<Input, Output> {
  readonly #fn: BatchFunction<Input, Output>
  readonly #options: Required<GatherOptions>
  readonly #queue = new Set<Waiting<Input, Output>>()
  readonly statistics: GatherStatistics = {
    waiting: 0,
    running: 0,
    inputs: 0,
    batches: 0,
    largest: 0,
    overloaded: 0,
    aborted: 0,
  }
  #timer: NodeJS.Timeout | undefined
  #meanMs: number

  constructor(fn: BatchFunction<Input, Output>, options: Required<GatherOptions>) {
    this.#fn = fn
    this.#options = options
    this.#meanMs = options.deadlineMs
  }

  add(input: Input, signal: AbortSignal | undefined): Promise<Output> {
    throwIfAborted(signal)
    if (this.#queue.size >= this.#options.maxQueue) {
      this.statistics.overloaded++
      throw overloaded(this.#queue.size, this.#retryAfter())
    }
    return new Promise((resolve, reject) => {
      const one: Waiting<Input, Output> = {
        input,
        at: performance.now(),
        resolve,
        reject,
        settled: false,
        unwatch: () => {},
        left: () => {},
      }
      if (signal !== undefined)
        one.unwatch = onAbort(signal, () => {
          this.statistics.aborted++
          this.#queue.delete(one)
          this.#settle(one, () => reject(abortError(signal)))
          one.left()
          this.#count()
        })
      this.#queue.add(one)
      this.statistics.inputs++
      this.#count()
      if (this.#queue.size >= this.#options.maxBatch) this.#go(0)
      else this.#arm()
    })
  }

  #count(): void {
    this.statistics.waiting = this.#queue.size
    if (this.#queue.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #settle(one: Waiting<Input, Output>, how: () => void): void {
    if (one.settled) return
    one.settled = true
    one.unwatch()
    how()
  }

  #retryAfter(): number {
    const { maxBatch, maxConcurrent, deadlineMs } = this.#options
    const rounds = Math.ceil(this.#queue.size / maxBatch / maxConcurrent)
    return Math.max(1, Math.ceil(deadlineMs + rounds * this.#meanMs))
  }

  /** For how long what waits longest may wait on. */
  #left(): number {
    const [oldest] = this.#queue
    return oldest!.at + this.#options.deadlineMs - performance.now()
  }

  /** Begins the calls that are full or due. @param early how much before its time a call may begin, in milliseconds */
  #go(early: number): void {
    const { maxBatch, maxConcurrent } = this.#options
    while (
      this.statistics.running < maxConcurrent &&
      this.#queue.size > 0 &&
      (this.#queue.size >= maxBatch || this.#left() <= early)
    )
      void this.#begin()
    this.#arm()
  }

  /** Sets the deadline of what waits, where a call may run. */
  #arm(): void {
    const mayRun = this.statistics.running < this.#options.maxConcurrent
    if (this.#queue.size === 0 || !mayRun || this.#timer !== undefined) return
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        this.#go(TIMER_EARLY_MS)
      },
      Math.max(0, this.#left()),
    )
  }

  async #begin(): Promise<void> {
    const batch: Waiting<Input, Output>[] = []
    for (const one of this.#queue) {
      if (batch.length === this.#options.maxBatch) break
      batch.push(one)
      this.#queue.delete(one)
    }
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#count()
    this.statistics.running++
    const start = performance.now()
    await this.#run(batch)
    this.#meanMs += NEWEST * (performance.now() - start - this.#meanMs)
    this.statistics.running--
    this.#go(0)
  }

  /** Settles all of the batch; never rejects. */
  async #run(given: readonly Waiting<Input, Output>[]): Promise<void> {
    const batch = given.filter(({ settled }) => !settled)
    if (batch.length === 0) return
    this.statistics.batches++
    this.statistics.largest = Math.max(this.statistics.largest, batch.length)
    const controller = new AbortController()
    let staying = batch.length
    for (const one of batch)
      one.left = () => {
        if (--staying === 0) controller.abort()
      }
    try {
      const inputs = batch.map(({ input }) => input)
      const outputs = await this.#fn(inputs, { signal: controller.signal })
      if (outputs?.length !== batch.length)
        throw new KindredError(
          'ERR_SHAPE',
          `gather: expected a function that gives one result per input (${batch.length}) but it gave ${show(outputs)}${outputs?.length === undefined ? '' : ` (${outputs.length})`}.`,
        )
      for (const [i, one] of batch.entries()) this.#settle(one, () => one.resolve(outputs[i]!))
    } catch (error) {
      if (this.#options.onError === 'split' && batch.length > 1) {
        const middle = batch.length >> 1
        await this.#run(batch.slice(0, middle))
        await this.#run(batch.slice(middle))
      } else for (const one of batch) this.#settle(one, () => one.reject(error))
    }
  }
}

/**
 * A function of one input of a function of many: calls that come within a deadline, or until a batch is full, become one call.
 * The queue of what waits is bounded. A caller who gives up leaves the others alone; the order of results is that of the
 * inputs, and of two inputs the one that came first goes first.
 *
 * ```ts
 * const priceOf = gather(async (items: string[]) => readPrices(items), { deadlineMs: 2, maxBatch: 100 })
 * await Promise.all([priceOf('a'), priceOf('b')]) // one call of readPrices
 * ```
 * @param fn called with up to `maxBatch` inputs; gives one result for each, in their order
 * @throws ERR_VALUE for illegal options
 */
export function gather<Input, Output>(
  fn: BatchFunction<Input, Output>,
  options: GatherOptions = {},
): Gathered<Input, Output> {
  const checked = checkGather(options)
  if (typeof fn !== 'function')
    throw new KindredError('ERR_VALUE', `fn: expected a function of many inputs but received ${show(fn)}.`)
  const gatherer = new Gatherer(fn, checked)
  const gathered = async (input: Input, own: AbortOptions = {}) => {
    const { signal } = checkOptions('gathered', own, ['signal'])
    return gatherer.add(input, signal)
  }
  Object.defineProperty(gathered, 'statistics', { get: () => ({ ...gatherer.statistics }), enumerable: true })
  return gathered as unknown as Gathered<Input, Output>
}
