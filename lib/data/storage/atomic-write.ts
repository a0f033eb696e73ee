import { createHash, randomBytes } from 'node:crypto'
import { access, constants, open, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { isMissing, systemError } from '../../native/system-errors.js'

/** Age at which a temporary file of another machine, whose processes cannot be looked up, counts as abandoned. */
const ABANDONED_AFTER_MS = 24 * 3_600_000

/** Bytes written between two looks at the signal. */
const BYTES_AT_ONCE = 1 << 22

const TEMPORARY = /^\.kindred-([0-9a-f]+)-(\d+)-[0-9a-f]+\.tmp$/

const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)

/** A unique file name that contains the writer's machine and process id. */
function temporaryName(): string {
  return `.kindred-${host}-${process.pid}-${randomBytes(6).toString('hex')}.tmp`
}

function isDead(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** Whether `dir` holds under `name` a temporary file whose writer is gone: its process ended, or a day without a change. */
export async function isAbandoned(dir: string, name: string): Promise<boolean> {
  const [, writerHost, pid] = TEMPORARY.exec(name) ?? []
  if (pid === undefined) return false
  if (writerHost === host && isDead(Number(pid))) return true
  const found = await stat(join(dir, name)).catch(() => undefined)
  return found !== undefined && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS
}

/** Calls `work`, whose `newPath` gives paths of temporary files in `dir`; those that are left at the end are removed. */
export async function withTemporaryFiles<T>(dir: string, work: (newPath: () => string) => Promise<T>): Promise<T> {
  const paths: string[] = []
  const newPath = () => {
    paths.push(join(dir, temporaryName()))
    return paths.at(-1)!
  }
  try {
    return await work(newPath)
  } finally {
    for (const path of paths) await rm(path, { force: true }).catch(() => undefined)
  }
}

/** Renames within a folder so that a power cut does not undo it. Windows cannot flush a folder, and need not. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to)
  if (process.platform === 'win32') return
  const folder = await open(dirname(to), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Writes a new file and flushes it to disk. @param path must not exist */
export function writeFlushed(path: string, ...parts: readonly (string | Uint8Array)[]): Promise<void> {
  return writePartsFlushed(
    path,
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)),
  )
}

/** The same for large parts. @throws ERR_ABORTED, and what the file system throws */
export async function writePartsFlushed(
  path: string,
  parts: readonly Uint8Array[],
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  const file = await open(path, 'wx')
  try {
    for (const part of parts)
      for (let done = 0; done < part.length; ) {
        throwIfAborted(options.signal)
        done += (await file.write(part, done, Math.min(BYTES_AT_ONCE, part.length - done))).bytesWritten
      }
    await file.sync()
  } finally {
    await file.close()
  }
}

/**
 * Throws before long work what {@link writeAtomically} would throw after it.
 * @throws ERR_IO if the path is a folder, or its folder is not there or cannot be written into
 */
export async function checkFileTarget(path: string): Promise<void> {
  try {
    await access(dirname(path), constants.W_OK)
    const found = await stat(path).catch((cause) => {
      if (!isMissing(cause)) throw cause
    })
    const folder = await stat(dirname(path))
    if (found?.isDirectory()) throw new KindredError('ERR_IO', `${path}: cannot be written: it is a folder.`)
    if (!folder.isDirectory())
      throw new KindredError('ERR_IO', `${path}: cannot be written: ${dirname(path)} is not a folder.`)
  } catch (cause) {
    throw systemError(`${path}: cannot be written`, cause)
  }
}

/**
 * Replaces the file `path` as a whole: readers see the old one or the new one, also after a crash or a failure.
 * @param write writes the new contents to the temporary file that it is given, and flushes them
 * @throws ERR_IO naming the file, and the KindredErrors of `write`
 */
export async function writeAtomically(path: string, write: (temporary: string) => Promise<unknown>): Promise<void> {
  try {
    await withTemporaryFiles(dirname(path), async (newPath) => {
      const temporary = newPath()
      await write(temporary)
      await renameDurably(temporary, path)
    })
  } catch (cause) {
    throw systemError(`${path}: cannot be written`, cause)
  }
}
