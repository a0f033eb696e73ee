// The encoder's own process: onnxruntime and tokenisation live here, so that neither a run of the model nor its end can
// hold up or take down the process that asked.
import { constants, getPriority, setPriority } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { KindredError } from '../../native/errors.js'
import { processWindow, TextError } from './encode-job.js'
import type { Failure, Part, Reply, Request } from './ipc-protocol.js'
import { OnnxSession } from './onnx-session.js'

/**
 * How much this process and the compute threads that it starts give way to the parent, whose event loop has little to do
 * but should do it at once: on two busy cores its longest delay was shorter in eight of nine pairs of runs.
 */
const NICENESS = 5

interface Task {
  call: number
  window: number
  steps: AsyncGenerator<Part | null, void>
  cancelled: boolean
}

let session: OnnxSession | undefined
let tasks: Task[] = []
let current: Task | undefined

/** Pieces of long texts whose windows are still to come. */
let pieces: (Request & { type: 'piece' })[] = []

function send(reply: Reply): void {
  // The callback takes the error of a closed channel; 'disconnect' follows.
  if (process.connected) process.send!(reply, undefined, undefined, () => {})
}

function failureOf(error: unknown): Failure {
  const { message } = error as Error
  if (error instanceof TextError) return { code: 'ERR_ENCODER', message, row: error.row }
  if (error instanceof KindredError) return { code: error.code as Failure['code'], message }
  return { code: 'ERR_INTERNAL', message }
}

function cancel(call: number): void {
  tasks = tasks.filter((task) => task.call !== call)
  pieces = pieces.filter((piece) => piece.call !== call)
  if (current?.call === call) current.cancelled = true
}

async function step(task: Task): Promise<void> {
  const { call, window } = task
  try {
    const { value, done } = await task.steps.next()
    if (task.cancelled) return
    if (value) send({ type: 'part', call, window, part: value })
    if (done) send({ type: 'done', call, window })
    else tasks.push(task)
  } catch (error) {
    cancel(call)
    send({ type: 'failed', call, window, failure: failureOf(error) })
  }
}

/** One step of each window in turn, so that a small call does not wait for a large one; messages are read in between. */
async function work(): Promise<void> {
  if (current) return
  while (tasks.length > 0) {
    current = tasks.shift()!
    await step(current)
    await new Promise(setImmediate)
  }
  current = undefined
}

function start({ call, window, inputs, work: wanted }: Request & { type: 'window' }): void {
  const long = new Map<number, string[]>()
  pieces = pieces.filter((piece) => {
    if (piece.call !== call || piece.window !== window) return true
    long.set(piece.row, [...(long.get(piece.row) ?? []), piece.text])
    return false
  })
  for (const [row, parts] of long) inputs[row] = parts.join('')
  tasks.push({ call, window, steps: processWindow(session!, inputs, wanted), cancelled: false })
  void work()
}

async function load(request: Request & { type: 'load' }): Promise<void> {
  try {
    session = await OnnxSession.create(request.settings)
    send({ type: 'ready', dims: session.dims })
  } catch (error) {
    send({ type: 'unusable', failure: failureOf(error) })
  }
}

process.on('SIGINT', () => {}) // Ctrl-C reaches the whole group; the parent decides, and its end ends this process.
process.on('disconnect', () => process.exit(0))
process.stderr.on('error', () => {})
new Worker(join(__dirname, 'parent-watchdog.js')).unref()
setPriority(Math.min(constants.priority.PRIORITY_LOW, getPriority() + NICENESS))

process.on('message', (request: Request) => {
  if (request.type === 'load') void load(request)
  else if (request.type === 'cancel') cancel(request.call)
  else if (request.type === 'piece') pieces.push(request)
  else start(request)
})
