import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomically, writeFlushed } from '../../data/storage/atomic-write.js'
import { KindredError } from '../../native/errors.js'
import { isMissing, systemError } from '../../native/system-errors.js'

const FILE = 'checkpoint.json'

/** The number of the first event that no saved model has learnt; 0 without a checkpoint. @throws ERR_DATA, ERR_IO */
export async function readCheckpoint(dir: string): Promise<number> {
  const path = join(dir, FILE)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (isMissing(cause)) return 0
    throw systemError(`${path}: cannot be read`, cause)
  }
  let next: unknown
  try {
    next = (JSON.parse(text) as { next?: unknown } | null)?.next
  } catch {}
  if (typeof next === 'number' && Number.isSafeInteger(next) && next >= 0) return next
  throw new KindredError(
    'ERR_DATA',
    `${path}: expected { "next": number } but it holds something else. Remove it to replay all events.`,
  )
}

/** Replaces it, durably. @throws ERR_IO */
export function writeCheckpoint(dir: string, next: number): Promise<void> {
  return writeAtomically(join(dir, FILE), (temporary) => writeFlushed(temporary, `${JSON.stringify({ next })}\n`))
}
