import { Matrix } from '../../data/matrix.js'
import type { Csr, SgdKernelOptions } from '../../native/addon.js'
import { nativeCall } from '../../native/native-call.js'
import { DeviceBuffers } from '../base/device-buffers.js'
import type { SgdFactors } from './sgd-factors.js'
import type { SgdEpochs } from './sgd-kernels.js'

/**
 * Epochs of BPR on the GPU, where factors and biases stay until the end; sampling is done on the CPU.
 * @throws ERR_OUT_OF_MEMORY, before anything is uploaded, if they do not fit; ERR_NOT_SUPPORTED for lockFree; ERR_DEVICE,
 * ERR_ABORTED
 */
export async function deviceEpochs(
  log: Csr,
  factors: SgdFactors,
  options: SgdKernelOptions,
  signal: AbortSignal | undefined,
): Promise<SgdEpochs> {
  const { X, Y } = factors
  const itemBias = new Matrix(1, Y.rows, factors.itemBias)
  await nativeCall(signal, (native, abort) => native.deviceBprMemory(log, X.cols, options, abort))
  const held = new DeviceBuffers(signal)
  try {
    const [users, items, biases] = [await held.matrix(X), await held.matrix(Y), await held.matrix(itemBias)]
    return {
      epoch: (epoch) =>
        nativeCall(signal, (native, abort) =>
          native.deviceBprEpoch(log, users, items, biases, { ...options, epoch }, abort),
        ),
      async fetch() {
        await held.fetch(users, X)
        await held.fetch(items, Y)
        await held.fetch(biases, itemBias)
      },
      dispose: () => held.dispose(),
    }
  } catch (error) {
    held.dispose()
    throw error
  }
}
