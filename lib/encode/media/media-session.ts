import type { InferenceSession } from 'onnxruntime-node'
import { Matrix } from '../../data/matrix.js'
import { backendInfo } from '../../native/backend.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import type { MediaInput, MediaWork, PartialResult } from '../onnx/ipc-protocol.js'
import { openModel, type Runtime } from '../onnx/open-model.js'
import type { EncoderSession } from '../onnx/serve-encoder.js'
import { inParallel } from './in-parallel.js'
import { chooseMediaOutput, readVectors } from './media-output.js'
import type { StatePooling } from './state-pooling.js'

/** What a model reads and gives. */
export interface MediaModel {
  /** Path of the ONNX file. */
  model: string
  /** The output to take; undefined: the first known one. */
  output: string | undefined
  pooling: StatePooling
}

/** What the model reads of an input. */
export interface Prepared {
  /** Numbers of the preparer's shape, row-major. */
  data: Float32Array
  /** Whether something was cut off at the end of a sound. */
  truncated: boolean
}

/** Makes what the model reads. @throws KindredError for an input that fails */
export interface Preparer {
  readonly shape: readonly number[]
  prepare(input: MediaInput): Promise<Prepared>
}

/** Inputs that go through the model together: few, so that what they are made of takes little memory. */
const BATCH = 8

interface Batch {
  rows: number[]
  truncated: number[]
  data: Float32Array
  refused: PartialResult[]
}

/** Loads a model that reads pictures or sounds, and runs it once. @throws ERR_ENCODER */
export async function createMediaSession(config: MediaModel, preparer: Preparer): Promise<EncoderSession> {
  const { runtime, session } = await openModel(config.model)
  const model = new Model(config, preparer.shape, runtime, session)
  const { dims } = await model.run(new Float32Array(model.size), 1)
  return {
    ready: { stateDims: dims, dims, differences: [] },
    run: (inputs, work) => runMediaJob(model, preparer, inputs as MediaInput[], work as MediaWork),
  }
}

/** Batches in their order; while the model runs over one, the next is made ready. */
async function* runMediaJob(
  model: Model,
  preparer: Preparer,
  inputs: readonly MediaInput[],
  { normalize }: MediaWork,
): AsyncGenerator<PartialResult | null, void> {
  const prepareFrom = (begin: number) =>
    begin < inputs.length ? prepareBatch(preparer, inputs, begin, model.size) : undefined
  let next = prepareFrom(0)
  for (let begin = 0; begin < inputs.length; begin += BATCH) {
    const { rows, truncated, data, refused } = (await next)!
    next = prepareFrom(begin + BATCH)
    yield* refused
    if (rows.length === 0) continue
    const { data: vectors, dims } = await model.run(data.subarray(0, rows.length * model.size), rows.length)
    const matrix = new Matrix(rows.length, dims, vectors)
    const finite = rows.map((_, i) => matrix.row(i).every(Number.isFinite))
    if (normalize) await nativeCall(undefined, (native) => native.normalizeRows(matrix))
    for (const [i, row] of rows.entries())
      if (finite[i]) yield { type: 'medium', row, truncated: truncated[i] === 1, vector: matrix.row(i).slice() }
      else yield refusal(row, new KindredError('ERR_ENCODER', 'the model gave a vector that is not finite.'))
  }
}

function refusal(row: number, { code, message }: KindredError): PartialResult {
  return { type: 'refused', row, code, message }
}

async function prepareBatch(
  preparer: Preparer,
  inputs: readonly MediaInput[],
  begin: number,
  size: number,
): Promise<Batch> {
  const count = Math.min(BATCH, inputs.length - begin)
  const prepared = new Array<Prepared | KindredError>(count)
  await inParallel(count, backendInfo().threads.count, async (i) => {
    prepared[i] = await preparer
      .prepare(inputs[begin + i]!)
      .catch((cause) =>
        cause instanceof KindredError ? cause : new KindredError('ERR_INTERNAL', String(cause?.message ?? cause)),
      )
  })
  const batch: Batch = { rows: [], truncated: [], data: new Float32Array(count * size), refused: [] }
  for (const [i, one] of prepared.entries())
    if (one instanceof KindredError) batch.refused.push(refusal(begin + i, one))
    else {
      batch.data.set(one.data, batch.rows.length * size)
      batch.truncated.push(Number(one.truncated))
      batch.rows.push(begin + i)
    }
  return batch
}

