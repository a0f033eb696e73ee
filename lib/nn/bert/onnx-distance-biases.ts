import type { OnnxGraph } from '../onnx/onnx-graph.js'

/** From this distance on all share the last bucket. */
const MAX_DISTANCE = 128

/**
 * The bucket of a distance, of both directions, as T5 has them (Raffel et al. 2020, section 2.1): near distances have one each,
 * others share buckets that widen with their logarithm.
 * @param distance the place of the key less that of the query
 */
export function distanceBucket(distance: number, buckets: number): number {
  const half = Math.floor(buckets / 2)
  const exact = Math.floor(half / 2)
  const far = Math.abs(distance)
  // In 32 bits, as PyTorch computes it.
  const { fround } = Math
  const share = fround(fround(Math.log(fround(far / exact))) / fround(Math.log(MAX_DISTANCE / exact)))
  const bucket = far < exact ? far : Math.min(half - 1, exact + Math.floor(fround(share * (half - exact))))
  return bucket + (distance > 0 ? half : 0)
}

/**
 * Biases of attention by the distance between tokens.
 * @param table the name of a tensor [buckets, heads]
 * @param length the name of the number of tokens, i64 [1]
 * @param longest how many tokens there are at most
 * @returns [heads, length, length], of the query and the key
 */
export function onnxDistanceBiases(
  graph: OnnxGraph,
  table: string,
  buckets: number,
  length: string,
  longest: number,
): string {
  const ofDistance = Array.from({ length: 2 * longest - 1 }, (_, n) => distanceBucket(n - longest + 1, buckets))
  const places = graph.add('Slice', [graph.ints(Array.from({ length: longest }, (_, n) => n)), graph.ints([0]), length])
  const [keys, queries] = [0, 1].map((axis) => graph.add('Unsqueeze', [places, graph.ints([axis])]))
  const distances = graph.add('Add', [graph.add('Sub', [keys!, queries!]), graph.ints([longest - 1])])
  const rows = graph.add('Gather', [table, graph.add('Gather', [graph.ints(ofDistance), distances])])
  return graph.add('Transpose', [rows], { perm: { ints: [2, 0, 1] } })
}
