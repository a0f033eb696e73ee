import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { abortError, KindredError, throwIfAborted } from '../../native/errors.js'
import { onAbort } from '../../native/native-call.js'
import type { EncoderInput } from '../embedder.js'
import { InputError } from '../onnx/input-error.js'
import type { PartialResult, TextWork } from '../onnx/ipc-protocol.js'
import { overTextBatches } from '../text-batches.js'
import { runJob } from './encode-job.js'
import type { NativeSession } from './native-session.js'
import type { TextEngine } from './text-engine.js'

/** Runs texts through a {@link NativeSession} on the addon's threads, the event loop running meanwhile. */
export class NativeEngine implements TextEngine {
  readonly #session: NativeSession
  readonly #disposedError: () => KindredError
  /** Ends calls under way. */
  readonly #end = new AbortController()
  readonly #calls = new Set<Promise<unknown>>()

  /** @param disposedError what calls fail with once it is disposed of */
  constructor(session: NativeSession, disposedError: () => KindredError) {
    this.#session = session
    this.#disposedError = disposedError
  }

  async run(
    inputs: readonly EncoderInput[],
    work: TextWork,
    receive: (result: PartialResult, first: number) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (this.#end.signal.aborted) throw this.#disposedError()
    throwIfAborted(signal)
    // Of the caller's signal and of dispose(), and of a job that has failed.
    const own = new AbortController()
    const unwatch = [signal, this.#end.signal].map((each) => each && onAbort(each, () => own.abort()))
    const call = this.#run(inputs, work, receive, own)
    this.#calls.add(call)
    try {
      await call
    } catch (error) {
      if (signal?.aborted) throw abortError(signal)
      if (this.#end.signal.aborted) throw this.#disposedError()
      throw error
    } finally {
      for (const stop of unwatch) stop?.()
      this.#calls.delete(call)
    }
  }

  dispose(): void {
    if (this.#end.signal.aborted) return
    this.#end.abort()
    this.#session.release()
  }

  async gone(): Promise<void> {
    await Promise.allSettled(this.#calls)
  }

  async #run(
    inputs: readonly EncoderInput[],
    work: TextWork,
    receive: (result: PartialResult, first: number) => void,
    own: AbortController,
  ): Promise<void> {
    const yielder = new LoopYielder(own.signal)
    // Of two jobs at once, the one that fails ends the other.
    let failure: unknown
    const all = overTextBatches(inputs, async (begin, end) => {
      try {
        for await (const result of runJob(this.#session, inputs.slice(begin, end), work, own.signal)) {
          if (yielder.due) await yielder.yieldToLoop()
          throwIfAborted(own.signal)
          if (result) receive(result, begin)
        }
      } catch (error) {
        failure ??=
          error instanceof InputError
            ? new KindredError('ERR_ENCODER', `texts[${begin + error.row}]: ${error.message}.`)
            : error
        own.abort()
        throw failure
      }
    })
    await all.catch(() => {
      throw failure
    })
  }
}
