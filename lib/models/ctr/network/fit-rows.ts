import { binaryCrossEntropy } from '../../../nn/ops/losses/losses.js'
import { fitNetwork } from '../../../nn/train/fit-network.js'
import type { TrainingHistory } from '../../../nn/train/history.js'
import type { NetworkSettings } from '../../../nn/train/network-options.js'
import { ClickReport } from '../base/click-report.js'
import { type EncodedRows, inputsOf, takeRows } from '../fields/encoded-rows.js'
import { ClickGraph, isTable } from './click-graph.js'
import type { ClickNetwork, FittedNetwork } from './fitted-network.js'
import type { ClickNetworkSettings } from './network-options.js'
import type { UnseenDraws } from './unseen-draws.js'

/** What a network is fitted to. */
export interface RowsFit {
  readonly algorithm: string
  readonly options: Readonly<ClickNetworkSettings>
  readonly settings: NetworkSettings
  readonly network: ClickNetwork
  /** Its weights are changed. */
  readonly fitted: FittedNetwork
  readonly rows: EncodedRows
  readonly labels: Float32Array
  readonly draws: UnseenDraws
  readonly validation:
    | { rows: EncodedRows; labels: Float32Array; judge: (predicted: Float32Array) => Promise<ClickReport> }
    | undefined
}

/** All that rows hold, to be told from others. */
const contentOf = ({ ids, scales, bags, vectors }: EncodedRows) => [
  ids,
  ...(scales ? [scales] : []),
  ...bags.flatMap((bag) => [bag.offsets, bag.ids, ...(bag.values ? [bag.values] : [])]),
  ...vectors,
]

/**
 * Trains a network on rows, by the mean binary cross-entropy; the best epoch by the AUC of the validation is restored.
 * @throws ERR_NOT_FINITE, ERR_VALUE or ERR_MODEL_FILE for a checkpoint of something else, ERR_IO, ERR_ABORTED
 */
export function fitRows(fit: RowsFit): Promise<TrainingHistory<ClickReport>> {
  const { algorithm, options, settings, network, fitted, rows, labels, draws, validation } = fit
  const { weights, specs, encoder } = fitted
  const all = [...specs.keys()]
  const trained = all.filter((name) => specs.get(name)!.isTrained)
  return fitNetwork<ClickReport>(
    {
      settings,
      samples: rows.rows,
      options: { ...options, algorithm },
      data: [...contentOf(rows), labels, ...(validation ? [...contentOf(validation.rows), validation.labels] : [])],
      judgedClass: ClickReport,
      batch: (samples, draw) => {
        // Batches are normalised by two rows at least.
        const chosen = samples.length === 1 ? Int32Array.of(samples[0]!, samples[0]!) : samples
        const batch = takeRows(rows, chosen)
        draws.apply(batch, draw)
        const own = new Float32Array(chosen.length)
        for (let n = 0; n < chosen.length; n++) own[n] = labels[chosen[n]!]!
        return { ...inputsOf(batch), others: { labels: own } }
      },
      ...(validation && {
        validate: async () => {
          const report = await validation.judge(await fitted.predictEncoded(validation.rows, settings.signal))
          return { judged: report, score: report.auc }
        },
      }),
    },
    {
      weights,
      trained,
      all,
      others: all.filter((name) => !trained.includes(name)),
      learningRateFactor: (name) => (isTable(name) ? options.embeddingRate : 1),
      weightDecay: (name) => (isTable(name) ? options.l2 : name.endsWith('.weight') ? settings.weightDecay : 0),
      record: (graph) => {
        const own = new ClickGraph(graph, encoder, true)
        const loss = binaryCrossEntropy(network(own), graph.input('labels', [own.rows]))
        return { objective: loss, told: loss }
      },
    },
  )
}
