import { stat } from 'node:fs/promises'
import { KindredError, show } from '../../../native/errors.js'
import { systemError } from '../../../native/system-errors.js'

/** @throws ERR_IO unless `path` is a file that can be seen, ERR_RESOURCES, ERR_DATA if it is empty */
export async function checkFile(path: unknown): Promise<void> {
  if (typeof path !== 'string' || path === '' || path.includes('\0'))
    throw new KindredError('ERR_VALUE', `path: expected the path of a file but received ${show(path)}.`)
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw new KindredError('ERR_IO', `${path}: no such file.`, { cause })
    throw systemError(path, cause)
  })
  if (!found.isFile()) throw new KindredError('ERR_IO', `${path}: expected a file but it is a folder or a device.`)
  if (found.size === 0) throw new KindredError('ERR_DATA', `${path}: the file is empty.`)
}
