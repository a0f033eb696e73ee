import type { KindredErrorCode } from '../../../native/errors.js'
import type { PreparedFile } from '../files/prepare-file.js'
import type { ConvertOptions } from './convert-jsonl.js'
import type { Source } from './table-source.js'

/** What a process asks of the child that reads a table for it: one request at a time, one reply each. */
export type TableRequest =
  | { kind: 'open'; file: PreparedFile; names: readonly string[] }
  | { kind: 'query'; sql: string; path: string }
  /** Starts a selection; `isNumber`: for each expression, whether it is a number; text otherwise. */
  | { kind: 'select'; expressions: readonly string[]; isNumber: readonly boolean[]; source: Source }
  /** Asks for the next rows of the selection. */
  | { kind: 'next' }
  /** Converts a JSONL file. */
  | { kind: 'convert'; from: string; to: string; options: Omit<ConvertOptions, 'signal'> }

/** Rows as columns: numbers, or texts. */
export interface ChunkMessage {
  rows: number
  columns: (Float64Array | (string | null)[])[]
}

export type TableReply =
  | { kind: 'opened'; source: Source }
  | { kind: 'rows'; rows: unknown[][] }
  | { kind: 'done' }
  /** No chunks: the selection has ended. */
  | { kind: 'chunks'; chunks: ChunkMessage[] }
  | { kind: 'failed'; code: KindredErrorCode; message: string }
