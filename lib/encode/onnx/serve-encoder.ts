import { constants, getPriority, setPriority } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { STARTED } from '../../native/child-program.js'
import { KindredError } from '../../native/errors.js'
import { InputError } from './input-error.js'
import type { Failure, JobInput, PartialResult, ReadyEncoder, Reply, Request, Work } from './ipc-protocol.js'

/**
 * Niceness added to this process and its compute threads, so that the parent's event loop runs first: on two busy cores
 * its longest delay was shorter in eight of nine pairs of runs.
 */
const NICENESS = 5

/** A loaded model, whatever it reads. */
export interface EncoderSession {
  readonly ready: ReadyEncoder
  /** Works on the inputs of a job in short steps, each of which yields a partial result or null. */
  run(inputs: readonly JobInput[], work: Work): AsyncGenerator<PartialResult | null, void>
}

/** Loads the model that a configuration names. @throws ERR_ENCODER */
export type CreateSession = (config: never) => Promise<EncoderSession>

interface Job {
  call: number
  job: number
  steps: AsyncGenerator<PartialResult | null, void>
  cancelled: boolean
}

let session: EncoderSession | undefined
let jobs: Job[] = []
let current: Job | undefined

/** Fragments of long texts whose jobs are still to come. */
let fragments: (Request & { type: 'fragment' })[] = []

function send(reply: Reply): void {
  // The callback takes the error of a closed channel; 'disconnect' follows.
  if (process.connected) process.send!(reply, undefined, undefined, () => {})
}

function failureOf(error: unknown): Failure {
  const { message } = error as Error
  if (error instanceof InputError) return { code: 'ERR_ENCODER', message, row: error.row }
  if (error instanceof KindredError) return { code: error.code as Failure['code'], message }
  return { code: 'ERR_INTERNAL', message }
}

function cancel(call: number): void {
  jobs = jobs.filter((job) => job.call !== call)
  fragments = fragments.filter((fragment) => fragment.call !== call)
  if (current?.call === call) current.cancelled = true
}

async function step(running: Job): Promise<void> {
  const { call, job } = running
  try {
    const { value, done } = await running.steps.next()
    if (running.cancelled) return
    if (value) send({ type: 'result', call, job, result: value })
    if (done) send({ type: 'done', call, job })
    else jobs.push(running)
  } catch (error) {
    cancel(call)
    send({ type: 'failed', call, job, failure: failureOf(error) })
  }
}

/** One step of each job in turn, so that a small call does not wait for a large one; messages are read in between. */
async function runJobs(): Promise<void> {
  if (current) return
  while (jobs.length > 0) {
    current = jobs.shift()!
    await step(current)
    await new Promise(setImmediate)
  }
  current = undefined
}

function start({ call, job, inputs, work }: Request & { type: 'job' }): void {
  const long = new Map<number, string[]>()
  fragments = fragments.filter((fragment) => {
    if (fragment.call !== call || fragment.job !== job) return true
    long.set(fragment.row, [...(long.get(fragment.row) ?? []), fragment.text])
    return false
  })
  for (const [row, texts] of long) inputs[row] = texts.join('')
  jobs.push({ call, job, steps: session!.run(inputs, work), cancelled: false })
  void runJobs()
}

async function load(create: CreateSession, request: Request & { type: 'load' }): Promise<void> {
  try {
    session = await create(request.config as never)
    send({ type: 'ready', ...session.ready })
  } catch (error) {
    send({ type: 'unusable', failure: failureOf(error) })
  }
}

/** Makes this process an encoder's, which answers its parent until that is gone. */
export function serveEncoder(create: CreateSession): void {
  process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent decides, and its end ends this process.
  process.on('disconnect', () => process.exit(0))
  process.stderr.on('error', () => {})
  new Worker(join(__dirname, 'parent-watchdog.js')).unref()
  setPriority(Math.min(constants.priority.PRIORITY_LOW, getPriority() + NICENESS))

  process.send!(STARTED, undefined, undefined, () => {})
  process.on('message', (request: Request) => {
    if (request.type === 'load') void load(create, request)
    else if (request.type === 'cancel') cancel(request.call)
    else if (request.type === 'fragment') fragments.push(request)
    else start(request)
  })
}
