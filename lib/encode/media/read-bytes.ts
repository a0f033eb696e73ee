import { readFile, stat } from 'node:fs/promises'
import { KindredError } from '../../native/errors.js'
import { systemError } from '../../native/system-errors.js'
import type { MediaInput } from '../onnx/ipc-protocol.js'

/** Most bytes of a file: beyond it, something is wrong. */
const MOST_BYTES = 2 ** 30

/** What an input is called in messages. */
export function nameOf(input: MediaInput): string {
  return typeof input === 'string' ? input : `${input.length} bytes`
}

/** The bytes of an input. @throws ERR_IO, ERR_RESOURCES, ERR_DATA if there are none, ERR_TOO_LARGE */
export async function readBytes(input: MediaInput): Promise<Uint8Array> {
  const bytes = typeof input === 'string' ? await readPath(input) : input
  if (bytes.length === 0) throw new KindredError('ERR_DATA', `${nameOf(input)}: the file is empty.`)
  return bytes
}

async function readPath(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path)
    if (size > MOST_BYTES)
      throw new KindredError('ERR_TOO_LARGE', `${path}: expected at most ${MOST_BYTES} bytes but found ${size}.`)
    return await readFile(path)
  } catch (cause) {
    throw systemError(`${path} cannot be read`, cause)
  }
}