/** A model with one input of numbers. */
class Model {
  /** Numbers of one input. */
  readonly size: number
  readonly #config: MediaModel
  readonly #shape: readonly number[]
  readonly #runtime: Runtime
  readonly #session: InferenceSession
  readonly #output: string
  /** Inputs of a run, where the model takes no other number of them. */
  readonly #fixedBatch: number | undefined

  constructor(config: MediaModel, shape: readonly number[], runtime: Runtime, session: InferenceSession) {
    this.#config = config
    this.#shape = shape
    this.#runtime = runtime
    this.#session = session
    this.size = shape.reduce((product, n) => product * n, 1)
    this.#output = chooseMediaOutput(config.model, session.outputNames, config.output)
    const [batch, ...rest] = checkInput(config.model, session.inputMetadata, shape)
    this.#fixedBatch = typeof batch === 'number' && batch > 0 ? batch : undefined
    for (const [i, n] of rest.entries())
      if (typeof n === 'number' && n > 0 && n !== shape[i])
        throw new KindredError(
          'ERR_ENCODER',
          `${config.model} reads [${rest.join(', ')}], but its preprocessor_config.json makes [${shape.join(', ')}].`,
        )
  }

  /** [count, ...shape] to [count, dims]. @throws ERR_ENCODER */
  async run(data: Float32Array, count: number): Promise<{ data: Float32Array; dims: number }> {
    const at = this.#fixedBatch
    if (at === undefined || at === count) return this.#runOnce(data, count)
    let out: { data: Float32Array; dims: number } | undefined
    for (let begin = 0; begin < count; begin += at) {
      const padded = new Float32Array(at * this.size)
      padded.set(data.subarray(begin * this.size, Math.min(begin + at, count) * this.size))
      const part = await this.#runOnce(padded, at)
      out ??= { data: new Float32Array(count * part.dims), dims: part.dims }
      out.data.set(part.data.subarray(0, (Math.min(begin + at, count) - begin) * part.dims), begin * part.dims)
    }
    return out!
  }

  async #runOnce(data: Float32Array, count: number): Promise<{ data: Float32Array; dims: number }> {
    const { model, pooling } = this.#config
    const feeds = { [this.#session.inputNames[0]!]: new this.#runtime.Tensor('float32', data, [count, ...this.#shape]) }
    const out = await this.#session.run(feeds, [this.#output]).catch((cause: Error) => {
      throw new KindredError('ERR_ENCODER', `${model} failed: ${cause.message}`)
    })
    return readVectors(model, this.#output, out[this.#output], count, pooling)
  }
}

/** The shape of the model's only input. @throws ERR_ENCODER for a model that reads something else */
function checkInput(
  model: string,
  inputs: readonly InferenceSession.ValueMetadata[],
  shape: readonly number[],
): readonly (number | string)[] {
  const [input] = inputs
  if (inputs.length === 1 && input?.isTensor && input.type === 'float32' && input.shape.length === shape.length + 1)
    return input.shape
  const listed = inputs.map((one) =>
    one.isTensor ? `${one.name} (${one.type} [${one.shape.join(', ')}])` : `${one.name} (no tensor)`,
  )
  throw new KindredError(
    'ERR_ENCODER',
    `${model} wants the inputs ${listed.join(', ')}. Expected one of float32 with ${shape.length + 1} dimensions: the batch, then [${shape.join(', ')}]. Export the side of the model that reads it alone (of CLIP, the one with image_embeds).`,
  )
}
