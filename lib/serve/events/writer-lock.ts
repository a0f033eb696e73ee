import { readFile, rmdir, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { holdLock, withFolderLock } from '../../data/storage/folder-lock.js'
import { KindredError } from '../../native/errors.js'

const LOCK = '.kindred-writer.lock'
const OWNER = 'writer.json'

/** Starts of one process, as two of its threads compute them, differ by less. */
const SAME_START_MS = 2000

/** Who writes: a process id is given again after a restart, so that the start of the process tells them apart. */
interface Owner {
  host: string
  pid: number
  started: number
}

const self = (): Owner => ({
  host: hostname(),
  pid: process.pid,
  started: Math.round(Date.now() - process.uptime() * 1000),
})

/**
 * Whether the owner that a lock was left by has ended. Of another machine nobody knows. The owner is written before the lock of the
 * folder is given free, so that where there is none it ended before it could be.
 */
async function hasEnded(dir: string): Promise<boolean> {
  let owner: Partial<Owner>
  try {
    owner = JSON.parse(await readFile(join(dir, OWNER), 'utf8')) as Partial<Owner>
  } catch {
    return true
  }
  const { host, pid, started } = self()
  if (owner?.host !== host || !Number.isSafeInteger(owner.pid)) return false
  if (owner.pid === pid) return Math.abs(Number(owner.started) - started) > SAME_START_MS
  try {
    process.kill(owner.pid!, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** The right to write a log. */
export interface WriterLock {
  /** Whether another process may have taken it over, because this one stood still for seconds. */
  readonly isLost: boolean
  release(): Promise<void>
}

/**
 * Makes this the only writer of a folder. A lock whose owner has ended on this machine, however it did, is taken over at once, that
 * of another machine once it has not been touched for 10 s.
 * @param waitMs how long to wait for another writer to end
 * @throws ERR_IO if there is another one, or the file system refuses
 */
export async function lockWriter(dir: string, waitMs: number): Promise<WriterLock> {
  const path = join(dir, LOCK)
  let isLost = false
  // Two that find an ended owner must not both remove its lock: the second would remove that of the first.
  const release = await withFolderLock(dir, async () => {
    if (await hasEnded(dir)) await rmdir(path).catch(() => undefined)
    const held = await holdLock(path, {
      waitMs,
      onLost: () => {
        isLost = true
      },
      inUse: () =>
        new KindredError('ERR_IO', `${dir}: another writer has this log open. Close it first: a log has one writer.`),
    })
    await writeFile(join(dir, OWNER), JSON.stringify(self()))
    return held
  })
  return {
    get isLost() {
      return isLost
    },
    release,
  }
}
