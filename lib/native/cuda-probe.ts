import { fork } from 'node:child_process'
import { KindredError } from './errors.js'
import { packageFile } from './package-file.js'

/** What the child process answers: undefined where the library works, else why it does not. */
export interface ProbeAnswer {
  failure: string | undefined
}

function isAnswer(message: unknown): message is ProbeAnswer {
  if (message === null || typeof message !== 'object' || !('failure' in message)) return false
  return message.failure === undefined || typeof message.failure === 'string'
}

/** How long a probe may take, in seconds: `KINDRED_CUDA_PROBE_SECONDS`, 60 if unset. @throws ERR_VALUE */
export function probeSeconds(): number {
  const text = process.env.KINDRED_CUDA_PROBE_SECONDS
  if (!text) return 60
  const seconds = Number(text)
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 3600) return seconds
  throw new KindredError(
    'ERR_VALUE',
    `KINDRED_CUDA_PROBE_SECONDS: expected an integer from 1 to 3600 but received ${JSON.stringify(text)}.`,
  )
}

/**
 * Opens the driver and the library in a process of its own, which may crash or hang, and has a kernel compute something
 * known there. Never rejects.
 * @returns why the library cannot be used, or undefined if it can
 */
export function probeCuda(library: string, seconds: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const { NODE_OPTIONS: _, ...env } = process.env
    const child = fork(packageFile('dist', 'native', 'cuda-probe-child.js'), [library, String(seconds)], {
      serialization: 'advanced',
      execArgv: [],
      env,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const end = (failure: string | undefined) => {
      clearTimeout(timer)
      child.removeAllListeners()
      child.on('error', () => {})
      child.kill('SIGKILL')
      // A process that waits inside the driver outlives even SIGKILL; ours does not wait for it.
      child.unref()
      child.channel?.unref()
      resolve(failure)
    }
    const timer = setTimeout(
      () =>
        end(
          `${library}, tried in a process of its own, did not answer within ${seconds} seconds. Look at what nvidia-smi and dmesg say; KINDRED_CUDA_PROBE_SECONDS grants more time.`,
        ),
      seconds * 1000,
    )
    child.on('message', (message) =>
      end(
        isAnswer(message)
          ? message.failure
          : `${library}, tried in a process of its own, gave an answer of an unknown form.`,
      ),
    )
    child.on('exit', (code, signal) =>
      end(
        `${library}, tried in a process of its own, took it down (${signal ?? `exit code ${code}`}). The driver or the library is broken: look at what nvidia-smi and dmesg say, and build the library anew with npm run build:cuda.`,
      ),
    )
    child.on('error', (cause) => end(`the process that tries ${library} does not start: ${cause.message}`))
  })
}
