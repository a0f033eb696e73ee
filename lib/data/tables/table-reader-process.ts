import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { backendInfo } from '../../native/backend.js'
import { abortError, KindredError, throwIfAborted } from '../../native/errors.js'
import type { Chunk, TableReader } from './table-reader.js'
import type { ChunkMessage, TableReply, TableRequest } from './table-reader-protocol.js'
import type { Source, TableFileOptions } from './table-source.js'

class ReaderProcess implements TableReader {
  readonly #child: ChildProcess
  #failure: KindredError | undefined
  #waiting: { resolve(reply: TableReply): void; reject(error: KindredError): void } | undefined

  constructor(path: string) {
    this.#child = fork(join(__dirname, 'table-reader-child.js'), [path], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, KINDRED_THREADS: String(backendInfo().threads.count) },
    })
    this.#child.on('message', (reply: TableReply) => {
      if (reply.kind === 'failed') this.fail(new KindredError(reply.code, reply.message))
      else this.#waiting?.resolve(reply)
    })
    const died = (why: string) => this.fail(new KindredError('ERR_IO', `${path}: the process that reads it ${why}.`))
    this.#child.on('error', (error) => died(`failed: ${error.message}`))
    this.#child.on('exit', (code, signal) => died(`ended with ${signal ?? `exit code ${code}`}`))
  }

  /** Ends the child, and the request under way with `error`; the first failure counts. */
  fail(error: KindredError): void {
    this.#failure ??= error
    this.#waiting?.reject(this.#failure)
    this.#child.kill('SIGKILL')
  }

  async #ask(request: TableRequest): Promise<TableReply> {
    if (this.#failure !== undefined) throw this.#failure
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting = { resolve, reject }
        // The event 'exit' reports why a channel is closed.
        this.#child.send(request, () => undefined)
      })
    } finally {
      this.#waiting = undefined
    }
  }

  async open(names: readonly string[], options: TableFileOptions): Promise<Source> {
    const reply = await this.#ask({ kind: 'open', names, options })
    return (reply as Extract<TableReply, { kind: 'opened' }>).source
  }

  async *chunks(
    expressions: readonly string[],
    isNumber: readonly boolean[],
    relation: string,
  ): AsyncGenerator<Chunk, void, undefined> {
    await this.#ask({ kind: 'select', expressions, isNumber, relation })
    for (;;) {
      const { chunks } = (await this.#ask({ kind: 'next' })) as Extract<TableReply, { kind: 'chunks' }>
      if (chunks.length === 0) return
      for (const chunk of chunks) yield chunkOf(chunk)
    }
  }

  async checkJsonColumns(source: Source, suspects: readonly string[]): Promise<void> {
    await this.#ask({ kind: 'checkJsonColumns', source, suspects })
  }

  close(): void {
    this.#failure ??= new KindredError('ERR_INTERNAL', 'The table is closed.')
    this.#child.kill('SIGKILL')
  }
}

function chunkOf({ rows, columns }: ChunkMessage): Chunk {
  return {
    rows,
    numbers: (column) => columns[column] as Float64Array,
    text: (column, row) => (columns[column] as (string | null)[])[row] ?? null,
  }
}

/** Runs `work` with a reader in a child process of its own, which ends with it. */
export async function withReaderProcess<T>(
  path: string,
  signal: AbortSignal | undefined,
  work: (reader: TableReader) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal)
  const reader = new ReaderProcess(path)
  const onAbort = () => reader.fail(abortError(signal!))
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    return await work(reader)
  } finally {
    signal?.removeEventListener('abort', onAbort)
    reader.close()
  }
}
