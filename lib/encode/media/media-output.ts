import { isFloat32Array } from 'node:util/types'
import type { InferenceSession } from 'onnxruntime-node'
import { KindredError } from '../../native/errors.js'
import { fromHalfFloats } from '../onnx/half-floats.js'
import type { StatePooling } from './state-pooling.js'

/** Names of outputs that hold one vector each or what can be pooled, the preferred ones first. */
const OUTPUTS = ['image_embeds', 'audio_embeds', 'embeddings', 'pooler_output', 'last_hidden_state', 'features']

/** @param asked the option `output` @throws ERR_ENCODER where there is none to take */
export function chooseMediaOutput(model: string, names: readonly string[], asked: string | undefined): string {
  const found =
    asked === undefined ? OUTPUTS.find((name) => names.includes(name)) : names.find((name) => name === asked)
  const only = names.length === 1 && names[0] !== 'logits' ? names[0] : undefined
  const chosen = found ?? (asked === undefined ? only : undefined)
  if (chosen !== undefined) return chosen
  throw new KindredError(
    'ERR_ENCODER',
    `${model} has the outputs ${names.join(', ')}, ${asked === undefined ? `none of them known to be a vector (${OUTPUTS.join(', ')}). Name one with the option output` : `not ${asked}`}.`,
  )
}

/**
 * One vector per input: [batch, dims] as it is; feature maps [batch, channels, height, width] by their mean over places;
 * states [batch, tokens, dims] pooled.
 * @throws ERR_ENCODER for an output of another form
 */
export function readVectors(
  model: string,
  name: string,
  output: InferenceSession.OnnxValueMapType[string] | undefined,
  batch: number,
  pooling: StatePooling,
): { data: Float32Array; dims: number } {
  const [b, first = 0, second = 1, third = 1, ...more] = output?.dims ?? []
  const isHalf = output?.type === 'float16'
  if (b !== batch || first < 1 || second < 1 || third < 1 || more.length > 0 || !(isHalf || output?.type === 'float32'))
    throw new KindredError(
      'ERR_ENCODER',
      `${model}: expected [${batch}, dims], [${batch}, tokens, dims] or [${batch}, channels, height, width] of float32 or float16 in the output ${name} but received ${output?.type} [${output?.dims.join(', ')}].`,
    )
  const data = isHalf ? fromHalfFloats(output.data as Uint16Array) : (output!.data as Float32Array)
  if (!isFloat32Array(data)) throw new KindredError('ERR_ENCODER', `${model}: the output ${name} holds no numbers.`)
  const rank = output!.dims.length
  if (rank === 2) return { data: data.slice(), dims: first }
  return rank === 3 ? poolTokens(data, batch, first, second, pooling) : meanOfPlaces(data, batch, first, second * third)
}

function poolTokens(data: Float32Array, batch: number, tokens: number, dims: number, pooling: StatePooling) {
  const out = new Float32Array(batch * dims)
  const used = pooling === 'cls' ? 1 : tokens
  const sum = new Float64Array(dims)
  for (let b = 0; b < batch; b++) {
    sum.fill(0)
    for (let t = 0; t < used; t++) for (let d = 0, i = (b * tokens + t) * dims; d < dims; d++, i++) sum[d]! += data[i]!
    for (let d = 0; d < dims; d++) out[b * dims + d] = sum[d]! / used
  }
  return { data: out, dims }
}

function meanOfPlaces(data: Float32Array, batch: number, channels: number, places: number) {
  const out = new Float32Array(batch * channels)
  for (let row = 0; row < out.length; row++) {
    let sum = 0
    for (let i = row * places; i < (row + 1) * places; i++) sum += data[i]!
    out[row] = sum / places
  }
  return { data: out, dims: channels }
}
