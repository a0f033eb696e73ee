import { csrFromLists, selectRows } from '../../data/csr.js'
import type { Interactions } from '../../data/log/interactions.js'
import { Matrix } from '../../data/matrix.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { matrixTensor } from '../../data/storage/saved-tensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { trainPrediction } from '../../encode/words/prediction.js'
import type { Csr } from '../../native/addon.js'
import { checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import { FactorModel, type FactorState, withRows } from '../base/factor-model.js'
import type { FittedLog } from '../base/fitted-log.js'
import type { LogUpdate } from '../base/merge-log.js'
import type { SavedModel } from '../base/model-file.js'
import type { FitOptions, UpdateOptions } from '../base/recommend-options.js'
import { itemSequences, type TimedLog } from './item-sequences.js'

/** Options of {@link Item2Vec}. */
export interface Item2VecOptions {
  /** Length of the vectors, 1 to 4096. Default 64. */
  factors?: number
  /** Items on either side, 1 to 10000; each occurrence draws its own width up to it. Default 5. */
  window?: number
  /** Items drawn as negatives for each pair or window, 1 to 64. Default 5. */
  negatives?: number
  /** The power of an item's frequency that it is drawn with as a negative, -2 to 2. Default 0.75. */
  negativeExponent?: number
  /** Items whose share of the log is greater are thinned out; 0 keeps all; at most 1. Default 0.001. */
  sample?: number
  /** Items of fewer users are left out, and score 0; an integer from 1. Default 1. */
  minCount?: number
  /** Passes over the log, 1 to 1e6. Default 20. */
  iterations?: number
  /** The first step of gradient descent, up to 10; falls to a ten-thousandth of it. Default 0.025. */
  learningRate?: number
  /** Seed of the first vectors and of all draws, an integer from 0. Default 0. */
  seed?: number
}

/** [items, factors] of items that predict, beside those predicted. */
interface Item2VecState extends FactorState {
  inputs: Matrix
}

/**
 * Items as words and users as sentences (Barkan and Koenigstein 2016, "Item2vec: neural item embedding for collaborative
 * filtering"), trained by skip-gram with negative sampling, as `WordVectors` are. Where the log has times, an item's neighbours are those that its user
 * had about then; items of equal time, or of none, are shuffled in each iteration, as the paper does with sets. A user is
 * the mean of their items' vectors; a score is its product with the item's vector as the one predicted. Weights above 0 all
 * count the same; others are left out.
 *
 * {@link update} places the users concerned anew, in time linear in their histories, while items' vectors stay; items added
 * since score 0 until the next fit. Same seed, same bits for any number of threads, on one instruction set.
 */
export class Item2Vec extends FactorModel {
  /** @internal */
  static override readonly algorithm = 'Item2Vec'
  /** The options in force, defaults filled in. */
  readonly options: Readonly<Required<Item2VecOptions>>
  /** @internal */
  declare protected state: Item2VecState | undefined

  /** @throws ERR_VALUE naming the option */
  constructor(options: Item2VecOptions = {}) {
    super()
    options = checkOptions('Item2Vec', options, [
      'factors',
      'window',
      'negatives',
      'negativeExponent',
      'sample',
      'minCount',
      'iterations',
      'learningRate',
      'seed',
    ])
    this.options = Object.freeze({
      factors: checkInteger('factors', options.factors ?? 64, { min: 1, max: 4096 }),
      window: checkInteger('window', options.window ?? 5, { min: 1, max: 10000 }),
      negatives: checkInteger('negatives', options.negatives ?? 5, { min: 1, max: 64 }),
      negativeExponent: checkNumber('negativeExponent', options.negativeExponent ?? 0.75, { min: -2, max: 2 }),
      sample: checkNumber('sample', options.sample ?? 0.001, { min: 0, max: 1 }),
      minCount: checkInteger('minCount', options.minCount ?? 1, { min: 1 }),
      iterations: checkInteger('iterations', options.iterations ?? 20, { min: 1, max: 1e6 }),
      learningRate: checkNumber('learningRate', options.learningRate ?? 0.025, { min: 0, max: 10 }),
      seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
    })
  }

  /** @internal */
  protected override get learnsFromWeights(): boolean {
    return false
  }

  /** @internal */
  protected override async logOf(train: Interactions, signal?: AbortSignal): Promise<TimedLog> {
    const log = await super.logOf(train, signal)
    return { ...log, times: train.times && (await timesOf(train, log.seen, signal)) }
  }

  /** @internal */
  protected async learn(timed: FittedLog, _byItem: () => Promise<Csr>, options: FitOptions): Promise<Item2VecState> {
    const { signal, onProgress } = options
    const { times, ...log } = timed as TimedLog
    const { minCount, iterations, factors, seed, ...rest } = this.options
    const sequences = await itemSequences({ ...log, times }, minCount, seed, signal)
    const learned = await trainPrediction(sequences.tokensOf, sequences.counts, {
      ...rest,
      algorithm: 'skip-gram',
      seed,
      dims: factors,
      epochs: iterations,
      signal,
      onProgress,
    })
    const inputs = await scattered(learned.vectors, sequences.items, log.items.size, signal)
    const itemFactors = await scattered(learned.outputs, sequences.items, log.items.size, signal)
    return { log, inputs, itemFactors, userFactors: await meansOf(log.seen, inputs, signal) }
  }

  /** @internal */
  protected async learnUpdate({ log, changedUsers }: LogUpdate, { signal }: UpdateOptions): Promise<Item2VecState> {
    const { userFactors, itemFactors, inputs } = this.state!
    const wider = withRows(inputs, log.items.size)
    const rows = await meansOf(selectRows(log.seen, changedUsers), wider, signal)
    const users = withRows(userFactors, log.users.size)
    changedUsers.forEach((row, i) => {
      users.row(row).set(rows.row(i))
    })
    return { log, userFactors: users, itemFactors: withRows(itemFactors, log.items.size), inputs: wider }
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    const { userFactors, itemFactors, inputs } = this.state!
    return {
      'users.factors': matrixTensor(userFactors),
      'items.factors': matrixTensor(itemFactors),
      'items.inputs': matrixTensor(inputs),
    }
  }

  /** @internal */
  protected restored({ log, tensors }: SavedModel): Item2VecState {
    const cols = this.options.factors
    return {
      log,
      userFactors: tensors.matrix('users.factors', { rows: log.users.size, cols }),
      itemFactors: tensors.matrix('items.factors', { rows: log.items.size, cols }),
      inputs: tensors.matrix('items.inputs', { rows: log.items.size, cols }),
    }
  }

  /** @internal */
  protected historyVector(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Matrix> {
    const { inputs } = this.state!
    return meansOf(csrFromLists([history], inputs.rows), inputs, signal)
  }

  /** @internal */
  protected override get comparedItems(): Matrix {
    return this.state!.inputs
  }
}

guardReceivers(Item2Vec)

/** The time of each entry of `seen`, whose rows ascend. */
async function timesOf(train: Interactions, seen: Csr, signal: AbortSignal | undefined): Promise<Float64Array> {
  const { userRows, itemRows, times } = train
  const out = new Float64Array(seen.indices.length)
  await new LoopYielder(signal).over(userRows.length, 1 << 12, (begin, end) => {
    for (let n = begin; n < end; n++) {
      let [low, high] = [seen.indptr[userRows[n]!]!, seen.indptr[userRows[n]! + 1]!]
      while (high - low > 1) {
        const middle = (low + high) >> 1
        if (seen.indices[middle]! <= itemRows[n]!) low = middle
        else high = middle
      }
      out[low] = times![n]!
    }
  })
  return out
}

/** Zeros [rows, cols] but for the rows at `places`, which are those of `matrix` in turn. */
async function scattered(
  matrix: Matrix,
  places: Int32Array,
  rows: number,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  const out = new Matrix(rows, matrix.cols)
  await new LoopYielder(signal).over(places.length, 256, (begin, end) => {
    for (let i = begin; i < end; i++) out.row(places[i]!).set(matrix.row(i))
  })
  return out
}

/** The mean of the vectors of each row's items of a weight above 0 [rows, factors]; zeros without any. */
async function meansOf(rows: Csr, inputs: Matrix, signal: AbortSignal | undefined): Promise<Matrix> {
  const liked = rows.values!.map((weight) => (weight > 0 ? 1 : 0))
  const sums = await nativeCall(signal, (native, abort) =>
    native.csrMultiply({ ...rows, cols: inputs.rows, values: liked }, inputs, abort),
  )
  const out = new Matrix(rows.rows, inputs.cols, sums)
  await new LoopYielder(signal).over(rows.rows, 64, (begin, end) => {
    for (let r = begin; r < end; r++) {
      const count = liked.subarray(rows.indptr[r], rows.indptr[r + 1]).reduce((sum, one) => sum + one, 0)
      const row = out.row(r)
      if (count > 1) for (let f = 0; f < row.length; f++) row[f]! /= count
    }
  })
  return out
}
