import { createHash } from 'node:crypto'
import { DeviceMatrix } from '../../data/device-matrix.js'
import { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import { writeAtomically } from '../../data/storage/atomic-write.js'
import { writeSafetensors } from '../../data/storage/safetensors.js'
import { readTensorMatrix } from '../../data/storage/tensor-file.js'
import { checkInteger, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { checkDevice, type Device, onDevice } from '../../native/device.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import { isMissing, systemError } from '../../native/system-errors.js'
import { downloadAndDispose, poolBackwardOnDevice, poolOnDevice, withStatesOnDevice } from './device-pooling.js'
import type { DeviceTokenStates, TokenStates } from './token-states.js'

/** Where and how long {@link AttentionPooling} computes. */
export interface PoolingOptions extends AbortOptions {
  /** Where states in host memory are pooled; they travel to the GPU and back. Default 'cpu'. */
  device?: Device
}

/** Deviation of random queries: near zero, so near mean pooling, as BERT's weights start. */
const DEVIATION = 0.02

const FORMAT = 'kindred-attention-pooling'
const VERSION = 1

const sha256 = (data: Float32Array) =>
  createHash('sha256')
    .update(Buffer.from(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex')

function isOnDevice(input: TokenStates | DeviceTokenStates): input is DeviceTokenStates {
  return input.states instanceof DeviceMatrix
}

/** States that lie on the GPU are pooled there. */
function refuseDevice({ device }: PoolingOptions): void {
  if (device !== undefined)
    throw new KindredError('ERR_VALUE', 'device: of states in host memory, but these are on the GPU, where they stay.')
}

/**
 * Learned pooling: each head has a query over token states and pools its own dims / heads dimensions. With
 * s[t] = query_h . x_t / sqrt(dims) and w the softmax of s over the tokens that count, out[h] = sum_t w[t] x_t[h], where
 * [h] are the dimensions of head h. A zero query is mean pooling; a text without counting tokens gives zeros. (A learned
 * query: Yang et al. 2016, "Hierarchical Attention Networks", section 2.2; heads: Vaswani et al. 2017, section 3.2.2.)
 */
export class AttentionPooling {
  /** [heads, dims] */
  readonly queries: Matrix

  /** @param queries [heads, dims], heads a divisor of dims, finite @throws ERR_SHAPE, ERR_VALUE */
  constructor(queries: Matrix) {
    if (!(queries instanceof Matrix))
      throw new KindredError('ERR_VALUE', `queries: expected a Matrix [heads, dims] but received ${show(queries)}.`)
    const { rows, cols } = queries
    if (rows < 1 || cols < 1 || cols % rows !== 0)
      throw new KindredError(
        'ERR_SHAPE',
        `queries: expected [heads, dims] with heads a divisor of dims but received [${rows}, ${cols}].`,
      )
    if (!queries.data.every(Number.isFinite))
      throw new KindredError('ERR_VALUE', 'queries: expected finite numbers but received NaN or an infinity.')
    this.queries = queries
  }

  /**
   * Queries of zero: mean pooling, to learn from.
   * @param options.dims length of a token state
   * @param options.heads a divisor of dims; 1 if absent
   * @throws ERR_VALUE, ERR_SHAPE
   */
  static zeros(options: { dims: number; heads?: number }): AttentionPooling {
    options = checkOptions('AttentionPooling.zeros', options, ['dims', 'heads'])
    const { dims, heads = 1 } = options
    checkInteger('dims', dims, { min: 1 })
    checkInteger('heads', heads, { min: 1 })
    return new AttentionPooling(new Matrix(heads, dims))
  }

  /**
   * Queries drawn from a normal distribution of deviation 0.02.
   * @param options.dims length of a token state
   * @param options.heads a divisor of dims; 1 if absent
   * @param options.seed the same seed gives the same queries
   * @throws ERR_VALUE, ERR_SHAPE
   */
  static random(options: { dims: number; heads?: number; seed: number }): AttentionPooling {
    options = checkOptions('AttentionPooling.random', options, ['dims', 'heads', 'seed'])
    const { dims, heads, seed } = options
    const pooling = AttentionPooling.zeros({ dims, heads })
    const random = createRandom(seed)
    const { data } = pooling.queries
    for (let i = 0; i < data.length; i++) data[i] = DEVIATION * random.normal()
    return pooling
  }

  /** Number of heads. */
  get heads(): number {
    return this.queries.rows
  }

  /** Length of a token state, and of the pooled vector. */
  get dims(): number {
    return this.queries.cols
  }

  /**
   * One vector per text: [batch, dims]. States on the GPU are pooled there, and the vectors stay there.
   * @throws ERR_SHAPE, ERR_VALUE, ERR_ABORTED; on a GPU ERR_DEVICE, ERR_OUT_OF_MEMORY
   */
  async forward(input: TokenStates, options?: PoolingOptions): Promise<Matrix>
  /** The same from and to the GPU: [batch, dims]. */
  async forward(input: DeviceTokenStates, options?: AbortOptions): Promise<DeviceMatrix>
  async forward(input: TokenStates | DeviceTokenStates, options: PoolingOptions = {}): Promise<Matrix | DeviceMatrix> {
    options = checkOptions('AttentionPooling.forward', options, ['device', 'signal'])
    const { signal } = options
    const { queries, dims } = this
    if (isOnDevice(input)) {
      refuseDevice(options)
      return poolOnDevice(input, queries, signal)
    }
    const { states, mask, batch, tokens } = input
    return onDevice(
      checkDevice(options.device),
      signal,
      () =>
        withStatesOnDevice(input, dims, signal, async (given) =>
          downloadAndDispose(await poolOnDevice(given, queries, signal), signal),
        ),
      async () => {
        const out = await nativeCall(signal, (native, abort) =>
          native.attentionPool(states, mask, batch, tokens, dims, queries.data, abort),
        )
        return new Matrix(batch, dims, out)
      },
    )
  }

  /**
   * Gradients of a loss from its gradient with respect to {@link forward}'s result, `dOut` [batch, dims].
   * @returns `queries` [heads, dims] and `states` [batch, tokens, dims], 0 for tokens that do not count; those of states
   * on the GPU as a DeviceMatrix [batch * tokens, dims]
   * @throws ERR_SHAPE, ERR_VALUE, ERR_ABORTED; on a GPU ERR_DEVICE, ERR_OUT_OF_MEMORY
   */
  async backward(
    input: TokenStates,
    dOut: Matrix,
    options?: PoolingOptions,
  ): Promise<{
    /** [heads, dims] */
    queries: Matrix
    /** [batch, tokens, dims], row-major; 0 for tokens that do not count. */
    states: Float32Array
  }>
  /** The same from and to the GPU. */
  async backward(
    input: DeviceTokenStates,
    dOut: DeviceMatrix,
    options?: AbortOptions,
  ): Promise<{
    /** [heads, dims] */
    queries: Matrix
    /** [batch * tokens, dims]; 0 for tokens that do not count. */
    states: DeviceMatrix
  }>
  async backward(
    input: TokenStates | DeviceTokenStates,
    dOut: Matrix | DeviceMatrix,
    options: PoolingOptions = {},
  ): Promise<{ queries: Matrix; states: Float32Array | DeviceMatrix }> {
    options = checkOptions('AttentionPooling.backward', options, ['device', 'signal'])
    const { signal } = options
    const { queries, heads, dims } = this
    if (isOnDevice(input)) {
      refuseDevice(options)
      if (!(dOut instanceof DeviceMatrix))
        throw new KindredError(
          'ERR_VALUE',
          `dOut: expected a DeviceMatrix, as the states are, but received ${show(dOut)}.`,
        )
      return poolBackwardOnDevice(input, queries, dOut, signal)
    }
    if (!(dOut instanceof Matrix))
      throw new KindredError('ERR_VALUE', `dOut: expected a Matrix [batch, dims] but received ${show(dOut)}.`)
    const { states, mask, batch, tokens } = input
    return onDevice(
      checkDevice(options.device),
      signal,
      () =>
        withStatesOnDevice(input, dims, signal, async (given) => {
          const dPooled = await DeviceMatrix.upload(dOut, { signal })
          try {
            const gradients = await poolBackwardOnDevice(given, queries, dPooled, signal)
            return { queries: gradients.queries, states: (await downloadAndDispose(gradients.states, signal)).data }
          } finally {
            dPooled.dispose()
          }
        }),
      async () => {
        const gradients = await nativeCall(signal, (native, abort) =>
          native.attentionPoolBackward(states, mask, batch, tokens, dims, queries.data, dOut.data, abort),
        )
        return { queries: new Matrix(heads, dims, gradients.queries), states: gradients.states }
      },
    )
  }

  /** Saves to a safetensors file (tensor `queries` [heads, dims]), atomically. @throws ERR_IO, ERR_ABORTED */
  async save(path: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('AttentionPooling.save', options, ['signal'])
    const { queries, heads, dims } = this
    const tensors = { queries: { shape: [heads, dims], data: queries.data } }
    const metadata = { format: FORMAT, version: String(VERSION), sha256: sha256(queries.data) }
    await writeAtomically(path, (temporary) =>
      writeSafetensors(temporary, tensors, { metadata, signal: options.signal }),
    )
  }

  /**
   * Loads a safetensors file with a tensor `queries` [heads, dims]; one that {@link save} wrote is verified.
   * @throws ERR_MODEL_FILE if it is missing, truncated, altered, newer or holds no such tensor; ERR_IO, ERR_ABORTED
   */
  static async load(path: string, options: AbortOptions = {}): Promise<AttentionPooling> {
    options = checkOptions('AttentionPooling.load', options, ['signal'])
    throwIfAborted(options.signal)
    const reading = readTensorMatrix(path, 'queries', options.signal, 'ERR_MODEL_FILE')
    const { rows, cols, data, metadata } = await reading.catch((cause) => {
      throw systemError(`${path}: cannot be read`, cause, isMissing(cause) ? 'ERR_MODEL_FILE' : 'ERR_IO')
    })
    const fail = (cause: string): never => {
      throw new KindredError('ERR_MODEL_FILE', `${path}: ${cause}.`)
    }
    const { format, version, sha256: expected } = metadata
    if (format !== undefined && format !== FORMAT) fail(`expected the format ${FORMAT} but found ${show(format)}`)
    if (Number(version ?? VERSION) > VERSION)
      fail(`written as version ${version} by a newer kindred; this release reads up to version ${VERSION}`)
    if (format !== undefined && expected !== sha256(data)) fail('altered: its checksum is not the one saved')
    try {
      return new AttentionPooling(new Matrix(rows, cols, data))
    } catch (error) {
      return fail((error as Error).message.replace(/\.$/, ''))
    }
  }
}

guardReceivers(AttentionPooling)
