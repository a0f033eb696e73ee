import { Matrix } from '../../data/matrix.js'
import { backendInfo } from '../../native/backend.js'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { nativeCall, nativeCallSync } from '../../native/native-call.js'
import { inParallel } from '../media/in-parallel.js'
import type { MediaEngine, MediaJob } from '../media/media-engine.js'
import type { MediaInput } from '../onnx/ipc-protocol.js'
import { decodePicture, type Pixels } from './decode-picture.js'

/** Side of the square that pictures are brought within: what is described needs no more. */
const SIDE = 128

/** Pictures that are decoded and described together. */
const AT_ONCE = 32

/** Colour, texture and shape without a model, computed in this process off its main thread. */
export class DescriptorEngine implements MediaEngine {
  readonly dims = nativeCallSync((native) => native.descriptorDims())
  readonly #maxPixels: number
  #disposed = false

  constructor(maxPixels: number) {
    this.#maxPixels = maxPixels
  }

  async run(job: MediaJob): Promise<void> {
    for (let begin = 0; begin < job.inputs.length; begin += AT_ONCE) {
      if (this.#disposed) throw new KindredError('ERR_DISPOSED', 'This ImageEmbedder has been disposed of.')
      throwIfAborted(job.signal)
      await this.#runFrom(begin, job)
    }
  }

  dispose(): void {
    this.#disposed = true
  }

  async gone(): Promise<void> {}

  /** The pictures from `first` on, AT_ONCE of them. */
  async #runFrom(first: number, { inputs: all, normalize, receiver, signal }: MediaJob): Promise<void> {
    const inputs = all.slice(first, first + AT_ONCE)
    const decoded = new Array<Pixels | KindredError>(inputs.length)
    await inParallel(inputs.length, backendInfo().threads.count, async (i) => {
      throwIfAborted(signal)
      decoded[i] = await this.#decode(inputs[i]!)
    })
    const rows: number[] = []
    for (const [i, one] of decoded.entries())
      if (one instanceof KindredError) receiver.failure(first + i, one.code, one.message)
      else rows.push(i)
    const pictures = rows.map((i) => decoded[i] as Pixels)
    const vectors = new Matrix(rows.length, this.dims)
    const pixels = new Uint8Array(Buffer.concat(pictures.map(({ data }) => data)))
    const sizes = Int32Array.from(pictures.flatMap(({ height, width }) => [height, width]))
    await nativeCall(signal, (native, abort) => native.describePictures(pixels, sizes, vectors, abort))
    if (normalize) await nativeCall(signal, (native, abort) => native.normalizeRows(vectors, abort))
    for (const [n, i] of rows.entries()) receiver.vector(first + i, vectors.row(n), false)
  }

  async #decode(input: MediaInput): Promise<Pixels | KindredError> {
    const options = {
      maxPixels: this.#maxPixels,
      within: SIDE,
      alpha: 'white',
      profile: true,
      convertRgb: true,
    } as const
    try {
      return await decodePicture(input, options)
    } catch (error) {
      if (error instanceof KindredError && error.code !== 'ERR_ENCODER') return error
      throw error
    }
  }
}
