import { createRandom } from '../../../data/random.js'
import type { Tensor } from '../../../data/storage/safetensors.js'
import { vectorTensor } from '../../../data/storage/saved-tensors.js'
import type { Table } from '../../../data/table/table.js'
import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import type { FtrlRows, FtrlState } from '../../../native/addon.js'
import { KindredError } from '../../../native/errors.js'
import { nativeCall } from '../../../native/native-call.js'
import type { FittedClicks, SavedClicks } from '../base/base-click-model.js'
import type { ClickCounts, ClickField } from '../base/click-model.js'
import type { FTRLSettings } from './ftrl-options.js'
import { fieldOf, type HashedField, restoredFields } from './hashed-field.js'
import { HashedRows } from './hashed-rows.js'

const CELLS_AT_ONCE = 1 << 12
/** One place in so many is taken over by itself, more with all others: memory is faster from one end to the other. */
const SPARSE_SHARE = 8

/** How the embeddings begin. */
export interface FactorStart {
  readonly dims: number
  readonly deviation: number
  readonly seed: number
}

/** How many weights were learnt, and how many of them an L1 penalty keeps at 0. */
export interface SparsityCounts {
  /** Weights of which a row had the category or number; embeddings and the bias do not count. */
  readonly weights: number
  /** Those that are 0. */
  readonly zeros: number
}

/**
 * @internal Weights at hashed places, and how the rows of tables find them. What is learnt more goes to other memory ({@link next}):
 * those who read see all of an update or nothing. The memory of the weights before is kept for the update after, which takes
 * over what this one has changed.
 */
export class HashedWeights implements FittedClicks {
  readonly rows: HashedRows
  readonly settings: FTRLSettings
  readonly start: FactorStart
  readonly #state: FtrlState
  #readers = 0
  /** Those before, and at which places these differ from them; undefined: anywhere. */
  #before: { readonly weights: HashedWeights; readonly cells: Int32Array | undefined } | undefined
  /** Those that took over when the memory of these was given away. */
  #successor: HashedWeights | undefined

  constructor(fields: readonly HashedField[], settings: FTRLSettings, start: FactorStart, state: FtrlState) {
    this.rows = new HashedRows(fields, settings.bits)
    this.settings = settings
    this.start = start
    this.#state = state
  }

  /** The weights that are in force: these, or those that took over. */
  get #current(): HashedWeights {
    let current: HashedWeights = this
    while (current.#successor) current = current.#successor
    return current
  }

  /** What the addon reads and, of weights that nobody else knows yet, changes. */
  get state(): FtrlState {
    return this.#current.#state
  }

  /** Keeps the memory of the weights from being given away while `read` reads it. */
  async #reading<T>(read: (state: FtrlState) => Promise<T>): Promise<T> {
    const current = this.#current
    current.#readers++
    try {
      return await read(current.#state)
    } finally {
      current.#readers--
    }
  }

  /** Of which nothing is learnt yet. @throws ERR_ABORTED */
  static async fresh(
    fields: readonly HashedField[],
    settings: FTRLSettings,
    start: FactorStart,
    signal: AbortSignal | undefined,
  ): Promise<HashedWeights> {
    const cells = 2 ** settings.bits
    const weights = new Float32Array(2 * (cells + 1))
    return new HashedWeights(fields, settings, start, {
      dims: start.dims,
      weights,
      factors: await startOfFactors(cells, settings, start, signal),
    })
  }

  /** The same in memory of its own. @throws ERR_ABORTED */
  async next(signal: AbortSignal | undefined): Promise<HashedWeights> {
    const before = this.#before
    // Whatever fails from here on leaves that memory in no known state.
    this.#before = undefined
    const isFree = before !== undefined && before.weights.#readers === 0
    if (isFree) before.weights.#successor = this
    const { dims, weights, factors } = this.#state
    const state = isFree
      ? before.weights.#state
      : { dims, weights: new Float32Array(weights.length), factors: new Float32Array(factors.length) }
    const cells = (isFree && before.cells) || null
    await nativeCall(signal, (native, abort) => native.ftrlFollow(this.#state, cells, state, abort))
    return new HashedWeights(this.rows.fields, this.settings, this.start, state)
  }

  /** Whether so many places are taken over by themselves. */
  isLittle(cells: number): boolean {
    return cells < 2 ** this.settings.bits / SPARSE_SHARE
  }

  /**
   * These are in force now, in place of those whose {@link next} they were.
   * @param cells places that they may differ at; undefined: anywhere
   */
  follow(weights: HashedWeights, cells: Int32Array | undefined): void {
    this.#before = { weights, cells }
  }

  get fields(): readonly ClickField[] {
    return this.rows.fields.map((field) => fieldOf(field, 2 ** this.settings.bits))
  }

  get sparsity(): SparsityCounts {
    const { weights } = this.state
    let [met, zeros] = [0, 0]
    for (let at = 0; at < weights.length - 2; at += 2) {
      if (weights[at + 1] === 0) continue
      met++
      if (Math.abs(weights[at]!) <= this.settings.l1) zeros++
    }
    return { weights: met, zeros }
  }

  predict(table: Table, counts: ClickCounts, signal: AbortSignal | undefined): Promise<Float32Array> {
    return this.#reading(async (state) => {
      const rows = await this.rows.encode('predict', table, counts, state.weights, signal)
      return this.#predicted(rows, state, signal)
    })
  }

