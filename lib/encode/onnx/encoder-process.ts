import { backendInfo } from '../../native/backend.js'
import { ChildProgram } from '../../native/child-program.js'
import { abortError, KindredError, throwIfAborted } from '../../native/errors.js'
import { packageFile } from '../../native/package-file.js'
import { EncoderCall } from './encoder-call.js'
import type { JobInput, PartialResult, ReadyEncoder, Reply, Request, Work } from './ipc-protocol.js'

/** What runs in an encoder's process. */
export interface EncoderProgram {
  /** Its JavaScript file, which calls `serveEncoder`: the path below dist/encode. */
  readonly script: readonly string[]
  /** What it loads. */
  readonly config: object
  /** Of onnxruntime and kindred's kernels in the process; undefined: as many as this process uses. */
  readonly threads: number | undefined
  /** Milliseconds until it runs. */
  readonly startTimeout: number
}

/** One process of an encoder, from fork to exit. */
export class EncoderProcess {
  /** What is known once the model is loaded. Rejects with ERR_ENCODER, ERR_ENCODER_DIED, or ERR_RESOURCES if it does not start. */
  readonly ready: Promise<ReadyEncoder>
  /** Settles when the process is gone. */
  readonly gone: Promise<void>
  readonly #child: ChildProgram<Reply>
  readonly #calls = new Map<number, EncoderCall>()
  #nextCall = 0
  #holds = 0
  #end: KindredError | undefined
  #rejectReady: (error: KindredError) => void = () => {}

  constructor({ script, config, threads, startTimeout }: EncoderProgram) {
    let resolveReady: (ready: ReadyEncoder) => void
    this.ready = new Promise((resolve, reject) => {
      resolveReady = resolve
      this.#rejectReady = reject
    })
    this.ready.catch(() => {})
    this.#child = new ChildProgram<Reply>({
      script: packageFile('dist', 'encode', ...script),
      env: { KINDRED_THREADS: String(threads ?? backendInfo().threads.count), ORT_DISABLE_TELEMETRY: '1' },
      // stdin is the watchdog (parent-watchdog.ts); stdout belongs to this process alone.
      stdio: ['pipe', 'ignore', 'inherit', 'ipc'],
      name: "The encoder's process",
      startTimeout,
      onMessage: (reply) => (reply.type === 'ready' ? resolveReady(reply) : this.#receive(reply)),
      onEnd: (end) => this.#finish('failed' in end ? end.failed : diedError(end.died)),
    })
    this.gone = this.#child.gone
    this.#child.setRef(false)
    this.send({ type: 'load', config })
  }

  /** The process has ended, or is about to. */
  get ended(): boolean {
    return this.#end !== undefined
  }

  /**
   * Works on `inputs`, which travel in jobs with at most two under way, and hands over partial results as they come;
   * `first` is the index of the first input of the result's job. Keeps this process alive meanwhile.
   * @throws ERR_ABORTED, ERR_ENCODER, ERR_ENCODER_DIED
   */
  async run(
    inputs: readonly JobInput[],
    work: Work,
    receive: (result: PartialResult, first: number) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    throwIfAborted(signal)
    const id = this.#nextCall++
    this.#hold(1)
    let onAbort = () => {}
    try {
      const error = await new Promise<unknown>((resolve) => {
        const call = new EncoderCall(id, inputs, work, receive, (request) => this.send(request), resolve)
        this.#calls.set(id, call)
        onAbort = () => call.settle(abortError(signal!))
        signal?.addEventListener('abort', onAbort, { once: true })
        this.ready.then(() => call.sendJobs(), resolve)
      })
      if (error === undefined) return
      this.send({ type: 'cancel', call: id })
      if (!(error instanceof KindredError)) throw error
      throw new KindredError(error.code, error.message, { cause: error.cause }) // with the caller's stack
    } finally {
      signal?.removeEventListener('abort', onAbort)
      this.#calls.delete(id)
      this.#hold(-1)
    }
  }

  /** Waits for `promise` while keeping this process alive. */
  async keepAliveFor<T>(promise: Promise<T>): Promise<T> {
    this.#hold(1)
    try {
      return await promise
    } finally {
      this.#hold(-1)
    }
  }

  /** Ends the process; calls under way fail with `error`. */
  close(error: KindredError): void {
    this.#finish(error)
    this.#child.kill()
  }

  send(request: Request): void {
    this.#child.send(request)
  }

  #receive(reply: Exclude<Reply, { type: 'ready' }>): void {
    if (reply.type === 'unusable') this.close(new KindredError(reply.failure.code, reply.failure.message))
    else this.#calls.get(reply.call)?.receive(reply)
  }

  #finish(error: KindredError): void {
    if (this.#end) return
    this.#end = error
    this.#rejectReady(error)
    for (const call of this.#calls.values()) call.settle(error)
  }

  #hold(change: 1 | -1): void {
    this.#holds += change
    // Idle, it must not keep this process alive; under a call it must, or a top-level await ends with code 13.
    this.#child.setRef(this.#holds > 0)
  }
}

function diedError(reason: string): KindredError {
  return new KindredError(
    'ERR_ENCODER_DIED',
    `The encoder's process ended under the call (${reason}): killed from outside, or out of memory. The next call starts a new one.`,
  )
}
