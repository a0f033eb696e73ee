import { backendInfo } from '../../../native/backend.js'
import { ChildProgram } from '../../../native/child-program.js'
import { abortError, KindredError, throwIfAborted } from '../../../native/errors.js'
import { packageFile } from '../../../native/package-file.js'
import type { PreparedFile } from '../files/prepare-file.js'
import type { ConvertOptions } from './convert-jsonl.js'
import type { Chunk, TableReader } from './table-reader.js'
import type { ChunkMessage, TableReply, TableRequest } from './table-reader-protocol.js'
import type { Source } from './table-source.js'

/** Milliseconds that the reader's process may take to start. */
const START_TIMEOUT = 60_000

class ReaderProcess implements TableReader {
  readonly #child: ChildProgram<TableReply>
  #failure: KindredError | undefined
  #waiting: { resolve(reply: TableReply): void; reject(error: KindredError): void } | undefined

  constructor(path: string) {
    const name = `${path}: the process that reads it`
    this.#child = new ChildProgram<TableReply>({
      script: packageFile('dist', 'data', 'tables', 'duckdb', 'table-reader-child.js'),
      args: [path],
      env: { KINDRED_THREADS: String(backendInfo().threads.count) },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      name,
      startTimeout: START_TIMEOUT,
      onMessage: (reply) => {
        if (reply.kind === 'failed') this.fail(new KindredError(reply.code, reply.message))
        else this.#waiting?.resolve(reply)
      },
      onEnd: (end) =>
        this.fail('failed' in end ? end.failed : new KindredError('ERR_IO', `${name} ended with ${end.died}.`)),
    })
  }

  /** Ends the child, and the request under way with `error`; the first failure counts. */
  fail(error: KindredError): void {
    this.#failure ??= error
    this.#waiting?.reject(this.#failure)
    this.#child.kill()
  }

  async #ask(request: TableRequest): Promise<TableReply> {
    if (this.#failure !== undefined) throw this.#failure
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting = { resolve, reject }
        this.#child.send(request)
      })
    } finally {
      this.#waiting = undefined
    }
  }

  async query(sql: string, path: string): Promise<unknown[][]> {
    const reply = await this.#ask({ kind: 'query', sql, path })
    return (reply as Extract<TableReply, { kind: 'rows' }>).rows
  }

  async open(file: PreparedFile, names: readonly string[]): Promise<Source> {
    const reply = await this.#ask({ kind: 'open', file, names })
    return (reply as Extract<TableReply, { kind: 'opened' }>).source
  }

  async *chunks(
    expressions: readonly string[],
    isNumber: readonly boolean[],
    source: Source,
  ): AsyncGenerator<Chunk, void, undefined> {
    await this.#ask({ kind: 'select', expressions, isNumber, source })
    for (;;) {
      const { chunks } = (await this.#ask({ kind: 'next' })) as Extract<TableReply, { kind: 'chunks' }>
      if (chunks.length === 0) return
      for (const chunk of chunks) yield chunkOf(chunk)
    }
  }

  async convert(from: string, to: string, options: Omit<ConvertOptions, 'signal'>): Promise<void> {
    await this.#ask({ kind: 'convert', from, to, options })
  }

  close(): void {
    this.#failure ??= new KindredError('ERR_INTERNAL', 'The table is closed.')
    this.#child.kill()
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
  work: (reader: ReaderProcess) => Promise<T>,
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

/** As `convertJsonl`, in a child process of its own. @throws as that */
export async function convertInProcess(from: string, to: string, options: ConvertOptions): Promise<void> {
  const { signal, ...rest } = options
  await withReaderProcess(options.name ?? to, signal, (reader) => reader.convert(from, to, rest))
}
