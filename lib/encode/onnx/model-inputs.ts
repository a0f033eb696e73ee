import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { KindredError } from '../../native/errors.js'

type Runtime = typeof import('onnxruntime-node')
type Metadata = readonly InferenceSession.ValueMetadata[]

/** Token ids of a batch, padded to the longest: [batch, tokens] each. */
export interface Sequences {
  batch: number
  tokens: number
  ids: Int32Array
  /** 1 where there is a token, 0 where there is padding. */
  mask: Uint8Array
}

const INPUTS = ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids']

/** @throws ERR_ENCODER for a model that wants other inputs, or of another type */
export function checkInputs(model: string, inputs: Metadata): void {
  const fits = (input: InferenceSession.ValueMetadata) =>
    INPUTS.includes(input.name) && input.isTensor && (input.type === 'int64' || input.type === 'int32')
  if (inputs.every(fits)) return
  const listed = inputs.map((input) => `${input.name} (${input.isTensor ? input.type : 'no tensor'})`).join(', ')
  throw new KindredError(
    'ERR_ENCODER',
    `${model} wants the inputs ${listed}. Supported: ${INPUTS.join(', ')}, of int64 or int32.`,
  )
}

/** What the model is fed. @param firstPosition the position of a text's first token */
export function tensorsOf(
  runtime: Runtime,
  inputs: Metadata,
  { batch, tokens, ids, mask }: Sequences,
  firstPosition: number,
): Record<string, Tensor> {
  const values: Record<string, () => Int32Array | Uint8Array> = {
    input_ids: () => ids,
    attention_mask: () => mask,
    token_type_ids: () => new Int32Array(batch * tokens),
    position_ids: () => Int32Array.from(ids, (_, i) => firstPosition + (i % tokens)),
  }
  const feeds: Record<string, Tensor> = {}
  for (const input of inputs) {
    const value = values[input.name]!()
    feeds[input.name] =
      input.isTensor && input.type === 'int32'
        ? new runtime.Tensor('int32', Int32Array.from(value), [batch, tokens])
        : new runtime.Tensor('int64', BigInt64Array.from(value, BigInt), [batch, tokens])
  }
  return feeds
}
