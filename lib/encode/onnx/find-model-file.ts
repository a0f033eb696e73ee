import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing, systemError } from '../../native/system-errors.js'

/** Variants of an encoder's weights by numeric type, as named in the files of Hugging Face folders. */
export type EncoderDtype = 'fp32' | 'fp16' | 'int8' | 'uint8' | 'q8' | 'q4' | 'q4f16' | 'bnb4'

/** @internal */
export const DTYPES: readonly EncoderDtype[] = ['fp32', 'fp16', 'int8', 'uint8', 'q8', 'q4', 'q4f16', 'bnb4']

const SUFFIXES: Record<EncoderDtype, string[]> = {
  fp32: ['', '_fp32'],
  fp16: ['_fp16'],
  int8: ['_quantized', '_int8', '_q8', '_qint8'],
  uint8: ['_uint8', '_quint8'],
  q8: ['_quantized', '_q8', '_int8'],
  q4: ['_q4'],
  q4f16: ['_q4f16'],
  bnb4: ['_bnb4'],
}

async function onnxFiles(folder: string, subfolder: string): Promise<string[]> {
  try {
    const names = await readdir(join(folder, subfolder))
    return names.filter((name) => name.endsWith('.onnx')).map((name) => join(subfolder, name))
  } catch (cause) {
    if (isMissing(cause)) return []
    throw systemError(`${join(folder, subfolder)} cannot be listed`, cause, 'ERR_ENCODER')
  }
}

/** The ONNX files of a folder, and the one that is wanted. */
export interface ModelFiles {
  path: string | undefined
  tried: string[]
  available: string[]
}

/**
 * The file of a folder that holds the model in `dtype`: the first of `tried` that exists, in `onnx/` or in the folder
 * itself. `available` lists every ONNX file there.
 * @param stems what the file may be named before its suffix, the preferred name first
 */
export async function findModelFile(
  folder: string,
  dtype: EncoderDtype,
  stems: readonly string[] = ['model'],
): Promise<ModelFiles> {
  const available = [...(await onnxFiles(folder, 'onnx')), ...(await onnxFiles(folder, '.'))].sort()
  const names = stems.flatMap((stem) => SUFFIXES[dtype].map((suffix) => `${stem}${suffix}.onnx`))
  const tried = names.flatMap((name) => [join('onnx', name), name])
  const found = tried.find((name) => available.includes(name))
  return { path: found && join(folder, found), tried, available }
}
