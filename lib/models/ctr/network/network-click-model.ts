import { KindredError } from '../../../native/errors.js'
import { guardReceivers } from '../../../native/guard-receivers.js'
import { binaryCrossEntropy } from '../../../nn/ops/losses/losses.js'
import { fitNetwork } from '../../../nn/train/fit-network.js'
import { type TrainingHistory, trainingHistory } from '../../../nn/train/history.js'
import { Weights } from '../../../nn/weights.js'
import { BaseClickModel, type FittedClicks, type SavedClicks } from '../base/base-click-model.js'
import type { ClickCounts } from '../base/click-model.js'
import { ClickReport } from '../base/click-report.js'
import type { ClickTraining } from '../base/click-training.js'
import { inputsOf, takeRows } from '../fields/encoded-rows.js'
import { restoredEncoder } from '../fields/encoder-file.js'
import { planFields } from '../fields/plan-fields.js'
import { RowEncoder } from '../fields/row-encoder.js'
import { ClickGraph } from './click-graph.js'
import { type ClickNetwork, FittedNetwork } from './fitted-network.js'
import { type ClickNetworkSettings, trainingSettings } from './network-options.js'
import { startWeights } from './start-weights.js'
import { UnseenDraws } from './unseen-draws.js'

/** Of tables, by what their names begin with. */
const isTable = (name: string) => /^(?:embedding|linear|cross-field)$/.test(name)

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
    const { l2, minCount, unseenShare } = this.options
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
    const all = [...fitted.specs.keys()]
    const trained = all.filter((name) => fitted.specs.get(name)!.isTrained)
    this.#history = await fitNetwork<ClickReport>(
      {
        settings,
        samples: rows.rows,
        options: { ...this.options, algorithm: this.algorithm },
        data: [
          rows.ids,
          train.labels,
          ...(rows.scales ? [rows.scales] : []),
          ...rows.bags.flatMap(({ offsets, ids }) => [offsets, ids]),
          ...rows.vectors,
          ...(judged ? [judged.ids, validation!.labels] : []),
        ],
        judgedClass: ClickReport,
        batch: (samples, draw) => {
          // Batches are normalised by two rows at least.
          const chosen = samples.length === 1 ? Int32Array.of(samples[0]!, samples[0]!) : samples
          const batch = takeRows(rows, chosen)
          draws.apply(batch, draw)
          const labels = Float32Array.from(chosen, (row) => train.labels[row]!)
          return { ...inputsOf(batch), others: { labels } }
        },
        ...(judged && {
          validate: async () => {
            const report = await training.judge(await fitted.predictEncoded(judged, signal))
            return { judged: report, score: report.auc }
          },
        }),
      },
      {
        weights,
        trained,
        all,
        others: all.filter((name) => !trained.includes(name)),
        learningRateFactor: () => 1,
        weightDecay: (name) => (isTable(name) ? l2 : name.endsWith('.weight') ? settings.weightDecay : 0),
        record: (graph) => {
          const own = new ClickGraph(graph, encoder, true)
          const loss = binaryCrossEntropy(network(own), graph.input('labels', [own.rows]))
          return { objective: loss, told: loss }
        },
      },
    )
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
