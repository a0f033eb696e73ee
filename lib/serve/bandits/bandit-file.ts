import { type Id, IdMap } from '../../data/id-map.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { checkTarget, type FolderKind, loadFolder, saveFolder } from '../../data/storage/saved-folder.js'
import { idsToTensors, vectorTensor } from '../../data/storage/saved-tensors.js'
import { KindredError, show } from '../../native/errors.js'

const KIND: FolderKind = { kind: 'bandit' }

/** A bandit as its folder has it. */
export interface BanditParts {
  readonly algorithm: string
  readonly options: Readonly<Record<string, unknown>>
  readonly choices: number
  readonly arms: readonly Id[]
  readonly width: number
  /** [arms, width] */
  readonly statistics: Float64Array
  /** [arms, width] */
  readonly exported: Float64Array | undefined
  readonly retired: Float64Array
}

/** What was loaded. Every method throws ERR_MODEL_FILE. */
export interface SavedBandit {
  readonly options: Readonly<Record<string, unknown>>
  readonly arms: readonly Id[]
  readonly choices: number
  /** [arms, width] each */
  rows(width: number): { statistics: Float64Array; exported: Float64Array | undefined }
  retired(width: number): Float64Array
  /** What `work` gives; its errors are those of the file. */
  checked<T>(work: () => T): T
}

/** @throws ERR_IO, ERR_ABORTED */
export async function saveBandit(dir: string, parts: BanditParts, signal: AbortSignal | undefined): Promise<void> {
  const { algorithm, options, choices, arms, width, statistics, exported, retired } = parts
  await checkTarget(dir, KIND)
  const matrix = (data: Float64Array): Tensor => ({ shape: [arms.length, width], data })
  const tensors: Record<string, Tensor> = {
    ...(await idsToTensors('arms', IdMap.from(arms), signal)),
    statistics: matrix(statistics),
    ...(exported && { exported: matrix(exported) }),
    retired: vectorTensor(retired),
  }
  await saveFolder(dir, KIND, { config: { algorithm, options, choices }, tensors }, { signal })
}

/** @throws ERR_MODEL_FILE unless it holds a bandit of this class; ERR_IO, ERR_ABORTED */
export async function loadBandit(
  dir: string,
  algorithm: string,
  signal: AbortSignal | undefined,
): Promise<SavedBandit> {
  const { config, tensors } = await loadFolder(dir, KIND, { signal })
  const fail = (cause: string, error?: unknown): never => {
    throw new KindredError('ERR_MODEL_FILE', `${dir}: ${cause}`, { cause: error })
  }
  const { options, choices } = config
  if (config.algorithm !== algorithm)
    fail(`expected a ${algorithm} but it holds a ${show(config.algorithm)}. Load it by its own class.`)
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    fail('its config.json has no options. Save it again.')
  if (!Number.isSafeInteger(choices) || (choices as number) < 0)
    fail('its config.json has no number of choices. Save it again.')
  const ids = await tensors.ids('arms', signal)
  const numbers = (name: string, rows: number, width: number): Float64Array => {
    const { shape, data } = tensors.get(name, Float64Array, 2)
    if (shape[0] !== rows || shape[1] !== width)
      fail(`tensor ${show(name)}: expected [${rows}, ${width}] but found [${shape.join(', ')}].`)
    if (data.some((value) => !Number.isFinite(value))) fail(`tensor ${show(name)}: expected finite numbers.`)
    return data
  }
  return {
    options: options as Record<string, unknown>,
    arms: [...ids],
    choices: choices as number,
    rows: (width) => ({
      statistics: numbers('statistics', ids.size, width),
      exported: tensors.has('exported') ? numbers('exported', ids.size, width) : undefined,
    }),
    retired(width) {
      const data = tensors.vector('retired', Float64Array, width)
      if (data.some((value) => !Number.isFinite(value))) fail('tensor "retired": expected finite numbers.')
      return data
    },
    checked(work) {
      try {
        return work()
      } catch (error) {
        return fail(`it does not hold what a save writes: ${(error as Error).message}`, error)
      }
    },
  }
}
