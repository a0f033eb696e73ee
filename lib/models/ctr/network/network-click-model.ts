import { KindredError } from '../../../native/errors.js'
import { guardReceivers } from '../../../native/guard-receivers.js'
import { type TrainingHistory, trainingHistory } from '../../../nn/train/history.js'
import { Weights } from '../../../nn/weights.js'
import {
  BaseClickModel,
  type ClickUpdateOptions,
  type FittedClicks,
  type SavedClicks,
} from '../base/base-click-model.js'
import type { ClickCounts } from '../base/click-model.js'
import type { ClickReport } from '../base/click-report.js'
import type { ClickTraining, LabelledRows } from '../base/click-training.js'
import { restoredEncoder } from '../fields/encoder-file.js'
import { planFields } from '../fields/plan-fields.js'
import { RowEncoder } from '../fields/row-encoder.js'
import { fitRows } from './fit-rows.js'
import { type ClickNetwork, FittedNetwork } from './fitted-network.js'
import { type ClickNetworkSettings, trainingSettings } from './network-options.js'
import { startWeights } from './start-weights.js'
import { UnseenDraws } from './unseen-draws.js'

const noCounts = (encoder: RowEncoder): ClickCounts => ({
  rows: 0,
  fields: Object.fromEntries(encoder.plans.map(({ name }) => [name, { unseen: 0, missing: 0 }])),
})

/** Models of clicks that are networks over embeddings of fields. */
export abstract class NetworkClickModel extends BaseClickModel {
  /** The options in force, defaults filled in. */
  abstract override readonly options: Readonly<ClickNetworkSettings>
  #history: TrainingHistory<ClickReport> = trainingHistory()

  /** @internal What it computes. */
  protected abstract network(): ClickNetwork

  /** The epochs of the last fit, each with its report on the validation; empty after `load`. */
  get history(): TrainingHistory<ClickReport> {
    return this.#history
  }

  /** @internal */
  protected override async learn(training: ClickTraining): Promise<FittedClicks> {
    const { train, validation, options: ofFit } = training
    const { signal } = ofFit
    const { minCount, unseenShare } = this.options
    const settings = trainingSettings(
      this.options,
      { checkpoint: ofFit.checkpoint, checkpointEvery: ofFit.checkpointEvery, signal, onProgress: ofFit.onProgress },
      validation !== undefined,
    )
    const encoder = new RowEncoder(await planFields(training, minCount, signal))
    const met = noCounts(encoder)
    const rows = await encoder.encode('fit', train.table, met, signal)
    const judged = validation && (await encoder.encode('validation', validation.table, noCounts(encoder), signal))
    const network = this.network()
    const weights = new Weights()
    const fitted = new FittedNetwork(network, encoder, weights)
    await startWeights(weights, fitted.specs, settings.seed, signal)
    const draws = new UnseenDraws(encoder, ({ name }) => met.fields[name]!.unseen > 0, unseenShare, settings.seed)
    this.#history = await fitRows({
      algorithm: this.algorithm,
      options: this.options,
      settings,
      network,
      fitted,
      rows,
      labels: train.labels,
      draws,
      validation: judged && {
        rows: judged,
        labels: validation!.labels,
        judge: (predicted) => training.judge(predicted),
      },
    })
    return fitted
  }

  /** @internal */
  protected override async learnMore(
    before: FittedClicks,
    { table, labels }: LabelledRows,
    { signal, onProgress }: ClickUpdateOptions,
  ): Promise<FittedClicks> {
    const network = this.network()
    const fitted = await (before as FittedNetwork).copy(network, signal)
    const { encoder } = fitted
    const rows = await encoder.encode('update', table, noCounts(encoder), signal)
    const { schedule, plateau, patience, epochs, ...others } = this.options
    const settings = { ...trainingSettings(others, { signal, onProgress }, false), epochs: 1 }
    const draws = new UnseenDraws(encoder, () => true, 0, settings.seed)
    const { algorithm, options } = this
    await fitRows({ algorithm, options, settings, network, fitted, rows, labels, draws, validation: undefined })
    return fitted
  }

  /** @internal */
  protected override async restored(saved: SavedClicks): Promise<FittedClicks> {
    const encoder = await restoredEncoder(saved)
    const weights = new Weights()
    const fitted = new FittedNetwork(this.network(), encoder, weights)
    for (const [name, { shape }] of fitted.specs) {
      const found = saved.tensors.get(`weights.${name}`, Float32Array, shape.length)
      if (found.shape.some((size, n) => size !== shape[n]))
        throw new KindredError(
          'ERR_MODEL_FILE',
          `${saved.dir}: expected the weights ${name} to be [${shape.join(', ')}] but they are [${found.shape.join(', ')}].`,
        )
      await weights.write(name, found.data, { signal: saved.signal })
    }
    return fitted
  }
}

guardReceivers(NetworkClickModel)
