import { join } from 'node:path'
import ort from 'onnxruntime-node'

/** What onnx/model.onnx, or another file, of a folder gives for sequences, padded together: numbers of a sequence, or of one of its tokens. */
export async function onnxOutput(
  path: string,
  sequences: readonly Int32Array[],
  types?: readonly Int32Array[],
  pad = 0,
  file = 'model.onnx',
) {
  const session = await ort.InferenceSession.create(join(path, 'onnx', file))
  const length = Math.max(...sequences.map((ids) => ids.length))
  const padded = (value: (row: number, at: number) => number) =>
    new ort.Tensor(
      'int64',
      BigInt64Array.from({ length: sequences.length * length }, (_, n) =>
        BigInt(value(Math.floor(n / length), n % length)),
      ),
      [sequences.length, length],
    )
  const feeds: Record<string, ort.Tensor> = {
    input_ids: padded((row, at) => sequences[row]![at] ?? pad),
    attention_mask: padded((row, at) => (at < sequences[row]!.length ? 1 : 0)),
    token_type_ids: padded((row, at) => types?.[row]?.[at] ?? 0),
  }
  const wanted = session.inputNames.map((name) => [name, feeds[name]!])
  const { data, dims } = Object.values(await session.run(Object.fromEntries(wanted)))[0]!
  const width = dims.at(-1)!
  const at = (row: number, place = 0) => {
    const begin = (row * (dims.length === 3 ? dims[1]! : 1) + place) * width
    return [...(data as Float32Array).subarray(begin, begin + width)]
  }
  return { at, dims, inputs: session.inputNames }
}
