import { addon, type NnBuffersHandle } from '../native/addon.js'
import { checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError, show } from '../native/errors.js'
import { guardReceivers } from '../native/guard-receivers.js'
import { nativeCall } from '../native/native-call.js'

/** One tensor of {@link Weights}. */
export interface WeightEntry {
  /** Its sizes. */
  readonly shape: readonly number[]
  /** @internal Number of its buffer. */
  readonly slot: number
}

/** @internal Tensors as they were at one time. */
export interface WeightsSnapshot {
  readonly slots: Int32Array
  readonly copies: NnBuffersHandle
}

/** @internal Gives the memory of a snapshot back. */
export function releaseSnapshot({ copies }: WeightsSnapshot): void {
  addon().nnReleaseBuffers(copies)
}

/** Named tensors of numbers that graphs share: what a network has learnt, and what its optimiser keeps beside. */
export class Weights {
  readonly #entries = new Map<string, WeightEntry>()
  readonly #handle: NnBuffersHandle = addon().nnBuffers()
  /** Names that are declared and have no memory yet, in their order. */
  #pending: string[] = []
  #adding: Promise<unknown> = Promise.resolve()

  /** Names in the order of their declaration. */
  get names(): string[] {
    return [...this.#entries.keys()]
  }

  /** Whether there is one of this name. */
  has(name: string): boolean {
    return this.#entries.has(name)
  }

  /** @throws ERR_VALUE if there is none of this name */
  entry(name: string): WeightEntry {
    const entry = this.#entries.get(name)
    if (entry === undefined) throw new KindredError('ERR_VALUE', `weights: there is none named ${show(name)}.`)
    return entry
  }

  /**
   * Declares a tensor of zeros. The next call that works with numbers takes its memory: ERR_OUT_OF_MEMORY where there is none,
   * ERR_VALUE for more than 2^31 - 1 numbers; it, and what was declared after it, is then not declared.
   * @throws ERR_VALUE if there is one of this name
   */
  declare(name: string, shape: readonly number[]): void {
    if (this.#entries.has(name)) throw new KindredError('ERR_VALUE', `weights: ${show(name)} is declared twice.`)
    const slot = this.#entries.size
    this.#entries.set(name, { shape, slot })
    this.#pending.push(name)
  }

  /** A copy of a tensor's numbers, row-major. @throws ERR_VALUE, ERR_DISPOSED, ERR_ABORTED */
  async read(name: string, options: AbortOptions = {}): Promise<Float32Array> {
    options = checkOptions('read', options, ['signal'])
    const { shape, slot } = this.entry(name)
    const out = new Float32Array(shape.reduce((product, side) => product * side, 1))
    const buffers = await this.buffers()
    await nativeCall(options.signal, (native, abort) => native.nnReadBuffer(buffers, slot, out, abort))
    return out
  }

  /** Overwrites a tensor's numbers. @throws ERR_VALUE, ERR_SHAPE for another count of numbers, ERR_DISPOSED, ERR_ABORTED */
  async write(name: string, values: Float32Array, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('write', options, ['signal'])
    const { slot } = this.entry(name)
    const buffers = await this.buffers()
    await nativeCall(options.signal, (native, abort) => native.nnWriteBuffer(buffers, slot, values, abort))
  }

  /** Sets a tensor's numbers to 0. @throws ERR_VALUE, ERR_DISPOSED, ERR_ABORTED */
  async clear(name: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('clear', options, ['signal'])
    const { slot } = this.entry(name)
    const buffers = await this.buffers()
    await nativeCall(options.signal, (native, abort) => native.nnClearBuffer(buffers, slot, abort))
  }

  /** @internal Copies of these tensors, as they are now, outside JavaScript. */
  async snapshot(names: readonly string[]): Promise<WeightsSnapshot> {
    const slots = Int32Array.from(names, (name) => this.entry(name).slot)
    const buffers = await this.buffers()
    return { slots, copies: await nativeCall(undefined, (native) => native.nnCopyBuffers(buffers, slots)) }
  }

  /** @internal Gives tensors the numbers of a snapshot. */
  async restore({ slots, copies }: WeightsSnapshot): Promise<void> {
    const buffers = await this.buffers()
    await nativeCall(undefined, (native) => native.nnRestoreBuffers(buffers, slots, copies))
  }

  /** @internal The numbers of tensor `index` of a snapshot. */
  async readSnapshot({ slots, copies }: WeightsSnapshot, index: number, signal?: AbortSignal): Promise<Float32Array> {
    const { shape } = [...this.#entries.values()][slots[index]!]!
    const out = new Float32Array(shape.reduce((product, side) => product * side, 1))
    await nativeCall(signal, (native, abort) => native.nnReadBuffer(copies, index, out, abort))
    return out
  }

  /** @internal Each of `a` gets the numbers of the one of `b` of the same shape, and the other way round, in no time. */
  async exchange(a: readonly string[], b: readonly string[]): Promise<void> {
    const slots = (names: readonly string[]) => Int32Array.from(names, (name) => this.entry(name).slot)
    const buffers = await this.buffers()
    await nativeCall(undefined, (native) => native.nnExchangeBuffers(buffers, slots(a), slots(b)))
  }

  /** Gives the memory back; later calls throw ERR_DISPOSED. */
  dispose(): void {
    addon().nnReleaseBuffers(this.#handle)
  }

  /** @internal All declared buffers. @throws ERR_OUT_OF_MEMORY, ERR_VALUE */
  async buffers(): Promise<NnBuffersHandle> {
    const added = this.#adding.then(() => this.#add())
    this.#adding = added.catch(() => undefined)
    await added
    return this.#handle
  }

  async #add(): Promise<void> {
    try {
      for (let [name] = this.#pending; name !== undefined; [name] = this.#pending) {
        const size = this.entry(name).shape.reduce((product, side) => product * side, 1)
        await nativeCall(undefined, (native) => native.nnAddBuffer(this.#handle, size))
        this.#pending.shift()
      }
    } catch (error) {
      for (const name of this.#pending) this.#entries.delete(name)
      this.#pending = []
      throw error
    }
  }
}

guardReceivers(Weights)
