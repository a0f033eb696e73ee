import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { OnnxGraph } from './onnx-graph.js'

/** The greatest byte: x86 before VNNI adds two products of unsigned and signed bytes within 16 bits, and 2 * 255 * 64 fits. */
const MOST = 64

/**
 * Each row as bytes with a scale of its own: value = scale * byte, the greatest absolute value of a row at 64.
 * @param rows [count, length]
 * @returns bytes alike, scales [count]
 */
export async function quantizeRows(
  rows: Float32Array,
  count: number,
): Promise<{ bytes: Int8Array; scales: Float32Array }> {
  const length = rows.length / count
  const bytes = new Int8Array(rows.length)
  const scales = new Float32Array(count)
  const quantize = (row: number) => {
    let greatest = 0
    for (let n = row * length; n < (row + 1) * length; n++) greatest = Math.max(greatest, Math.abs(rows[n]!))
    scales[row] = greatest / MOST
    const inverse = greatest === 0 ? 0 : MOST / greatest
    for (let n = row * length; n < (row + 1) * length; n++) bytes[n] = Math.round(rows[n]! * inverse)
  }
  await new LoopYielder().over(count, 64, (begin, end) => {
    for (let row = begin; row < end; row++) quantize(row)
  })
  return { bytes, scales }
}

/** [rows, columns] as [columns, rows]. */
export function transposed<T extends Float32Array | Int8Array>(values: T, rows: number): T {
  const columns = values.length / rows
  const out = values.slice() as T
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = values[r * columns + c]!
  return out
}

/**
 * x times a matrix of bytes, x quantised as a whole when it is known ("dynamic quantisation"): onnxruntime runs the four
 * operators as one.
 * @param bytes the name of a constant or tensor [inputs, outputs]
 * @param scales the name of a constant [outputs]
 */
export function onnxIntegerProduct(graph: OnnxGraph, x: string, bytes: string, scales: string): string {
  const [quantized, scale, zero] = graph.once(`quantized ${x}`, () =>
    graph.addAll('DynamicQuantizeLinear', [x], 3),
  ) as [string, string, string]
  const sums = graph.add('MatMulInteger', [quantized, bytes, zero])
  const factors = graph.add('Mul', [scale, scales])
  return graph.add('Mul', [graph.add('Cast', [sums], { to: { int: 1 } }), factors])
}

/** Rows of a table of bytes as numbers. @param bytes [rows, dims] @param scales [rows] @param ids any shape, of i64 */
export function onnxIntegerRows(graph: OnnxGraph, bytes: string, scales: string, ids: string): string {
  const given = graph.add('Cast', [graph.add('Gather', [bytes, ids])], { to: { int: 1 } })
  const factors = graph.add('Unsqueeze', [graph.add('Gather', [scales, ids]), graph.ints([-1])])
  return graph.add('Mul', [given, factors])
}
