import type { DeviceMatrixHandle } from '../native/addon.js'
import { checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { chooseCuda } from '../native/device.js'
import { KindredError, show } from '../native/errors.js'
import { guardReceivers } from '../native/guard-receivers.js'
import { nativeCall, nativeCallSync } from '../native/native-call.js'
import { Matrix } from './matrix.js'

/**
 * A matrix in the memory of the GPU, row-major floats [rows, cols], which stays there between calls. Dispose of it to
 * free its memory at once; otherwise the garbage collector does at some time. Every method throws ERR_DEVICE if the
 * device was lost, ERR_DISPOSED after {@link dispose}.
 */
export class DeviceMatrix {
  /** Number of rows. */
  readonly rows: number
  /** Number of columns. */
  readonly cols: number
  /** Bytes of device memory held. */
  readonly bytes: number
  #handle: DeviceMatrixHandle | undefined

  /** @internal */
  constructor(handle: DeviceMatrixHandle) {
    this.#handle = handle
    const { rows, cols, bytes } = nativeCallSync((native) => native.deviceSize(handle))
    this.rows = rows
    this.cols = cols
    this.bytes = bytes
  }

  /**
   * Copies a matrix to the GPU.
   * @throws ERR_DEVICE where no GPU can be used, with what to do about it; ERR_OUT_OF_MEMORY with the bytes needed and
   * free; ERR_VALUE, ERR_ABORTED
   */
  static async upload(matrix: Matrix, options: AbortOptions = {}): Promise<DeviceMatrix> {
    options = checkOptions('DeviceMatrix.upload', options, ['signal'])
    if (!(matrix instanceof Matrix))
      throw new KindredError('ERR_VALUE', `matrix: expected a Matrix but received ${show(matrix)}.`)
    await chooseCuda('cuda', options.signal)
    return new DeviceMatrix(await nativeCall(options.signal, (native, abort) => native.deviceUpload(matrix, abort)))
  }

  /** A copy in host memory. @throws ERR_OUT_OF_MEMORY, ERR_ABORTED */
  async download(options: AbortOptions = {}): Promise<Matrix> {
    options = checkOptions('DeviceMatrix.download', options, ['signal'])
    const { handle } = this
    const out = new Matrix(this.rows, this.cols)
    await nativeCall(options.signal, (native, abort) => native.deviceDownload(handle, out, abort))
    return out
  }

  /** Divides each row by its Euclidean norm, in place; rows of norm zero stay. @returns how many of those there are */
  async normalizeRows(options: AbortOptions = {}): Promise<number> {
    options = checkOptions('DeviceMatrix.normalizeRows', options, ['signal'])
    const { handle } = this
    return nativeCall(options.signal, (native, abort) => native.deviceNormalizeRows(handle, abort))
  }

  /** What a covariance is made of, in double. @throws ERR_OUT_OF_MEMORY, ERR_ABORTED */
  async gram(options: AbortOptions = {}): Promise<{
    /** [cols, cols], the products of all pairs of columns. */
    gram: Float64Array
    /** [cols], the sum of each column. */
    sums: Float64Array
  }> {
    options = checkOptions('DeviceMatrix.gram', options, ['signal'])
    const { handle } = this
    return nativeCall(options.signal, (native, abort) => native.deviceGram(handle, abort))
  }

  /**
   * Rows on components, as principal component analysis takes them: (row - mean) . component, [rows, components.rows].
   * @param components [count, cols]
   * @param options.mean [cols]; zeros if absent
   * @throws ERR_SHAPE, ERR_OUT_OF_MEMORY, ERR_ABORTED
   */
  async project(components: DeviceMatrix, options: AbortOptions & { mean?: Float64Array } = {}): Promise<DeviceMatrix> {
    options = checkOptions('DeviceMatrix.project', options, ['mean', 'signal'])
    if (!(components instanceof DeviceMatrix))
      throw new KindredError('ERR_VALUE', `components: expected a DeviceMatrix but received ${show(components)}.`)
    const { handle } = this
    const mean = options.mean ?? null
    return new DeviceMatrix(
      await nativeCall(options.signal, (native, abort) => native.deviceProject(handle, mean, components.handle, abort)),
    )
  }

  /** @internal @throws ERR_DISPOSED */
  get handle(): DeviceMatrixHandle {
    if (this.#handle === undefined) throw new KindredError('ERR_DISPOSED', 'This DeviceMatrix was disposed.')
    return this.#handle
  }

  /** Frees the memory, once no call under way needs it. A second call does nothing. */
  dispose(): void {
    const handle = this.#handle
    if (handle === undefined) return
    this.#handle = undefined
    nativeCallSync((native) => native.deviceRelease(handle))
  }

  /** As {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }
}

guardReceivers(DeviceMatrix)