  predictEncoded(rows: FtrlRows, signal: AbortSignal | undefined): Promise<Float32Array> {
    return this.#reading((state) => this.#predicted(rows, state, signal))
  }

  async #predicted(rows: FtrlRows, state: FtrlState, signal: AbortSignal | undefined): Promise<Float32Array> {
    const out = new Float32Array(rows.offsets.length - 1)
    await nativeCall(signal, (native, abort) => native.ftrlPredict(rows, state, this.settings, out, abort))
    return out
  }

  saved(signal: AbortSignal | undefined) {
    return this.#reading((state) => this.#saved(state, signal))
  }

  /** What was learnt alone: the rest is 0, or follows from the seed. */
  async #saved({ dims, weights, factors }: FtrlState, signal: AbortSignal | undefined) {
    const met: number[] = []
    const cells = weights.length / 2 - 1
    await new LoopYielder(signal).over(cells, CELLS_AT_ONCE, (begin, end) => {
      for (let cell = begin; cell < end; cell++)
        if (weights[2 * cell + 1] !== 0 || factorsChanged(factors, cell, dims)) met.push(cell)
    })
    const own = Int32Array.from(met)
    const tensors: Record<string, Tensor> = {
      'ftrl.cells': vectorTensor(own),
      'ftrl.weights': { shape: [own.length, 2], data: gathered(weights, own, 2) },
      'ftrl.bias': vectorTensor(weights.slice(2 * cells)),
    }
    if (dims > 0) tensors['ftrl.factors'] = { shape: [own.length, 2 * dims], data: gathered(factors, own, 2 * dims) }
    return { config: { fields: this.rows.fields }, tensors }
  }

  /** @throws ERR_MODEL_FILE, ERR_ABORTED */
  static async restored(
    { dir, config, tensors, signal }: SavedClicks,
    settings: FTRLSettings,
    start: FactorStart,
  ): Promise<HashedWeights> {
    const fitted = await HashedWeights.fresh(restoredFields(dir, config.fields), settings, start, signal)
    const { weights, factors, dims } = fitted.state
    const cells = tensors.vector('ftrl.cells', Int32Array)
    const ofWeights = tensors.matrix('ftrl.weights', { rows: cells.length, cols: 2 }).data
    const ofFactors =
      dims > 0 ? tensors.matrix('ftrl.factors', { rows: cells.length, cols: 2 * dims }).data : new Float32Array(0)
    const bias = tensors.vector('ftrl.bias', Float32Array, 2)
    const isWhole = (values: Float32Array) => values.every(Number.isFinite)
    if (
      cells.some((cell, n) => cell <= (cells[n - 1] ?? -1) || cell >= 2 ** settings.bits) ||
      ![ofWeights, ofFactors, bias].every(isWhole) ||
      ofWeights.some((value, n) => n % 2 === 1 && value < 0) ||
      bias[1]! < 0
    )
      throw new KindredError('ERR_MODEL_FILE', `${dir}: its weights are damaged. Save the model again.`)
    await new LoopYielder(signal).over(cells.length, CELLS_AT_ONCE, (begin, end) => {
      for (let n = begin; n < end; n++) {
        weights.set(ofWeights.subarray(2 * n, 2 * n + 2), 2 * cells[n]!)
        if (dims > 0) factors.set(ofFactors.subarray(2 * dims * n, 2 * dims * (n + 1)), 2 * dims * cells[n]!)
      }
    })
    weights.set(bias, weights.length - 2)
    return fitted
  }
}

function gathered(from: Float32Array, cells: Int32Array, width: number): Float32Array {
  const out = new Float32Array(cells.length * width)
  for (const [n, cell] of cells.entries()) out.set(from.subarray(cell * width, (cell + 1) * width), n * width)
  return out
}

function factorsChanged(factors: Float32Array, cell: number, dims: number): boolean {
  const begin = (2 * cell + 1) * dims
  for (let f = begin; f < begin + dims; f++) if (factors[f] !== 0) return true
  return false
}

/** z for which the weight is a small random number: embeddings of 0 would stay so, since each is the other's gradient. */
async function startOfFactors(
  cells: number,
  { alpha, beta, l2 }: FTRLSettings,
  { dims, deviation, seed }: FactorStart,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const factors = new Float32Array(2 * cells * dims)
  const random = createRandom(seed)
  const scale = deviation * (beta / alpha + l2)
  await new LoopYielder(signal).over(dims === 0 ? 0 : cells, CELLS_AT_ONCE >> 2, (begin, end) => {
    for (let cell = begin; cell < end; cell++)
      for (let f = 0; f < dims; f++) factors[2 * dims * cell + f] = scale * random.normal()
  })
  return factors
}
