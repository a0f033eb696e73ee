import { KindredError } from '../../native/errors.js'
import type { JobInput, PartialResult, Reply, Request, Work } from './ipc-protocol.js'

/** Most inputs, and most characters, of a job: few enough to cost the event loop little, enough to sort by length in. */
const JOB_INPUTS = 512
const JOB_CHARACTERS = 1 << 20

/** Longer texts travel in fragments, with a turn of the event loop after each. */
const FRAGMENT = 1 << 18

/** Jobs under way: one that is worked on, one that waits. */
const IN_FLIGHT = 2

/** One call to the encoder's process: sends its inputs job by job, and settles once. */
export class EncoderCall {
  readonly #id: number
  readonly #inputs: readonly JobInput[]
  readonly #work: Work
  readonly #receive: (result: PartialResult, first: number) => void
  readonly #send: (request: Request) => void
  readonly #resolve: (error: unknown) => void
  /** First input of each job under way. */
  readonly #jobs = new Map<number, number>()
  #next = 0
  #sent = 0
  #settled = false

  constructor(
    id: number,
    inputs: readonly JobInput[],
    work: Work,
    receive: (result: PartialResult, first: number) => void,
    send: (request: Request) => void,
    resolve: (error: unknown) => void,
  ) {
    this.#id = id
    this.#inputs = inputs
    this.#work = work
    this.#receive = receive
    this.#send = send
    this.#resolve = resolve
  }

  /** Sends jobs as far as there is room for them; settles when none is left. */
  sendJobs(): void {
    while (!this.#settled && this.#jobs.size < IN_FLIGHT && this.#next < this.#inputs.length) {
      const job = this.#sent++
      this.#jobs.set(job, this.#next)
      void this.#sendJob(job, this.#takeInputs())
    }
    if (this.#jobs.size === 0) this.settle(undefined)
  }

  receive(reply: Extract<Reply, { call: number }>): void {
    if (this.#settled) return
    const first = this.#jobs.get(reply.job)!
    if (reply.type === 'result') this.#deliver(reply.result, first)
    else if (reply.type === 'failed') {
      const { code, message, row } = reply.failure
      this.settle(new KindredError(code, row === undefined ? message : `texts[${first + row}]: ${message}.`))
    } else {
      this.#jobs.delete(reply.job)
      this.sendJobs()
    }
  }

  /** Ends the call, with an error or with undefined; what comes later is ignored. */
  settle(error: unknown): void {
    this.#settled = true
    this.#resolve(error)
  }

  async #sendJob(job: number, inputs: JobInput[]): Promise<void> {
    const call = this.#id
    for (const [row, text] of inputs.entries()) {
      if (typeof text !== 'string' || text.length <= FRAGMENT) continue
      inputs[row] = ''
      for (let begin = 0; begin < text.length && !this.#settled; begin += FRAGMENT) {
        this.#send({ type: 'fragment', call, job, row, text: text.slice(begin, begin + FRAGMENT) })
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    if (!this.#settled) this.#send({ type: 'job', call, job, inputs, work: this.#work })
  }

  /** The receiver calls the caller's onProgress, whose error is the call's. */
  #deliver(result: PartialResult, first: number): void {
    try {
      this.#receive(result, first)
    } catch (error) {
      this.settle(error)
    }
  }

  #takeInputs(): JobInput[] {
    const begin = this.#next
    let characters = 0
    while (this.#next < this.#inputs.length && this.#next - begin < JOB_INPUTS) {
      characters += this.#inputs[this.#next]!.length
      if (characters > JOB_CHARACTERS && this.#next > begin) break
      this.#next++
    }
    return this.#inputs.slice(begin, this.#next)
  }
}
