// Runs as a child process of a worker thread; see withTableReader and convertInProcess.
import { on } from 'node:events'
import { STARTED } from '../../../native/child-program.js'
import { type KindredError, show } from '../../../native/errors.js'
import { convertJsonl } from './convert-jsonl.js'
import { withDuckDb } from './duckdb.js'
import { duckDbReader } from './duckdb-reader.js'
import type { Chunk, TableReader } from './table-reader.js'
import type { ChunkMessage, TableReply, TableRequest } from './table-reader-protocol.js'
import type { Source } from './table-source.js'

const CHUNKS_PER_REPLY = 16

function messageOf(chunk: Chunk, isNumber: readonly boolean[]): ChunkMessage {
  const { rows } = chunk
  const columns: ChunkMessage['columns'] = []
  let before: Float64Array[] = []
  for (const [column, number] of isNumber.entries()) {
    if (number) {
      const values = chunk.numbers(column).slice(0, rows)
      before.push(values)
      columns.push(values)
      continue
    }
    // Text that numbers before it stand for is not asked for.
    const isText = (row: number) => before.every((values) => Number.isNaN(values[row]))
    columns.push(Array.from({ length: rows }, (_, row) => (isText(row) ? chunk.text(column, row) : null)))
    before = []
  }
  return { rows, columns }
}

/** Answers requests; the running selection is kept between them. */
class Server {
  readonly #reader: TableReader
  #selection: AsyncGenerator<ChunkMessage, void, undefined> | undefined

  constructor(reader: TableReader) {
    this.#reader = reader
  }

  async answer(request: TableRequest): Promise<TableReply> {
    switch (request.kind) {
      case 'open':
        return { kind: 'opened', source: await this.#reader.open(request.file, request.names) }
      case 'query':
        return { kind: 'rows', rows: await this.#reader.query(request.sql, request.path) }
      case 'select':
        this.#selection = this.#select(request.expressions, request.isNumber, request.source)
        return { kind: 'done' }
      case 'next':
        return { kind: 'chunks', chunks: await this.#next() }
      case 'convert':
        await convertJsonl(request.from, request.to, request.options)
        return { kind: 'done' }
    }
  }

  async *#select(expressions: readonly string[], isNumber: readonly boolean[], source: Source) {
    for await (const chunk of this.#reader.chunks(expressions, isNumber, source)) yield messageOf(chunk, isNumber)
  }

  async #next(): Promise<ChunkMessage[]> {
    const chunks: ChunkMessage[] = []
    while (chunks.length < CHUNKS_PER_REPLY) {
      const next = await this.#selection?.next()
      if (next?.value === undefined) break
      chunks.push(next.value)
    }
    return chunks
  }
}

// The parent may have ended; the error of the closed channel is ignored.
const reply = (message: TableReply) => process.send?.(message, () => undefined)

async function main(path: string): Promise<void> {
  const requests = on(process, 'message')
  try {
    await withDuckDb(path, undefined, async (connection) => {
      const server = new Server(duckDbReader(connection))
      for await (const [request] of requests) reply(await server.answer(request as TableRequest))
    })
  } catch (error) {
    const { code = 'ERR_INTERNAL', message = show(error) } = error as KindredError
    reply({ kind: 'failed', code, message })
  }
}

process.send?.(STARTED, () => undefined)
process.on('disconnect', () => process.exit())
// Ctrl-C reaches the whole group of processes; the parent decides what it means.
process.on('SIGINT', () => undefined)
main(process.argv[2]!)
