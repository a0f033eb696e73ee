import type { Tensor } from '../../data/storage/safetensors.js'
import { KindredError } from '../../native/errors.js'
import type { FittedState } from '../base/fitted-log.js'
import type { SavedModel } from '../base/model-file.js'
import { readSequences, type UserSequences } from '../sequence/user-sequences.js'
import { Draws } from './draws.js'
import type { FitSequencesOptions } from './fit-options.js'
import type { Continued } from './lists.js'
import { SeqGANNetwork } from './network.js'
import { likelihood, sampled } from './read-networks.js'
import type { SeqGANSettings } from './seqgan-options.js'
import { type SeqGANTraining, trainSeqGAN } from './train-seqgan.js'
import type { SequenceLog } from './vocabulary.js'

/** What a fitted model holds. */
export interface SeqGANState extends FittedState {
  sequences: UserSequences
  /** [vocabulary] the item's row of each place */
  vocabulary: Int32Array
  /** Absent where nothing was learnt, for want of items. */
  network: SeqGANNetwork | undefined
  /** Its weights. */
  tensors: Record<string, Tensor>
}

/** What a training is given by a fit. */
export type FitGiven = Pick<SeqGANTraining, 'signal' | 'checkpoint' | 'checkpointEvery' | 'onProgress'> & {
  onEpoch?: FitSequencesOptions['onEpoch']
}

/** The state after a training on windows of sequences. @throws what {@link trainSeqGAN} does */
export async function learnt(
  { sequences: ofUsers, ...log }: SequenceLog,
  vocabulary: Int32Array,
  windows: readonly Continued[],
  settings: SeqGANSettings,
  { onEpoch, ...given }: FitGiven,
): Promise<SeqGANState> {
  const state = { log, sequences: ofUsers, vocabulary, network: undefined, tensors: {} }
  if (vocabulary.length === 0) return state
  const network = new SeqGANNetwork(vocabulary.length, settings)
  const draws = new Draws(settings.seed)
  await network.begin(draws, given.signal)
  const now = { ...state, network }
  await trainSeqGAN({
    ...given,
    network,
    settings,
    draws,
    sequences: windows,
    onEpoch:
      onEpoch &&
      (async (at) => {
        await onEpoch({
          ...at,
          sample: (count, options = {}) => sampled(now, count, options, settings),
          negativeLogLikelihood: (held) => likelihood(now, held, settings, given.signal),
        })
      }),
  })
  return { ...now, tensors: await network.tensors(given.signal) }
}

/** The state that was saved. @throws ERR_MODEL_FILE */
export async function readState(saved: SavedModel, settings: SeqGANSettings): Promise<SeqGANState> {
  const { log, tensors, dir, signal } = saved
  const vocabulary = tensors.vector('vocabulary', Int32Array)
  const rows = new Set(vocabulary)
  if (rows.size < vocabulary.length || vocabulary.some((row) => row < 0 || row >= log.items.size))
    throw new KindredError('ERR_MODEL_FILE', `${dir}: its vocabulary is damaged. Save the model again.`)
  const sequences = readSequences(saved)
  if (vocabulary.length === 0) return { log, sequences, vocabulary, network: undefined, tensors: {} }
  const network = new SeqGANNetwork(vocabulary.length, settings)
  return { log, sequences, vocabulary, network, tensors: await network.take(tensors, signal) }
}
