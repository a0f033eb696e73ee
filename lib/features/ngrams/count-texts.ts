import { SparseMatrix } from '../../data/sparse-matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { overTextBatches } from '../../encode/text-batches.js'
import type { Csr, NgramColumnsHandle } from '../../native/addon.js'
import type { Progress } from '../../native/call-options.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'

const MOST = 2 ** 31 - 1

/**
 * One row of counts for each text, columns as the handle has them.
 * @throws ERR_TOO_LARGE, ERR_ABORTED
 */
export async function countTexts(
  handle: NgramColumnsHandle,
  columns: number,
  texts: readonly string[],
  binary: boolean,
  signal: AbortSignal | undefined,
  report: ((progress: Progress) => void) | undefined,
): Promise<SparseMatrix> {
  const parts = new Map<number, Csr>()
  let done = 0
  await overTextBatches(texts, async (begin, end) => {
    const rows = await nativeCall(signal, (native, abort) =>
      native.ngramTransform(handle, texts, begin, end, binary, abort),
    )
    parts.set(begin, rows)
    done += end - begin
    report?.({ done, total: texts.length })
  })
  return joinRows(parts, texts.length, columns, signal)
}

/** @param parts rows by where they begin */
async function joinRows(
  parts: ReadonlyMap<number, Csr>,
  rows: number,
  columns: number,
  signal: AbortSignal | undefined,
): Promise<SparseMatrix> {
  let nonzeros = 0
  for (const part of parts.values()) nonzeros += part.indices.length
  if (nonzeros > MOST)
    throw new KindredError('ERR_TOO_LARGE', `texts: expected up to ${MOST} counts but there are ${nonzeros}.`)
  const offsets = new Int32Array(rows + 1)
  const indices = new Int32Array(nonzeros)
  const values = new Float32Array(nonzeros)
  const yielder = new LoopYielder(signal)
  let at = 0
  for (const [begin, part] of [...parts].sort(([a], [b]) => a - b)) {
    indices.set(part.indices, at)
    values.set(part.values!, at)
    for (let r = 1; r <= part.rows; r++) offsets[begin + r] = at + part.indptr[r]!
    at += part.indices.length
    if (yielder.due) await yielder.yieldToLoop()
  }
  return new SparseMatrix(rows, columns, offsets, indices, values)
}
