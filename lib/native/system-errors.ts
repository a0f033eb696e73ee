import { closeSync, openSync } from 'node:fs'
import { constants, devNull } from 'node:os'
import { KindredError, type KindredErrorCode } from './errors.js'

/** The soft limit of `resource` of this process, for an error message; reading /proc would take a descriptor. */
function limitOf(resource: 'open_files' | 'max_user_processes'): string {
  try {
    const { userLimits } = process.report.getReport() as unknown as { userLimits: Record<string, { soft: unknown }> }
    return ` (limit: ${userLimits[resource]!.soft})`
  } catch {
    return ''
  }
}

/** What the operating system has no more of, by the code of its error, and the remedy. */
const EXHAUSTED: Record<string, () => string> = {
  EMFILE: () =>
    `this process may not open more files${limitOf('open_files')}. Close some, do less at once, or raise the limit (ulimit -n)`,
  ENFILE: () => 'the machine may not open more files. Close some, or raise the limit (sysctl fs.file-max)',
  EAGAIN: () =>
    `no more processes or threads may be started${limitOf('max_user_processes')}. End some, do less at once, or raise the limit (ulimit -u, or that of the container)`,
}

function codeOf(cause: unknown): string | undefined {
  const { code, message } = (cause ?? {}) as NodeJS.ErrnoException
  // A library that does not load says so in words alone.
  if (typeof message === 'string' && /too many open files/i.test(message)) return 'EMFILE'
  return code
}

/** Whether `cause` says that there is no such file or folder. */
export function isMissing(cause: unknown): boolean {
  const code = codeOf(cause)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/** Whether `cause` says that the operating system has no more of something for now: descriptors, processes, memory. */
export function isExhausted(cause: unknown): boolean {
  const code = codeOf(cause)
  return code === 'ENOMEM' || (code !== undefined && Object.hasOwn(EXHAUSTED, code))
}

/** The message of an error of the operating system's; Node has no words for a quota that is used up. */
function wordsOf({ message, errno }: NodeJS.ErrnoException): string {
  const isQuota = errno !== undefined && errno === -constants.errno.EDQUOT
  return isQuota ? message.replace(/^Unknown system error -\d+/, 'EDQUOT: disk quota exceeded') : message
}

/**
 * The error for one of the operating system's: ERR_RESOURCES where it has no more of something for now, naming the limit,
 * ERR_OUT_OF_MEMORY, else `otherwise`.
 * @param what begins the message: a path and what was being done with it
 */
export function systemError(what: string, cause: unknown, otherwise: KindredErrorCode = 'ERR_IO'): KindredError {
  if (cause instanceof KindredError) return cause
  const code = codeOf(cause) ?? ''
  if (Object.hasOwn(EXHAUSTED, code))
    return new KindredError('ERR_RESOURCES', `${what}: ${EXHAUSTED[code]!()}.`, { cause })
  const message = wordsOf(cause as NodeJS.ErrnoException).replace(/\.$/, '')
  return new KindredError(code === 'ENOMEM' ? 'ERR_OUT_OF_MEMORY' : otherwise, `${what}: ${message}.`, { cause })
}

/** Descriptors that starting a process or loading a package takes for a moment. */
const DESCRIPTORS = 10

/**
 * Throws the operating system's error where few files more can be opened. For what handles that badly: Node leaks the pipes
 * of a process that it cannot start, and remembers a package.json that it could not open as missing.
 */
export function checkDescriptors(): void {
  const held: number[] = []
  try {
    while (held.length < DESCRIPTORS) held.push(openSync(devNull, 'r'))
  } finally {
    for (const descriptor of held) closeSync(descriptor)
  }
}
