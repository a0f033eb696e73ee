import { spawn } from 'node:child_process'
import { abortError, KindredError, throwIfAborted } from '../../native/errors.js'
import { isMissing, systemError } from '../../native/system-errors.js'

/** How a program of the system is run. */
export interface RunOptions {
  /** Begins the error where there is no such program. */
  missing: string
  /** What it reads, for messages. */
  what: string
  signal: AbortSignal | undefined
}

/** Most that a program may say. */
const MOST_WORDS = 2000

/**
 * Runs a program to its end and gives what it prints.
 * @throws ERR_NOT_SUPPORTED where there is no such program, ERR_DATA where it fails, with its last words, ERR_ABORTED
 */
export async function runProgram(program: string, args: readonly string[], options: RunOptions): Promise<Buffer> {
  const { missing, what, signal } = options
  throwIfAborted(signal)
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true })
    const out: Buffer[] = []
    let words = ''
    const onAbort = () => child.kill('SIGKILL')
    signal?.addEventListener('abort', onAbort, { once: true })
    child.stdout.on('data', (data: Buffer) => out.push(data))
    child.stderr.on('data', (data: Buffer) => {
      words = `${words}${data.toString('utf8')}`.slice(-MOST_WORDS)
    })
    child.on('error', (cause) => {
      signal?.removeEventListener('abort', onAbort)
      reject(
        isMissing(cause)
          ? new KindredError('ERR_NOT_SUPPORTED', `${missing}.`, { cause })
          : systemError(`${program} cannot be started`, cause, 'ERR_RESOURCES'),
      )
    })
    child.on('close', (code, killed) => {
      signal?.removeEventListener('abort', onAbort)
      if (signal?.aborted) reject(abortError(signal))
      else if (code === 0) resolve(Buffer.concat(out))
      else {
        const last = words.trim().split('\n').at(-1) || `it ended with ${killed ?? `code ${code}`}`
        reject(new KindredError('ERR_DATA', `${what}: ${program} cannot read it: ${last.replace(/\.$/, '')}.`))
      }
    })
  })
}
