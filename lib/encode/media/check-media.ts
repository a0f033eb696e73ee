import { fileURLToPath } from 'node:url'
import { isUint8Array } from 'node:util/types'
import { KindredError, show } from '../../native/errors.js'
import type { MediaInput } from '../onnx/ipc-protocol.js'

/** A path or bytes; ERR_VALUE naming what is neither. */
export function checkSource(name: string, source: unknown): MediaInput {
  if (isUint8Array(source)) return source
  if (typeof source === 'string' && source !== '') return source
  const { href, protocol } = (source ?? {}) as Partial<URL>
  if (typeof href === 'string' && protocol === 'file:') return fileURLToPath(href)
  throw new KindredError(
    'ERR_VALUE',
    `${name}: expected the path of a file, a file: URL or bytes (a Uint8Array) but received ${show(href ?? source)}.`,
  )
}

/** A copy of the list, since it is read while the caller goes on. @throws ERR_VALUE naming the input at fault */
export function checkSources(name: string, sources: unknown): MediaInput[] {
  if (!Array.isArray(sources))
    throw new KindredError('ERR_VALUE', `${name}: expected an array of paths or bytes but received ${show(sources)}.`)
  return Array.from(sources, (source, i) => checkSource(`${name}[${i}]`, source))
}
