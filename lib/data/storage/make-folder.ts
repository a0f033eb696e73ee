import { access, constants, mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { KindredError } from '../../native/errors.js'
import { isMissing, systemError } from '../../native/system-errors.js'

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (cause) {
    if (isMissing(cause)) return false
    throw cause
  }
}

/** `dir` and the folders before it, from the last one that is there: [there, the first that is missing]. */
async function edgeOf(dir: string): Promise<[there: string, missing: string | undefined]> {
  let there = resolve(dir)
  let missing: string | undefined
  while (!(await isThere(there)) && dirname(there) !== there) {
    missing = there
    there = dirname(there)
  }
  return [there, missing]
}

/**
 * Makes a folder and those before it where they are missing. Node's own recursive `mkdir` tells of a read-only file system,
 * or of a quota, as of a folder that is missing (ENOENT), and never ends where a file system has no room for folders (/proc).
 * @throws what the file system throws
 */
export async function makeFolder(dir: string): Promise<void> {
  const [, missing] = await edgeOf(dir)
  try {
    if (missing !== undefined) await mkdir(missing)
  } catch (cause) {
    // Made by another meanwhile, or no folder, which the next line says.
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
  }
  await mkdir(dir, { recursive: true })
}

/** The error of a folder. @param doing what could not be done to it, such as 'written' */
export function folderError(dir: string, doing: string, cause: unknown): KindredError {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'EEXIST' || code === 'ENOTDIR') return new KindredError('ERR_IO', `${dir}: not a folder.`, { cause })
  return systemError(`${dir}: cannot be ${doing}`, cause)
}

/** Throws before long work what {@link makeFolder}, and writing into the folder, would throw after it. */
export async function checkFolderPlace(dir: string): Promise<void> {
  await access((await edgeOf(dir))[0], constants.W_OK | constants.X_OK)
}
