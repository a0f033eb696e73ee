import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { renameDurably, withTemporaryFiles, writeFlushed, writePartsFlushed } from '../../data/storage/atomic-write.js'
import { withFolderLock } from '../../data/storage/folder-lock.js'
import { checkFolderPlace, folderError, makeFolder } from '../../data/storage/make-folder.js'
import { type Tensor, writeSafetensors } from '../../data/storage/safetensors.js'
import { KindredError } from '../../native/errors.js'
import { isMissing } from '../../native/system-errors.js'

const WEIGHTS = 'model.safetensors'
const CONFIG = 'config.json'
/** Where the ONNX model of 8-bit integers is in a folder. */
export const ONNX_INT8 = join('onnx', 'model_int8.onnx')

/** Files that a tokenizer may consist of. */
const TOKENIZER = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
  'added_tokens.json',
]

/** What a saved model consists of. */
export interface HuggingFaceModel {
  /** Written as config.json. */
  config: Readonly<Record<string, unknown>>
  /** Written as model.safetensors, if there are any. */
  tensors: Readonly<Record<string, Tensor>> | undefined
  /** The folder that the tokenizer is copied from. */
  tokenizerFolder: string
  /** Further files, as paths within the folder and their contents. */
  files?: Readonly<Record<string, readonly Uint8Array[]>>
  /** Files of an earlier model that would no longer be of this one, as paths within the folder. */
  outdated?: readonly string[]
}

/**
 * Throws before long work what {@link saveHuggingFace} would throw after it.
 * @throws ERR_IO unless the folder is absent, empty, or holds a model of this kind that was saved before, and can be written
 */
export async function checkTarget(dir: string, architecture: string): Promise<void> {
  try {
    await checkSameKind(dir, architecture)
    await checkFolderPlace(dir)
  } catch (cause) {
    throw folderError(dir, 'written', cause)
  }
}

async function checkSameKind(dir: string, architecture: string): Promise<void> {
  const names = await readdir(dir).catch((cause) => {
    if (cause.code !== 'ENOENT') throw cause
    return []
  })
  if (names.every((name) => name.startsWith('.'))) return
  const text = await readFile(join(dir, CONFIG), 'utf8').catch(() => '{}')
  let config: { architectures?: unknown } | null
  try {
    config = JSON.parse(text)
  } catch {
    config = {}
  }
  if (Array.isArray(config?.architectures) && config.architectures[0] === architecture) return
  throw new KindredError(
    'ERR_IO',
    `${dir}: holds something other than an earlier ${architecture}, which a save would overwrite. Choose another folder, or empty this one.`,
  )
}

/**
 * Saves a model as a folder that Hugging Face's transformers loads. Each file is renamed into place as a whole, config.json
 * last.
 * @throws ERR_IO, ERR_ABORTED
 */
export async function saveHuggingFace(
  dir: string,
  { config, tensors, tokenizerFolder, files: others = {}, outdated = [] }: HuggingFaceModel,
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  const architecture = (config.architectures as string[])[0]!
  try {
    await checkSameKind(dir, architecture)
    await makeFolder(dir)
    await withTemporaryFiles(dir, async (newPath) => {
      const files: [string, string][] = []
      for (const name of TOKENIZER) {
        const contents = await readFile(join(tokenizerFolder, name)).catch((cause) => {
          if (!isMissing(cause)) throw cause
        })
        if (contents === undefined) continue
        const path = newPath()
        await writeFlushed(path, contents)
        files.push([path, name])
      }
      for (const [name, parts] of Object.entries(others)) {
        await mkdir(dirname(join(dir, name)), { recursive: true })
        const path = newPath()
        await writePartsFlushed(path, parts, options)
        files.push([path, name])
      }
      if (tensors) {
        const path = newPath()
        await writeSafetensors(path, tensors, { metadata: { format: 'pt' }, signal: options.signal })
        files.push([path, WEIGHTS])
      }
      const configPath = newPath()
      await writeFlushed(configPath, `${JSON.stringify(config, null, 2)}\n`)
      await withFolderLock(dir, async (checkHeld) => {
        for (const name of outdated) await rm(join(dir, name), { force: true })
        for (const [path, name] of [...files, [configPath, CONFIG] as const]) {
          checkHeld()
          await renameDurably(path, join(dir, name))
        }
      })
    })
  } catch (cause) {
    throw folderError(dir, 'written', cause)
  }
}
