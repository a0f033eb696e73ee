import { KindredError } from '../native/errors.js'
import type { Part, Reply, Request, Work } from './messages.js'

/** A window of texts is a message: small enough to cost the event loop little, large enough to sort by length in. */
const WINDOW_TEXTS = 512
const WINDOW_CHARACTERS = 1 << 20

/** Windows under way: one that is worked on, one that waits. */
const IN_FLIGHT = 2

/** One call to the encoder's process: sends its texts window by window, and settles once. */
export class Call {
  readonly #id: number
  readonly #texts: readonly string[]
  readonly #work: Work
  readonly #part: (part: Part, first: number) => void
  readonly #send: (request: Request) => void
  readonly #resolve: (error: KindredError | undefined) => void
  /** First text of each window under way. */
  readonly #windows = new Map<number, number>()
  #next = 0
  #sent = 0
  #settled = false

  constructor(
    id: number,
    texts: readonly string[],
    work: Work,
    part: (part: Part, first: number) => void,
    send: (request: Request) => void,
    resolve: (error: KindredError | undefined) => void,
  ) {
    this.#id = id
    this.#texts = texts
    this.#work = work
    this.#part = part
    this.#send = send
    this.#resolve = resolve
  }

  /** Sends windows as far as there is room for them; settles when none is left. */
  pump(): void {
    while (!this.#settled && this.#windows.size < IN_FLIGHT && this.#next < this.#texts.length) {
      const window = this.#sent++
      this.#windows.set(window, this.#next)
      const texts = this.#takeWindow()
      this.#send({ type: 'window', call: this.#id, window, texts, work: this.#work })
    }
    if (this.#windows.size === 0) this.settle(undefined)
  }

  receive(reply: Extract<Reply, { call: number }>): void {
    if (this.#settled) return
    const first = this.#windows.get(reply.window)!
    if (reply.type === 'part') this.#part(reply.part, first)
    else if (reply.type === 'failed') {
      const { code, message, row } = reply.failure
      this.settle(new KindredError(code, row === undefined ? message : `texts[${first + row}]: ${message}.`))
    } else {
      this.#windows.delete(reply.window)
      this.pump()
    }
  }

  settle(error: KindredError | undefined): void {
    this.#settled = true
    this.#resolve(error)
  }

  #takeWindow(): string[] {
    const begin = this.#next
    let characters = 0
    while (this.#next < this.#texts.length && this.#next - begin < WINDOW_TEXTS) {
      characters += this.#texts[this.#next]!.length
      if (characters > WINDOW_CHARACTERS && this.#next > begin) break
      this.#next++
    }
    return this.#texts.slice(begin, this.#next)
  }
}
