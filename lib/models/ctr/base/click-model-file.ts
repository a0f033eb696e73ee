import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { withTemporaryFiles } from '../../../data/storage/atomic-write.js'
import { folderError, makeFolder } from '../../../data/storage/make-folder.js'
import type { Tensor } from '../../../data/storage/safetensors.js'
import {
  checkTarget,
  type FolderKind,
  type InnerFolder,
  loadFolder,
  saveFolder,
} from '../../../data/storage/saved-folder.js'
import type { SavedTensors } from '../../../data/storage/saved-tensors.js'
import type { FeaturePipeline } from '../../../features/pipeline/feature-pipeline.js'
import { KindredError } from '../../../native/errors.js'

const KIND: FolderKind = { kind: 'model' }

/** A model of clicks as its folder has it. */
export interface ClickModelParts {
  readonly algorithm: string
  readonly options: Readonly<Record<string, unknown>>
  readonly label: string
  readonly group: string | undefined
  readonly fitted: Readonly<Record<string, unknown>>
  readonly tensors: Readonly<Record<string, Tensor>>
}

export interface SavedClickModel {
  readonly dir: string
  readonly algorithm: string
  readonly options: Readonly<Record<string, unknown>>
  readonly label: string
  readonly group: string | undefined
  /** The folder of its FeaturePipeline. */
  readonly features: string | undefined
  readonly config: Readonly<Record<string, unknown>>
  readonly tensors: SavedTensors
  readonly signal: AbortSignal | undefined
}

const FEATURES = /^features-[0-9a-f]{16}$/

/**
 * Writes a model, atomically, over an older one: its pipeline into a folder of a name of its own, which the config.json names.
 * @throws ERR_IO, ERR_ABORTED
 */
export async function saveClickModel(
  dir: string,
  parts: ClickModelParts,
  pipeline: FeaturePipeline | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { algorithm, options, label, group, fitted, tensors } = parts
  const save = (features: string | undefined, inner: InnerFolder) =>
    saveFolder(
      dir,
      KIND,
      { config: { algorithm, options, label, group, features, fitted }, tensors },
      { signal, inner },
    )
  await checkTarget(dir, KIND)
  if (pipeline === undefined) return save(undefined, { names: FEATURES })
  try {
    await makeFolder(dir)
    await withTemporaryFiles(dir, async (newPath) => {
      const from = newPath()
      try {
        await pipeline.save(from, { signal })
        const name = `features-${randomBytes(8).toString('hex')}`
        await save(name, { names: FEATURES, moved: { from, name } })
      } finally {
        await rm(from, { recursive: true, force: true })
      }
    })
  } catch (cause) {
    throw folderError(dir, 'written', cause)
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** @throws ERR_MODEL_FILE */
export function clickModelOf(
  dir: string,
  { config, tensors }: { config: Readonly<Record<string, unknown>>; tensors: SavedTensors },
  signal: AbortSignal | undefined,
): SavedClickModel {
  const { algorithm, options, label, group, features, fitted } = config
  const isNamed = features === undefined || (typeof features === 'string' && FEATURES.test(features))
  const isWhole =
    typeof algorithm === 'string' && isObject(options) && typeof label === 'string' && isObject(fitted) && isNamed
  if (!isWhole || (group !== undefined && typeof group !== 'string'))
    throw new KindredError(
      'ERR_MODEL_FILE',
      `${dir}: its config.json is not that of a model of clicks. Save the model again.`,
    )
  return {
    dir,
    algorithm,
    options,
    label,
    group,
    features: features === undefined ? undefined : join(dir, features as string),
    config: fitted,
    tensors,
    signal,
  }
}

/** @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
export async function readClickModel(dir: string, signal: AbortSignal | undefined): Promise<SavedClickModel> {
  return clickModelOf(dir, await loadFolder(dir, KIND, { signal }), signal)
}
