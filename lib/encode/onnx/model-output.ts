import { isFloat32Array } from 'node:util/types'
import type { InferenceSession } from 'onnxruntime-node'
import { KindredError } from '../../native/errors.js'
import { fromHalfFloats } from './half-floats.js'

/** Output names of token states, the usual ones first. */
const OUTPUTS = ['last_hidden_state', 'token_embeddings']

/** The output that holds the states of tokens. */
export function chooseOutput(names: readonly string[]): string {
  return OUTPUTS.find((name) => names.includes(name)) ?? names[0]!
}

/**
 * The states in an output of the model, of 32-bit or 16-bit floats [batch, tokens, dims].
 * @throws ERR_ENCODER if it holds something else
 */
export function readStates(
  model: string,
  name: string,
  output: InferenceSession.OnnxValueMapType[string] | undefined,
  batch: number,
  tokens: number,
): { states: Float32Array; dims: number } {
  const [b, t, dims = 0, ...more] = output?.dims ?? []
  const fits = name !== 'logits' && b === batch && t === tokens && dims >= 1 && more.length === 0
  if (fits && output?.type === 'float32' && isFloat32Array(output.data)) return { states: output.data, dims }
  if (fits && output?.type === 'float16') return { states: fromHalfFloats(output.data as Uint16Array), dims }
  throw new KindredError(
    'ERR_ENCODER',
    `${model}: expected token states [${batch}, ${tokens}, dims] of float32 or float16 in the output ${name} but received ${output?.type} [${output?.dims.join(', ')}]. Export the model for feature extraction, with the output last_hidden_state.`,
  )
}
