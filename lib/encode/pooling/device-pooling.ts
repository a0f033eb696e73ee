import { DeviceMatrix } from '../../data/device-matrix.js'
import { Matrix } from '../../data/matrix.js'
import { nativeCall } from '../../native/native-call.js'
import type { DeviceTokenStates, TokenStates } from './token-states.js'

/** {@link AttentionPooling.forward} from and to the GPU: [batch, dims]. */
export async function poolOnDevice(
  input: DeviceTokenStates,
  queries: Matrix,
  signal: AbortSignal | undefined,
): Promise<DeviceMatrix> {
  const { states, mask, batch, tokens } = input
  const out = await nativeCall(signal, (native, abort) =>
    native.deviceAttentionPool(states.handle, mask, batch, tokens, queries, abort),
  )
  return new DeviceMatrix(out)
}

/** {@link AttentionPooling.backward} from and to the GPU. */
export async function poolBackwardOnDevice(
  input: DeviceTokenStates,
  queries: Matrix,
  dOut: DeviceMatrix,
  signal: AbortSignal | undefined,
): Promise<{ queries: Matrix; states: DeviceMatrix }> {
  const { states, mask, batch, tokens } = input
  const gradients = await nativeCall(signal, (native, abort) =>
    native.deviceAttentionPoolBackward(states.handle, mask, batch, tokens, queries, dOut.handle, abort),
  )
  return {
    queries: new Matrix(queries.rows, queries.cols, gradients.queries),
    states: new DeviceMatrix(gradients.states),
  }
}

/** What `compute` makes of the states on the GPU; they are there for as long as it takes. */
export async function withStatesOnDevice<T>(
  { states, mask, batch, tokens }: TokenStates,
  dims: number,
  signal: AbortSignal | undefined,
  compute: (input: DeviceTokenStates) => Promise<T>,
): Promise<T> {
  const uploaded = await DeviceMatrix.upload(new Matrix(batch * tokens, dims, states), { signal })
  try {
    return await compute({ states: uploaded, mask, batch, tokens })
  } finally {
    uploaded.dispose()
  }
}

/** A copy in host memory; the original is disposed of. */
export async function downloadAndDispose(matrix: DeviceMatrix, signal: AbortSignal | undefined): Promise<Matrix> {
  try {
    return await matrix.download({ signal })
  } finally {
    matrix.dispose()
  }
}
