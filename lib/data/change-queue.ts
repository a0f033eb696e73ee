import { untilAborted } from '../native/native-call.js'

/** The changes of one object, one after the other in the order of the calls, so that each builds on the one before. */
export class ChangeQueue {
  #last: Promise<void> = Promise.resolve()

  /**
   * Runs `change` once all earlier ones have ended, well or not.
   * @throws ERR_ABORTED if the signal fires while it waits; it is then left out
   */
  async run<T>(change: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const earlier = this.#last
    let end = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    this.#last = earlier.then(() => ended)
    try {
      await untilAborted(earlier, signal)
      return await change()
    } finally {
      end()
    }
  }
}
