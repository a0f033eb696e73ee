import { type ChildProcess, fork, type StdioOptions } from 'node:child_process'
import { addon } from './addon.js'
import { KindredError } from './errors.js'
import { checkDescriptors, systemError } from './system-errors.js'

/** The first message of every child: it runs. */
export const STARTED = 'started'

/** Those that run. A worker that is terminated does not get to this: the addon ends its children (`adoptProcess`). */
const running = new Set<ChildProgram<never>>()

function endAll(): void {
  for (const program of running) program.kill()
}

/** How a {@link ChildProgram} is run. */
export interface ChildProgramOptions<Reply> {
  /** Path of the JavaScript file. */
  readonly script: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly stdio: StdioOptions
  /** Begins error messages: "The encoder's process". */
  readonly name: string
  /** Milliseconds from the start to the first message. */
  readonly startTimeout: number
  onMessage(reply: Reply): void
  /** Called once, if the program ends other than by {@link ChildProgram.kill}: with how, or with why it did not start. */
  onEnd(end: { died: string } | { failed: KindredError }): void
}

/**
 * A Node program of kindred's own in a child process. It may fail to start (`onEnd` tells, nothing throws), hang, or be
 * stopped: it is killed once it is not wanted, at the latest with the environment that started it.
 */
export class ChildProgram<Reply> {
  /** Settles when the process is gone. */
  readonly gone: Promise<void>
  /** Undefined where it was not started. */
  readonly #child: ChildProcess | undefined
  #startTimer: NodeJS.Timeout | undefined
  #ended = false

  constructor(options: ChildProgramOptions<Reply>) {
    const { onEnd, name } = options
    const end = (how: Parameters<typeof onEnd>[0]) => {
      if (this.#ended) return
      this.kill()
      onEnd(how)
    }
    const failed = (cause: unknown) => end({ failed: systemError(`${name} cannot be started`, cause, 'ERR_RESOURCES') })
    let child: ChildProcess
    try {
      checkDescriptors() // before, since Node leaks the pipes of a start that fails for want of them
      child = start(options)
    } catch (cause) {
      this.gone = new Promise((resolve) => setImmediate(() => resolve(failed(cause))))
      return
    }
    this.#child = child
    const { pid } = child
    if (pid !== undefined) addon().adoptProcess(pid)
    if (running.size === 0) process.once('exit', endAll)
    running.add(this)
    this.gone = new Promise((resolve) => {
      child.on('exit', (code, signal) => {
        addon().releaseProcess(pid!)
        end({ died: signal ?? `exit code ${code}` })
        resolve()
      })
      child.on('error', (cause) => {
        failed(cause)
        if (pid === undefined) resolve()
      })
    })
    child.stdin?.on('error', () => {})
    child.on('message', (message: Reply | typeof STARTED) => {
      if (this.#ended) return
      clearTimeout(this.#startTimer)
      if (message !== STARTED) options.onMessage(message as Reply)
    })
    this.#startTimer = setTimeout(() => end({ failed: lateError(options) }), options.startTimeout)
  }

  /** Sends a message; one that cannot be delivered is dropped, and `onEnd` tells why. */
  send(message: object): void {
    // The callback takes the error of a closed channel.
    if (this.#child?.connected) this.#child.send(message, undefined, undefined, () => {})
  }

  /** Ends the process at once, also one that hangs or is stopped. Idempotent. */
  kill(): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#startTimer)
    this.#child?.kill('SIGKILL')
    running.delete(this)
    if (running.size === 0) process.off('exit', endAll)
  }

  /** Whether the child keeps this process alive. An idle one must not; one that is waited for must. */
  setRef(on: boolean): void {
    const handles = [this.#child, this.#child?.channel, this.#child?.stdin, this.#startTimer] as (
      | {
          ref(): void
          unref(): void
        }
      | null
      | undefined
    )[]
    for (const handle of handles) handle?.[on ? 'ref' : 'unref']()
  }
}

function start({ script, args, env, stdio }: ChildProgramOptions<never>): ChildProcess {
  const { NODE_OPTIONS: _, ...own } = process.env
  return fork(script, args, { serialization: 'advanced', execArgv: [], env: { ...own, ...env }, stdio })
}

function lateError({ name, startTimeout }: { name: string; startTimeout: number }): KindredError {
  return new KindredError(
    'ERR_RESOURCES',
    `${name} did not start within ${startTimeout / 1000} s: the machine is overloaded, or a limit of processes or memory holds it up. End what runs beside it, or give it more time (startTimeout).`,
  )
}
