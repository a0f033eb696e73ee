import type { FtrlRows } from '../../../native/addon.js'
import { KindredError } from '../../../native/errors.js'
import { guardReceivers } from '../../../native/guard-receivers.js'
import { nativeCall } from '../../../native/native-call.js'
import {
  BaseClickModel,
  type ClickUpdateOptions,
  type FittedClicks,
  type SavedClicks,
} from '../base/base-click-model.js'
import type { ClickCounts } from '../base/click-model.js'
import type { ClickTraining, LabelledRows } from '../base/click-training.js'
import type { FTRLSettings } from './ftrl-options.js'
import { hashedFields } from './hashed-field.js'
import { type FactorStart, HashedWeights, type SparsityCounts } from './hashed-weights.js'

/** Rows learnt between two reports of progress. */
const ROWS_AT_ONCE = 1 << 17

const noCounts = (names: readonly { name: string }[]): ClickCounts => ({
  rows: 0,
  fields: Object.fromEntries(names.map(({ name }) => [name, { unseen: 0, missing: 0 }])),
})

/** Models of clicks that learn from one row after another. */
export abstract class FTRLClickModel extends BaseClickModel {
  /** @internal */
  abstract override readonly options: Readonly<FTRLSettings>
  #progressiveLogLoss = Number.NaN

  /** @internal */
  protected get start(): FactorStart {
    return { dims: 0, deviation: 0, seed: 0 }
  }

  /**
   * Mean log loss, over the rows of the last `fit` (its first pass) or `update`, of the prediction that was made of each before the model
   * learnt from it: an honest measure without rows that are held out (McMahan et al. 2013, section 5.1). NaN before.
   */
  get progressiveLogLoss(): number {
    return this.#progressiveLogLoss
  }

  /** How many weights were learnt, and how many of them are 0. @throws ERR_NOT_FITTED */
  get sparsity(): SparsityCounts {
    return (this.learnt() as HashedWeights).sparsity
  }

  /** @internal */
  protected override async learn(training: ClickTraining): Promise<FittedClicks> {
    const { train, validation, options: ofFit } = training
    const { signal, checkpoint, checkpointEvery } = ofFit
    if (checkpoint !== undefined || checkpointEvery !== undefined)
      throw new KindredError(
        'ERR_NOT_SUPPORTED',
        `${this.algorithm}: does not support checkpoint and checkpointEvery: save it between two updates.`,
      )
    let fitted = await HashedWeights.fresh(await hashedFields(training, signal), this.options, this.start, signal)
    const { fields } = fitted.rows
    const encoded = (where: string, { table }: LabelledRows) =>
      fitted.rows.encode(where, table, noCounts(fields), undefined, signal)
    const rows = await encoded('fit', train)
    const judged = validation && (await encoded('validation', validation))
    const { epochs } = this.options
    let best: { fitted: HashedWeights; loss: number } | undefined
    let first = Number.NaN
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const loss = await this.#pass(fitted, rows, train.labels, { epoch, epochs }, ofFit)
      if (epoch === 1) first = loss
      if (judged === undefined) continue
      const { logLoss } = await training.judge(await fitted.predictEncoded(judged, signal))
      if (best === undefined || logLoss < best.loss) best = { fitted, loss: logLoss }
      else break
      if (epoch < epochs) fitted = await fitted.next(signal)
    }
    this.#progressiveLogLoss = first
    return best?.fitted ?? fitted
  }

  /** @internal */
  protected override async learnMore(
    before: FittedClicks,
    { table, labels }: LabelledRows,
    options: ClickUpdateOptions,
  ): Promise<FittedClicks> {
    const weights = before as HashedWeights
    weights.rows.check('update', table)
    // Of many rows of sparse features no place need be known later.
    const given = await weights.rows.asTheyAre(table, options.signal)
    const asTheyAre = given && !weights.isLittle(given.cells.length) ? given : undefined
    const rows =
      asTheyAre ??
      (await weights.rows.encode('update', table, noCounts(weights.rows.fields), undefined, options.signal))
    const isLittle = asTheyAre === undefined && weights.isLittle(rows.cells.length)
    const fitted = await weights.next(options.signal)
    try {
      this.#progressiveLogLoss = await this.#pass(fitted, rows, labels, { epoch: 1, epochs: 1 }, options)
    } catch (error) {
      // Predictions of numbers that are not finite are not finite either.
      if ((error as KindredError).code === 'ERR_NOT_FINITE') weights.rows.checkFinite('update', table)
      throw error
    }
    fitted.follow(weights, isLittle ? rows.cells : undefined)
    return fitted
  }

  /** Learns from all rows once. @returns the mean log loss before each step */
  async #pass(
    { state, settings }: HashedWeights,
    { offsets, cells, values, ...how }: FtrlRows,
    labels: Float32Array,
    { epoch, epochs }: { epoch: number; epochs: number },
    { signal, onProgress }: ClickUpdateOptions,
  ): Promise<number> {
    const started = performance.now()
    const perEpoch = Math.ceil(labels.length / ROWS_AT_ONCE)
    const steps = epochs * perEpoch
    let loss = 0
    for (let begin = 0, done = 1; begin < labels.length; begin += ROWS_AT_ONCE, done++) {
      const end = Math.min(begin + ROWS_AT_ONCE, labels.length)
      const [from, until] = [offsets[begin]!, offsets[end]!]
      const some: FtrlRows = {
        ...how,
        offsets: begin === 0 ? offsets.subarray(0, end + 1) : offsets.subarray(begin, end + 1).map((at) => at - from),
        cells: cells.subarray(from, until),
        values: values?.subarray(from, until) ?? null,
      }
      loss += await nativeCall(signal, (native, abort) =>
        native.ftrlLearn(some, labels.subarray(begin, end), state, settings, abort),
      )
      const step = (epoch - 1) * perEpoch + done
      const seconds = (performance.now() - started) / 1000
      const secondsLeft = (seconds / done) * (steps - step)
      onProgress?.({ epoch, epochs, step, steps, loss: loss / end, secondsLeft })
    }
    return loss / labels.length
  }

  /** @internal */
  protected override async restored(saved: SavedClicks): Promise<FittedClicks> {
    return HashedWeights.restored(saved, this.options, this.start)
  }
}

guardReceivers(FTRLClickModel)
