import { Interactions } from '../../data/log/interactions.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { fitNetwork } from '../../nn/train/fit-network.js'
import type { TrainingHistory } from '../../nn/train/history.js'
import { networkSettings } from '../../nn/train/network-options.js'
import type { Weights } from '../../nn/weights.js'
import { behaviourTask } from './behaviour-task.js'
import { initialWeights } from './fusion-network.js'
import { type FitFusionOptions, FUSION_DEFAULTS, type ModalityFusionSettings } from './fusion-options.js'
import { FusionTraining } from './fusion-training.js'
import { labelTask } from './label-task.js'
import type { BlockShape, PreparedBlocks } from './prepared-blocks.js'
import { TEMPERATURE, temperatureOf } from './temperature.js'

/** What a fusion has learnt from. */
export interface FusionSamples {
  /** 'labels' or 'behaviour'. */
  readonly from: 'labels' | 'behaviour'
  /** Labelled items, or users, that it learnt from. */
  readonly samples: number
  /** Labels of items without vectors, or rows of the log that are of such items or have no weight above 0. */
  readonly unused: number
}

/** What a fit gives. */
export interface FittedFusion {
  readonly weights: ReadonlyMap<string, Float32Array>
  readonly temperature: number
  readonly history: TrainingHistory<number>
  readonly samples: FusionSamples
}

/** Which of the two is given. @throws ERR_VALUE for both, none, and what is no validation */
export function checkFitFusion(options: FitFusionOptions): 'labels' | 'behaviour' {
  const { labels, behaviour, validation } = options
  if ((labels === undefined) === (behaviour === undefined))
    throw new KindredError(
      'ERR_VALUE',
      `ModalityFusion.fit: expected one of labels and behaviour to learn from but received ${labels === undefined ? 'none' : 'both'}.`,
    )
  if (typeof validation === 'number' && !(validation > 0 && validation < 1))
    throw new KindredError(
      'ERR_VALUE',
      `validation: expected a share above 0 and below 1 but received ${show(validation)}.`,
    )
  if (labels !== undefined && validation instanceof Interactions)
    throw new KindredError(
      'ERR_VALUE',
      'validation: expected labels, as what is learnt from, but received Interactions.',
    )
  return labels === undefined ? 'behaviour' : 'labels'
}

async function readAll(weights: Weights, names: readonly string[], signal: AbortSignal | undefined) {
  const found = new Map<string, Float32Array>()
  for (const name of names) found.set(name, await weights.read(name, { signal }))
  return found
}

/** Trains a fusion. @throws as {@link ModalityFusion.fit} */
export async function fitFusion(
  settings: ModalityFusionSettings,
  blocks: readonly BlockShape[],
  prepared: PreparedBlocks,
  options: FitFusionOptions,
): Promise<FittedFusion> {
  const { signal, validation, checkpoint, checkpointEvery, onProgress } = options
  const from = checkFitFusion(options)
  const { dims, dropout, modalityDropout, temperature, labelSmoothing, history, negatives, ...own } = settings
  const network = networkSettings(
    { ...own, checkpoint, checkpointEvery, signal, onProgress },
    FUSION_DEFAULTS,
    validation !== undefined,
  )
  const { seed } = network
  const training = await FusionTraining.begin(
    settings,
    blocks,
    prepared,
    await initialWeights(blocks, prepared, dims, seed, signal),
  )
  const { weights } = training
  try {
    const task = await (from === 'labels' ? labelTask : behaviourTask)(training, options, seed)
    throwIfAborted(signal)
    const { trained } = training
    const told = await fitNetwork<number>(
      {
        settings: network,
        samples: task.samples,
        options: { dims, dropout, modalityDropout, temperature, labelSmoothing, history, negatives, from },
        data: [prepared.rows.map(({ data }) => data), prepared.present, task.data],
        batch: task.batch,
        validate: task.validate,
      },
      {
        weights,
        trained,
        all: trained,
        others: [],
        learningRateFactor: () => 1,
        weightDecay: (name) => (name === TEMPERATURE || name.endsWith('bias') ? 0 : network.weightDecay),
        record: (graph) => {
          const loss = task.record(graph)
          return { objective: loss, told: loss }
        },
      },
    )
    const [learnt] = await weights.read(TEMPERATURE, { signal })
    return {
      weights: await readAll(weights, training.names, signal),
      temperature: temperatureOf(learnt!),
      history: told,
      samples: Object.freeze({ from, samples: task.samples, unused: task.unused }),
    }
  } finally {
    weights.dispose()
  }
}
