import type { EventEmitter } from 'node:events'
import { rmdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type * as Lockfile from 'proper-lockfile'
import { KindredError } from '../../native/errors.js'
import { checkNotBundled } from '../../native/package-file.js'

const LOCK = '.kindred.lock'

/** A lock whose holder has not touched it for so long is taken over; a holder touches it every half of that. */
const STALE_MS = 10_000
/** How often a holder looks at the clock. */
const TICK_MS = 500
/** How long to wait for another holder, in any case longer than a dead one's lock counts. */
const WAIT_MS = 60_000

let lockfile: typeof Lockfile | undefined

/**
 * Loads proper-lockfile without its exit hook. The hook (signal-exit) listens to all signals, and once loaded ends the
 * process in spite of a `process.once('SIGTERM')` handler that still has work to do.
 */
function loadLockfile(): typeof Lockfile {
  checkNotBundled()
  const exitHooks = createRequire(require.resolve('proper-lockfile'))('signal-exit') as { unload?(): void }
  const { __signal_exit_emitter__: emitter } = process as { __signal_exit_emitter__?: EventEmitter }
  const before = emitter?.listeners('exit')
  const loaded = require('proper-lockfile') as typeof Lockfile
  for (const hook of emitter?.listeners('exit') ?? [])
    if (!before?.includes(hook)) emitter?.removeListener('exit', hook as () => void)
  if (emitter?.listenerCount('exit') === 0 && emitter.listenerCount('afterexit') === 0) exitHooks.unload?.()
  process.on('exit', removeHeld)
  return loaded
}

const held = new Set<string>()

/** What the hook would do where the process, or the worker thread, ends by itself. */
function removeHeld(): void {
  for (const path of held)
    try {
      rmdirSync(path)
    } catch {}
}

/** How a lock is taken. */
interface LockOptions {
  /** How long to wait for another holder. */
  waitMs: number
  /** Called where another may have taken it over, since this process stood still for seconds. */
  onLost: () => void
  /** The error where it is not free in time. */
  inUse: () => KindredError
}

/**
 * Takes a lock until the function returned is called, or the process ends by itself. That of a process which ended otherwise
 * counts for 10 s.
 */
export async function holdLock(path: string, { waitMs, onLost, inUse }: LockOptions): Promise<() => Promise<void>> {
  lockfile ??= loadLockfile()
  let isLost = false
  let release: () => Promise<void>
  try {
    const retries = { retries: 1500, minTimeout: 5, maxTimeout: 50, factor: 1.5, randomize: true, maxRetryTime: waitMs }
    // The library tells locks apart by what they are of: by their own path, since a folder can have two.
    release = await lockfile.lock(path, {
      realpath: false,
      lockfilePath: path,
      stale: STALE_MS,
      retries: waitMs > 0 ? retries : 0,
      onCompromised: () => {
        isLost = true
        held.delete(path)
        onLost()
      },
    })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ELOCKED') throw cause
    throw inUse()
  }
  held.add(path)
  return async () => {
    held.delete(path)
    if (!isLost) await release().catch(() => undefined)
  }
}

/**
 * Runs `work` while no other process, thread or call that uses this folder runs its own.
 * @param work gets a function that throws ERR_IO if the lock may have been lost: this process stood still for seconds, so
 * that another may have taken the lock over
 * @throws ERR_IO if the lock is not free within a minute
 */
export async function withFolderLock<T>(dir: string, work: (checkHeld: () => void) => Promise<T>): Promise<T> {
  const path = join(dir, LOCK)
  let isLost = false
  const release = await holdLock(path, {
    waitMs: WAIT_MS,
    onLost: () => {
      isLost = true
    },
    inUse: () => new KindredError('ERR_IO', `${dir}: another save has held ${path} for ${WAIT_MS / 1000} s.`),
  })
  // The library notices a loss when its next timer runs, which may be after the work goes on: a gap in time tells at once.
  let last = Date.now()
  const stoodStill = () => {
    const now = Date.now()
    if (now - last > STALE_MS / 2) isLost = true
    last = now
    return isLost
  }
  const ticks = setInterval(stoodStill, TICK_MS).unref()
  try {
    return await work(() => {
      if (stoodStill()) throw new KindredError('ERR_IO', `${dir}: another save took over while this one stood still.`)
    })
  } finally {
    clearInterval(ticks)
    if (!isLost) await release()
  }
}
