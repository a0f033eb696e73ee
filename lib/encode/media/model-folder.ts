import { join } from 'node:path'
import { KindredError } from '../../native/errors.js'
import { isObject, isThere, type JsonObject, readObject } from '../folder-json.js'
import { type EncoderDtype, findModelFile } from '../onnx/find-model-file.js'

/** The files of a folder with a model that reads pictures or sounds. */
export interface ModelFolder {
  /** Path of the ONNX file. */
  model: string
  /** Path of the file that says how inputs are prepared, for messages. */
  path: string
  /** What it says. */
  preprocessor: JsonObject
  /** config.json, or an empty object. */
  config: JsonObject
}

/**
 * Finds what a folder holds: the model, and `preprocessor_config.json` (or the part of `processor_config.json` that newer
 * versions of transformers write).
 * @param stems names of the ONNX file, without suffix, the preferred one first
 * @param part the key of processor_config.json
 * @throws ERR_ENCODER naming the files that were looked for
 */
export async function readModelFolder(
  folder: string,
  dtype: EncoderDtype,
  stems: readonly string[],
  part: string,
): Promise<ModelFolder> {
  const missing: string[] = []
  const path = join(folder, 'preprocessor_config.json')
  const own = await readObject(path)
  const processor = own === undefined ? await readObject(join(folder, 'processor_config.json')) : undefined
  const preprocessor = own ?? (isObject(processor?.[part]) ? processor[part] : undefined)
  if (preprocessor === undefined) missing.push('preprocessor_config.json')
  const files = await findModelFile(folder, dtype, stems)
  if (files.available.length === 0) missing.push(stems.map((stem) => `onnx/${stem}.onnx`).join(' or '))
  if (missing.length > 0)
    throw new KindredError(
      'ERR_ENCODER',
      `${folder} holds no such encoder: looked for preprocessor_config.json and ${stems.map((stem) => `${stem}.onnx`).join(' or ')} (there or in onnx/), and did not find ${missing.join(', ')}.${(await isThere(folder)) ? '' : ' There is no such folder.'}`,
    )
  if (files.path === undefined)
    throw new KindredError(
      'ERR_ENCODER',
      `${folder} has no model for dtype '${dtype}' (looked for ${files.tried.join(', ')}). There are: ${files.available.join(', ')}.`,
    )
  const config = (await readObject(join(folder, 'config.json'))) ?? {}
  return {
    model: files.path,
    path: own ? path : join(folder, 'processor_config.json'),
    preprocessor: preprocessor!,
    config,
  }
}
