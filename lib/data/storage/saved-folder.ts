import { readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { isAbandoned, renameDurably, withTemporaryFiles, writeFlushed } from './atomic-write.js'
import { withFolderLock } from './folder-lock.js'
import { checkFolderPlace, folderError, makeFolder } from './make-folder.js'
import { type LazyTensor, readSafetensors, type Tensor, writeSafetensors } from './safetensors.js'
import { SavedTensors } from './saved-tensors.js'

/** The version of the folder format that this release writes, and the newest that it reads. */
const FOLDER_VERSION = 1

const CONFIG = 'config.json'

/** What a folder holds: `model`, `features`, `encoder-head`, ...; written as `format: 'kindred-<kind>'`. */
export interface FolderKind {
  readonly kind: string
  /** The weights file is `<stem>-<hash>.safetensors`; the kind if absent. */
  readonly stem?: string
}

/** A folder within one that is saved, which its config.json names. */
export interface InnerFolder {
  /** What is moved into place with the config.json; nothing if absent. */
  readonly moved?: { readonly from: string; readonly name: string }
  /** Names of such folders: all but that one are of older saves, and are removed. */
  readonly names: RegExp
}

async function moveFolder(dir: string, { from, name }: NonNullable<InnerFolder['moved']>): Promise<void> {
  await rename(from, join(dir, name)).catch(async (error: NodeJS.ErrnoException) => {
    // The same may be there already.
    const isThere = await stat(join(dir, name)).then(
      () => true,
      () => false,
    )
    if (!isThere) throw error
  })
}

async function removeFolders(dir: string, { names, moved }: InnerFolder): Promise<void> {
  for (const name of await readdir(dir))
    if (names.test(name) && name !== moved?.name)
      await rm(join(dir, name), { recursive: true, force: true }).catch(() => undefined)
}

interface Config {
  readonly format: string
  readonly version: number
  readonly weights: { readonly file: string; readonly sha256: string; readonly bytes: number }
  readonly [key: string]: unknown
}

/** Refuses to write into a folder whose config.json is not an earlier save of the same kind. */
async function checkSameKind(dir: string, kind: string): Promise<void> {
  const text = await readFile(join(dir, CONFIG), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return
  let format: unknown
  try {
    format = (JSON.parse(text) as Partial<Config> | null)?.format
  } catch {
    format = undefined
  }
  if (format === `kindred-${kind}`) return
  const holds = typeof format === 'string' ? `of format ${show(format)}` : 'that kindred did not write'
  throw new KindredError(
    'ERR_IO',
    `${dir}: holds a ${CONFIG} ${holds}, which a save of kindred-${kind} would overwrite. Choose another folder, or empty this one.`,
  )
}

/**
 * Throws before long work what {@link saveFolder} would throw after it.
 * @throws ERR_IO if the path is a file, cannot be written, or holds a config.json of something else
 */
export async function checkTarget(dir: string, { kind }: FolderKind): Promise<void> {
  try {
    await checkSameKind(dir, kind)
    await checkFolderPlace(dir)
  } catch (cause) {
    throw folderError(dir, 'written', cause)
  }
}

async function removeLeftovers(dir: string, stem: string, current: string): Promise<void> {
  for (const name of await readdir(dir)) {
    const isOldWeights =
      name !== current && name.startsWith(`${stem}-`) && /^[0-9a-f]{16}\.safetensors$/.test(name.slice(stem.length + 1))
    if (isOldWeights || (await isAbandoned(dir, name)))
      await rm(join(dir, name), { recursive: true, force: true }).catch(() => undefined)
  }
}

/**
 * Saves tensors and a JSON object into a folder, which is made if need be. Whoever loads it meanwhile, or after a crash,
 * gets the former contents or the new ones, whole: the weights go to a file named after their hash, and the config.json
 * that names it is renamed into place last. Several saves at once, from several processes too, leave one of them.
 * @param config kept in config.json beside `format`, `version` and `weights`
 * @param options.inner a folder that goes into place with it
 * @throws ERR_IO if the path is a file, cannot be written, or holds a config.json of something else; ERR_ABORTED
 */
export async function saveFolder(
  dir: string,
  { kind, stem = kind }: FolderKind,
  contents: { config: Readonly<Record<string, unknown>>; tensors: Readonly<Record<string, Tensor | LazyTensor>> },
  options: { signal?: AbortSignal | undefined; inner?: InnerFolder } = {},
): Promise<void> {
  const { signal, inner } = options
  try {
    await makeFolder(dir)
    await checkSameKind(dir, kind)
    await withTemporaryFiles(dir, async (newPath) => {
      const [weightsPath, configPath] = [newPath(), newPath()]
      const { sha256, bytes } = await writeSafetensors(weightsPath, contents.tensors, { signal })
      const file = `${stem}-${sha256.slice(0, 16)}.safetensors`
      const header = { format: `kindred-${kind}`, version: FOLDER_VERSION, weights: { file, sha256, bytes } }
      const json = JSON.stringify({ ...contents.config, ...header }, null, 2)
      await writeFlushed(configPath, `${json}\n`)
      await withFolderLock(dir, async (checkHeld) => {
        await checkSameKind(dir, kind)
        throwIfAborted(signal)
        if (inner?.moved) await moveFolder(dir, inner.moved)
        await renameDurably(weightsPath, join(dir, file))
        checkHeld()
        await renameDurably(configPath, join(dir, CONFIG))
        await removeLeftovers(dir, stem, file)
        if (inner) await removeFolders(dir, inner)
      })
    })
  } catch (cause) {
    throw folderError(dir, 'written', cause)
  }
}

function modelFileError(dir: string, cause: string): KindredError {
  return new KindredError('ERR_MODEL_FILE', `${dir}: ${cause}`)
}

/**
 * Reads the config.json of a saved folder.
 * @throws ERR_MODEL_FILE if there is none, or it is not of this kind, is damaged, or of a newer version; ERR_IO
 */
export async function readFolderConfig(dir: string, { kind }: FolderKind): Promise<Config> {
  const fail = (cause: string): never => {
    throw modelFileError(dir, cause)
  }
  let text: string
  try {
    text = await readFile(join(dir, CONFIG), 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw folderError(dir, 'read', cause)
    const found = await stat(dir).catch(() => undefined)
    if (found === undefined) return fail('no such folder.')
    if (!found.isDirectory()) return fail(`a file, not a folder saved by kindred.`)
    return fail(`holds no ${CONFIG}, so it is no folder saved by kindred (or its first save did not finish).`)
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return fail(`${CONFIG} is damaged: it is not JSON. Save it again, or restore it from a copy.`)
  }
  const config = (parsed ?? {}) as Partial<Config>
  if (config.format !== `kindred-${kind}`)
    return fail(`expected a folder of format "kindred-${kind}", but its ${CONFIG} has format ${show(config.format)}.`)
  const { version } = config
  if (typeof version === 'number' && version > FOLDER_VERSION)
    return fail(
      `saved by a newer kindred, as version ${version}; this release reads up to version ${FOLDER_VERSION}. Upgrade kindred, or save it again with this release.`,
    )
  const { file, sha256, bytes } = config.weights ?? {}
  const isName = typeof file === 'string' && /^[\w.-]+\.safetensors$/.test(file)
  if (version !== FOLDER_VERSION || !isName || typeof sha256 !== 'string' || typeof bytes !== 'number')
    return fail(`${CONFIG} is damaged: its version or weights entry is not what a save writes. Save it again.`)
  return config as Config
}

async function loadWeights(dir: string, { weights }: Config, signal: AbortSignal | undefined) {
  const path = join(dir, weights.file)
  const found = await stat(path).catch(() => undefined)
  if (found === undefined)
    throw modelFileError(dir, `its weights file ${weights.file} is missing. Copy the whole folder, or save it again.`)
  if (found.size < weights.bytes)
    throw modelFileError(
      path,
      `truncated: ${weights.bytes} bytes were saved, ${found.size} are there. Copy it again, or save it again.`,
    )
  const read = await readSafetensors(path, { signal })
  if (read.sha256 !== weights.sha256 || found.size !== weights.bytes)
    throw modelFileError(
      path,
      'altered: its checksum is not the one saved in config.json. Restore it, or save it again.',
    )
  return new SavedTensors(path, read.tensors)
}

/**
 * Loads what {@link saveFolder} saved, verified against its checksum.
 * @throws ERR_MODEL_FILE if the folder is none of this kind, or truncated, altered, incomplete or newer; ERR_IO,
 * ERR_ABORTED
 */
export async function loadFolder(
  dir: string,
  kind: FolderKind,
  options: { signal?: AbortSignal } = {},
): Promise<{ config: Readonly<Record<string, unknown>>; tensors: SavedTensors }> {
  for (;;) {
    const config = await readFolderConfig(dir, kind)
    try {
      return { config, tensors: await loadWeights(dir, config, options.signal) }
    } catch (error) {
      // A save may have replaced the weights after their config was read.
      const now = await readFolderConfig(dir, kind)
      if (now.weights.sha256 === config.weights.sha256 || options.signal?.aborted) throw error
    }
  }
}
