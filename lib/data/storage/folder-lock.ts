import { createHash, randomBytes } from 'node:crypto'
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { KindredError } from '../../native/errors.js'

const LOCK = '.kindred-lock'
const WAIT_MS = 30_000
// The lock is held for a few renames. A process id from another machine, or another container, tells nothing: there age
// must do.
const STALE_LOCK_MS = 60_000
const STALE_FILE_MS = 24 * 3_600_000

const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)

/** Names one writer: this machine, this process, and a random part. */
export function ownerTag(): string {
  return `${host}-${process.pid}-${randomBytes(6).toString('hex')}`
}

function isDead(owner: string): boolean {
  const [theirHost, pid] = owner.split('-')
  if (theirHost !== host || !/^[1-9]\d*$/.test(pid ?? '')) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

async function isOlderThan(path: string, ms: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined && Date.now() - found.mtimeMs > ms
}

/** Whether a temporary file's writer is gone: its process is dead, or the file has not changed for a day. */
export async function isAbandoned(path: string, owner: string): Promise<boolean> {
  return isDead(owner) || (await isOlderThan(path, STALE_FILE_MS))
}

/** The name of a temporary file in a saved folder; it tells its writer, so that a dead writer's can be removed. */
export function temporaryName(): string {
  return `.kindred-${ownerTag()}.tmp`
}

/** Takes a dead writer's lock away, by a rename that only one of several waiters can win. */
async function breakStale(dir: string, lock: string): Promise<void> {
  const owner = await readFile(lock, 'utf8').catch(() => undefined)
  if (owner === undefined || !(isDead(owner) || (await isOlderThan(lock, STALE_LOCK_MS)))) return
  if ((await readFile(lock, 'utf8').catch(() => undefined)) !== owner) return
  const aside = join(dir, temporaryName())
  await rename(lock, aside).catch(() => undefined)
  await rm(aside, { force: true })
}

/** Whether the lock was free. It appears with its owner's tag inside, in one step: a hard link fails where one exists. */
async function tryLock(dir: string, lock: string): Promise<boolean> {
  const path = join(dir, temporaryName())
  try {
    await writeFile(path, ownerTag(), { flag: 'wx' })
    await link(path, lock)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(path, { force: true })
  }
}

/**
 * Runs `work` while no other kindred process or call that uses this folder runs its own.
 * @throws ERR_IO if the lock is not free within half a minute
 */
export async function withFolderLock<T>(dir: string, work: () => Promise<T>): Promise<T> {
  const lock = join(dir, LOCK)
  const deadline = Date.now() + WAIT_MS
  while (!(await tryLock(dir, lock))) {
    if (Date.now() > deadline)
      throw new KindredError('ERR_IO', `${dir}: another save holds ${lock}. Remove that file if no save is under way.`)
    await breakStale(dir, lock)
    await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 10))
  }
  try {
    return await work()
  } finally {
    await rm(lock, { force: true })
  }
}
