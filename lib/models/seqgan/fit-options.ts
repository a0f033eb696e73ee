import { isInt32Array } from 'node:util/types'
import { checkFunction, checkInteger, checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import type { FitOptions } from '../base/recommend-options.js'
import type { SeqGANPhase, SeqGANProgress } from './train-seqgan.js'

/** Options of `fit` of {@link SeqGAN}. */
export interface SeqGANFitOptions extends Omit<FitOptions, 'onProgress'> {
  /**
   * A folder in which the training is kept after each epoch of the first two parts and every ten steps of the third, to go on
   * from if it is interrupted: another fit with the same arguments and this folder ends with the same bits as if it had never
   * stopped. Default none.
   */
  checkpoint?: string
  /** Steps after which the checkpoint is written. Default: see `checkpoint`. */
  checkpointEvery?: number
  /** Called after each step. */
  onProgress?: (progress: SeqGANProgress) => void
}

/** What {@link FitSequencesOptions.onEpoch} gets. */
export interface SeqGANEpoch {
  /** What is trained. */
  phase: SeqGANPhase
  /** The epoch of this part that has ended, from 1; in the adversarial part ten steps are one. */
  epoch: number
  /** Lists drawn by the generator as it is now; see {@link SeqGAN.sample}. */
  sample: (count: number, options?: SampleListsOptions) => Promise<Int32Array[]>
  /** That of the generator as it is now; see {@link SeqGAN.negativeLogLikelihood}. */
  negativeLogLikelihood: (sequences: readonly Int32Array[]) => Promise<number>
}

/** Options of {@link SeqGAN.fitSequences}. */
export interface FitSequencesOptions extends Omit<SeqGANFitOptions, 'itemFeatures'> {
  /** How many items there are, 1 to 2^24: sequences have the integers below it. */
  items: number
  /** Called after each epoch, and waited for, to see how the lists become; it changes nothing of the training. */
  onEpoch?: (epoch: SeqGANEpoch) => void | Promise<void>
}

/** Options of {@link SeqGAN.sample}. */
export interface SampleListsOptions {
  /** Draws the lists, an integer from 0: the same seed, the same lists. Default 0. */
  seed?: number
  /** Aborts the call with ERR_ABORTED. */
  signal?: AbortSignal
}

/** @internal Names of {@link SeqGANFitOptions} beside those of all models. */
export const SEQGAN_FIT_OPTIONS = ['checkpoint', 'checkpointEvery'] as const

const MOST_ITEMS = 2 ** 24

/** @internal @throws ERR_VALUE naming the option */
export function fitSettings({ checkpoint, checkpointEvery, signal, onProgress }: SeqGANFitOptions) {
  if (checkpoint !== undefined && (typeof checkpoint !== 'string' || checkpoint === ''))
    throw new KindredError('ERR_VALUE', `checkpoint: expected the path of a folder but received ${show(checkpoint)}.`)
  if (checkpointEvery !== undefined) {
    checkInteger('checkpointEvery', checkpointEvery, { min: 1 })
    if (checkpoint === undefined)
      throw new KindredError(
        'ERR_VALUE',
        'checkpointEvery: expected a folder with it: { checkpoint, checkpointEvery }.',
      )
  }
  return { checkpoint, checkpointEvery, signal, onProgress }
}

/** @internal @throws ERR_VALUE naming the option */
export function fitSequencesSettings(options: FitSequencesOptions) {
  const { items, onEpoch, ...others } = checkOptions('fitSequences', options, [
    'items',
    'onEpoch',
    'signal',
    'onProgress',
    ...SEQGAN_FIT_OPTIONS,
  ])
  return {
    ...fitSettings({ ...others, onProgress: checkFunction('onProgress', others.onProgress) }),
    items: checkInteger('items', items, { min: 1, max: MOST_ITEMS }),
    onEpoch: checkFunction('onEpoch', onEpoch),
  }
}

/** @internal @throws ERR_VALUE for what is no list of sequences of integers below `items`, none of them empty */
export function checkSequences(name: string, sequences: readonly Int32Array[], items: number): void {
  if (!Array.isArray(sequences) || sequences.length === 0)
    throw new KindredError('ERR_VALUE', `${name}: expected a list of Int32Array but received ${show(sequences)}.`)
  for (const [n, sequence] of sequences.entries()) {
    if (!isInt32Array(sequence) || sequence.length === 0)
      throw new KindredError(
        'ERR_VALUE',
        `${name}[${n}]: expected an Int32Array of at least one item but received ${show(sequence)}.`,
      )
    const bad = sequence.find((item) => item < 0 || item >= items)
    if (bad !== undefined)
      throw new KindredError(
        'ERR_VALUE',
        `${name}[${n}]: expected integers from 0 to ${items - 1} but received ${bad}.`,
      )
  }
}

/** @internal @throws ERR_VALUE */
export function sampleSettings(count: number, options: SampleListsOptions) {
  const { seed, signal } = checkOptions('sample', options, ['seed', 'signal'])
  return {
    count: checkInteger('count', count, { min: 0, max: 1e6 }),
    seed: checkInteger('seed', seed ?? 0, { min: 0 }),
    signal,
  }
}
