import { abortError, type KindredError } from '../../native/errors.js'
import { EncoderProcess, type EncoderProgram } from './encoder-process.js'
import type { ReadyEncoder } from './ipc-protocol.js'

/** Ends the process of an encoder that is collected without being disposed of. */
const abandoned = new FinalizationRegistry<EncoderHost>((host) => host.dispose())

/** The process of an encoder, started anew when it has died, until it is disposed of. */
export class EncoderHost {
  readonly #program: EncoderProgram
  readonly #disposedError: () => KindredError
  #process: EncoderProcess
  #disposed = false

  private constructor(program: EncoderProgram, disposedError: () => KindredError, process: EncoderProcess) {
    this.#program = program
    this.#disposedError = disposedError
    this.#process = process
  }

  /**
   * Starts the process and waits until the model is loaded.
   * @param disposedError what calls fail with once it is disposed of
   * @throws ERR_ENCODER, ERR_ENCODER_DIED, ERR_RESOURCES, ERR_ABORTED
   */
  static async start(
    program: EncoderProgram,
    disposedError: () => KindredError,
    signal: AbortSignal | undefined,
  ): Promise<{ host: EncoderHost; ready: ReadyEncoder }> {
    const process = new EncoderProcess(program)
    const onAbort = () => process.close(abortError(signal!))
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      const ready = await process.keepAliveFor(process.ready)
      return { host: new EncoderHost(program, disposedError, process), ready }
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** Is disposed of at the latest when `owner` is collected. */
  belongTo(owner: object): void {
    abandoned.register(owner, this, this)
  }

  /** Works on inputs, as {@link EncoderProcess.run} does, in the process that there is now. */
  async run(...of: Parameters<EncoderProcess['run']>): Promise<void> {
    return this.process().run(...of)
  }

  /** The process; a new one if the last has died. @throws what calls fail with once it is disposed of */
  process(): EncoderProcess {
    if (this.#disposed) throw this.#disposedError()
    if (this.#process.ended) this.#process = new EncoderProcess(this.#program)
    return this.#process
  }

  /** Ends the process, and with it calls under way. Idempotent. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    abandoned.unregister(this)
    this.#process.close(this.#disposedError())
  }

  /** Waits until the process is gone. */
  async gone(): Promise<void> {
    await this.#process.keepAliveFor(this.#process.gone)
  }
}
