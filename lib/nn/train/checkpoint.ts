import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { LazyTensor } from '../../data/storage/safetensors.js'
import { checkTarget, loadFolder, saveFolder } from '../../data/storage/saved-folder.js'
import { type SavedTensors, vectorTensor } from '../../data/storage/saved-tensors.js'
import { KindredError, show } from '../../native/errors.js'
import { isMissing } from '../../native/system-errors.js'
import type { Weights, WeightsSnapshot } from '../weights.js'
import type { TrainingEpoch } from './history.js'
import type { Plateau } from './schedule.js'

const KIND = { kind: 'training', stem: 'training' }

/** What tells one training from another. */
export interface TrainingIdentity {
  /** Options by their names. */
  readonly options: Readonly<Record<string, unknown>>
  /** Of what it learns from and is judged by. */
  readonly data: string
  /** Of the weights that it began with. */
  readonly model: string
}

/** How far a training is, but for the numbers of its tensors. */
export interface TrainingState<Judged> {
  readonly isFinished: boolean
  /** The epoch that goes on, from 1. */
  readonly epoch: number
  /** Samples of it that were seen. */
  readonly seen: number
  /** Steps done, of all epochs. */
  readonly step: number
  /** Loss of the samples seen in this epoch, together. */
  readonly total: number
  /** Of this epoch, and of all before it and in it. */
  readonly epochSeconds: number
  readonly seconds: number
  readonly plateau: Plateau
  readonly best: { readonly score: number; readonly epoch: number } | null
  readonly history: readonly TrainingEpoch<Judged>[]
}

/** The tensors that belong to a state. */
export interface TrainingTensors {
  readonly weights: Weights
  /** Names of weights: those that are trained, and what is kept beside them. */
  readonly names: readonly string[]
  /** Of the best epoch, in the order of `trained`. */
  readonly best: WeightsSnapshot | undefined
  readonly trained: readonly string[]
  /** Of each step done. */
  readonly losses: Float32Array
  readonly learningRates: Float32Array
}

/**
 * Throws before long work what a checkpoint would throw after it.
 * @throws ERR_IO if the path is a file, cannot be written, or holds something else
 */
export function checkCheckpoint(dir: string): Promise<void> {
  return checkTarget(dir, KIND)
}

/** Replaces the checkpoint in a folder as a whole. @throws ERR_IO, ERR_ABORTED; what was there is then still there */
export async function saveCheckpoint<Judged>(
  dir: string,
  identity: TrainingIdentity,
  state: TrainingState<Judged>,
  { weights, names, best, trained, losses, learningRates }: TrainingTensors,
  signal: AbortSignal | undefined,
): Promise<void> {
  const tensors: Record<string, LazyTensor | ReturnType<typeof vectorTensor>> = {
    losses: vectorTensor(losses),
    learningRates: vectorTensor(learningRates),
  }
  for (const name of names)
    tensors[`weights.${name}`] = { shape: weights.entry(name).shape, read: () => weights.read(name, { signal }) }
  if (best)
    for (const [n, name] of trained.entries())
      tensors[`best.${name}`] = {
        shape: weights.entry(name).shape,
        read: () => weights.readSnapshot(best, n, signal),
      }
  await saveFolder(dir, KIND, { config: { identity, state }, tensors }, { signal })
}

const listed = (value: unknown) => (typeof value === 'string' ? value : show(value))

/** @throws ERR_VALUE that says what differs */
function checkSame(dir: string, saved: TrainingIdentity, own: TrainingIdentity): void {
  const different: string[] = []
  for (const name of new Set([...Object.keys(saved.options), ...Object.keys(own.options)])) {
    const [before, now] = [saved.options[name] ?? null, own.options[name] ?? null]
    if (JSON.stringify(before) !== JSON.stringify(now))
      different.push(`${name} was ${listed(before)} and is ${listed(now)}`)
  }
  if (saved.data !== own.data) different.push('what it learns from or is judged by differs')
  if (saved.model !== own.model) different.push('the weights that it begins with differ')
  if (different.length > 0)
    throw new KindredError(
      'ERR_VALUE',
      `checkpoint: ${dir} holds one of another training: ${different.join('; ')}. Call fit as it was called then, on the model as it was, or give another folder.`,
    )
}

/**
 * The checkpoint in a folder, if there is one.
 * @throws ERR_VALUE for one of another training, ERR_MODEL_FILE for a damaged one, ERR_IO, ERR_ABORTED
 */
export async function loadCheckpoint<Judged>(
  dir: string,
  own: TrainingIdentity,
  revive: (judged: unknown) => Judged,
  signal: AbortSignal | undefined,
): Promise<{ state: TrainingState<Judged>; tensors: SavedTensors } | undefined> {
  const found = await stat(join(dir, 'config.json')).catch((cause) => {
    if (!isMissing(cause)) throw cause
  })
  if (found === undefined) return undefined
  const { config, tensors } = await loadFolder(dir, KIND, { signal })
  const { identity, state } = config as unknown as { identity: TrainingIdentity; state: TrainingState<unknown> }
  if (!identity?.options || !Array.isArray(state?.history))
    throw new KindredError(
      'ERR_MODEL_FILE',
      `${dir}: its config.json does not say how far the training is. Restore it, or remove the folder to begin anew.`,
    )
  checkSame(dir, identity, own)
  // JSON leaves out what is undefined.
  const history = state.history.map((epoch) => ({
    ...epoch,
    validation: epoch.validation === undefined ? undefined : revive(epoch.validation),
    score: epoch.score,
  }))
  return { state: { ...state, history }, tensors }
}

/** Gives weights the numbers of a checkpoint. @throws ERR_MODEL_FILE for a tensor that is not there or of another size */
export async function writeWeights(
  weights: Weights,
  names: readonly string[],
  tensors: SavedTensors,
  prefix: 'weights' | 'best',
): Promise<void> {
  for (const name of names) {
    const { shape } = weights.entry(name)
    const { data } = tensors.get(`${prefix}.${name}`, Float32Array, shape.length)
    await weights.write(name, data)
  }
}
