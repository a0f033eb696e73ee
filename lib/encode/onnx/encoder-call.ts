import { KindredError } from '../../native/errors.js'
import type { Input, Part, Reply, Request, Work } from './ipc-protocol.js'

/** A window of inputs is a message: small enough to cost the event loop little, large enough to sort by length in. */
const WINDOW_INPUTS = 512
const WINDOW_LENGTH = 1 << 20

/** Longer texts travel in pieces with a turn of the event loop after each. */
const PIECE = 1 << 18

/** Windows under way: one that is worked on, one that waits. */
const IN_FLIGHT = 2

/** One call to the encoder's process: sends its inputs window by window, and settles once. */
export class EncoderCall {
  readonly #id: number
  readonly #inputs: readonly Input[]
  readonly #work: Work
  readonly #part: (part: Part, first: number) => void
  readonly #send: (request: Request) => void
  readonly #resolve: (error: unknown) => void
  /** First input of each window under way. */
  readonly #windows = new Map<number, number>()
  #next = 0
  #sent = 0
  #settled = false

  constructor(
    id: number,
    inputs: readonly Input[],
    work: Work,
    part: (part: Part, first: number) => void,
    send: (request: Request) => void,
    resolve: (error: unknown) => void,
  ) {
    this.#id = id
    this.#inputs = inputs
    this.#work = work
    this.#part = part
    this.#send = send
    this.#resolve = resolve
  }

  /** Sends windows as far as there is room for them; settles when none is left. */
  pump(): void {
    while (!this.#settled && this.#windows.size < IN_FLIGHT && this.#next < this.#inputs.length) {
      const window = this.#sent++
      this.#windows.set(window, this.#next)
      void this.#sendWindow(window, this.#takeWindow())
    }
    if (this.#windows.size === 0) this.settle(undefined)
  }

  receive(reply: Extract<Reply, { call: number }>): void {
    if (this.#settled) return
    const first = this.#windows.get(reply.window)!
    if (reply.type === 'part') this.#take(reply.part, first)
    else if (reply.type === 'failed') {
      const { code, message, row } = reply.failure
      this.settle(new KindredError(code, row === undefined ? message : `texts[${first + row}]: ${message}.`))
    } else {
      this.#windows.delete(reply.window)
      this.pump()
    }
  }

  /** Ends the call, with an error or with undefined; what comes later is ignored. */
  settle(error: unknown): void {
    this.#settled = true
    this.#resolve(error)
  }

  async #sendWindow(window: number, inputs: Input[]): Promise<void> {
    const call = this.#id
    for (const [row, text] of inputs.entries()) {
      if (typeof text !== 'string' || text.length <= PIECE) continue
      inputs[row] = ''
      for (let begin = 0; begin < text.length && !this.#settled; begin += PIECE) {
        this.#send({ type: 'piece', call, window, row, text: text.slice(begin, begin + PIECE) })
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    if (!this.#settled) this.#send({ type: 'window', call, window, inputs, work: this.#work })
  }

  /** The receiver calls the caller's onProgress, whose error is the call's. */
  #take(part: Part, first: number): void {
    try {
      this.#part(part, first)
    } catch (error) {
      this.settle(error)
    }
  }

  #takeWindow(): Input[] {
    const begin = this.#next
    let length = 0
    while (this.#next < this.#inputs.length && this.#next - begin < WINDOW_INPUTS) {
      length += this.#inputs[this.#next]!.length
      if (length > WINDOW_LENGTH && this.#next > begin) break
      this.#next++
    }
    return this.#inputs.slice(begin, this.#next)
  }
}
