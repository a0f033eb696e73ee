import { KindredError, show } from '../../native/errors.js'
import { type Id, IdMap } from '../id-map.js'
import { Matrix } from '../matrix.js'
import { runYielding } from '../resumable.js'
import { LoopYielder } from '../yield-to-event-loop.js'
import type { Tensor, TensorData } from './safetensors.js'

type DataType<T> = { new (length: number): T; name: string }

/** The tensors of a saved folder, read by name and checked for type and shape. Every method throws ERR_MODEL_FILE. */
export class SavedTensors {
  readonly #path: string
  readonly #tensors: ReadonlyMap<string, Tensor>

  constructor(path: string, tensors: ReadonlyMap<string, Tensor>) {
    this.#path = path
    this.#tensors = tensors
  }

  #fail(cause: string): never {
    throw new KindredError('ERR_MODEL_FILE', `${this.#path}: ${cause}.`)
  }

  has(name: string): boolean {
    return this.#tensors.has(name)
  }

  /** The tensor `name` of the given type and number of dimensions. */
  get<T extends TensorData>(name: string, type: DataType<T>, rank: number): { shape: readonly number[]; data: T } {
    const tensor = this.#tensors.get(name) ?? this.#fail(`there is no tensor ${show(name)}`)
    if (tensor.data[Symbol.toStringTag] !== type.name || tensor.shape.length !== rank)
      this.#fail(
        `tensor ${show(name)}: expected ${type.name} of ${rank} dimensions but found ${tensor.data[Symbol.toStringTag]} [${tensor.shape.join(', ')}]`,
      )
    return tensor as { shape: readonly number[]; data: T }
  }

  /** A vector [length]; of any length if `length` is absent. */
  vector<T extends TensorData>(name: string, type: DataType<T>, length?: number): T {
    const { data } = this.get(name, type, 1)
    if (length !== undefined && data.length !== length)
      this.#fail(`tensor ${show(name)}: expected ${length} numbers but found ${data.length}`)
    return data
  }

  /** A Float32 matrix; `rows` and `cols` are checked where given. */
  matrix(name: string, size: { rows?: number; cols?: number } = {}): Matrix {
    const { shape, data } = this.get(name, Float32Array, 2)
    const [rows, cols] = shape as [number, number]
    if (rows !== (size.rows ?? rows) || cols !== (size.cols ?? cols))
      this.#fail(
        `tensor ${show(name)}: expected [${size.rows ?? 'any'}, ${size.cols ?? 'any'}] but found [${rows}, ${cols}]`,
      )
    return new Matrix(rows, cols, data)
  }

  /** The ids that {@link idsToTensors} stored under `prefix`. @throws ERR_ABORTED as well */
  async ids(prefix: string, signal?: AbortSignal): Promise<IdMap> {
    const ids = this.has(`${prefix}.integers`) ? this.#integers(prefix) : this.#json(prefix)
    try {
      return await runYielding(IdMap.collecting(ids, prefix), signal)
    } catch (error) {
      const { code, message } = error as KindredError
      if (code === 'ERR_MODEL_FILE' || code === 'ERR_ABORTED') throw error
      return this.#fail(message.replace(/\.$/, ''))
    }
  }

  *#integers(prefix: string): Generator<Id> {
    const integers = this.vector(`${prefix}.integers`, BigInt64Array)
    const halves = halvesOf(integers)
    for (let i = 0; i < integers.length; i++) yield (halves[2 * i]! >>> 0) + halves[2 * i + 1]! * 2 ** 32
  }

  *#json(prefix: string): Generator<unknown> {
    const lengths = this.vector(`${prefix}.lengths`, Int32Array)
    const bytes = this.vector(`${prefix}.json`, Uint8Array)
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let begin = 0
    for (const length of lengths) {
      const end = begin + length
      if (length <= 0 || end > text.length) this.#fail(`tensor "${prefix}.lengths" does not fit "${prefix}.json"`)
      try {
        yield JSON.parse(text.toString('utf8', begin, end))
      } catch {
        this.#fail(`tensor "${prefix}.json" holds an id that is not JSON`)
      }
      begin = end
    }
    if (begin !== text.length) this.#fail(`tensor "${prefix}.lengths" does not fit "${prefix}.json"`)
  }
}

/** A matrix as a tensor. */
export function matrixTensor(matrix: Matrix): Tensor {
  return { shape: [matrix.rows, matrix.cols], data: matrix.data }
}

/** A typed array as a tensor of one dimension. */
export function vectorTensor(data: TensorData): Tensor {
  return { shape: [data.length], data }
}

/** The two halves of each integer, the low one first: files are little-endian, and so is every machine that reads them. */
function halvesOf(integers: BigInt64Array): Int32Array {
  return new Int32Array(integers.buffer, integers.byteOffset, 2 * integers.length)
}

/** Ids encoded at a time. */
const IDS_AT_ONCE = 1 << 12

/**
 * Ids as tensors, in map order: `<prefix>.integers` (I64) if all are integers, else each id as JSON, one after another
 * in `<prefix>.json` (U8) with the byte length of each in `<prefix>.lengths` (I32).
 * @throws ERR_ABORTED
 */
export async function idsToTensors(prefix: string, map: IdMap, signal?: AbortSignal): Promise<Record<string, Tensor>> {
  const yielder = new LoopYielder(signal)
  const { size } = map
  if (map.integers === size) {
    const integers = new BigInt64Array(size)
    const halves = halvesOf(integers)
    await yielder.over(size, IDS_AT_ONCE, (begin, end) => {
      for (let i = begin; i < end; i++) {
        const id = map.idAt(i) as number
        halves[2 * i] = id
        halves[2 * i + 1] = Math.floor(id / 2 ** 32)
      }
    })
    return { [`${prefix}.integers`]: vectorTensor(integers) }
  }
  const lengths = new Int32Array(size)
  const parts: Buffer[] = []
  await yielder.over(size, IDS_AT_ONCE, (begin, end) => {
    let text = ''
    for (let i = begin; i < end; i++) {
      const id = JSON.stringify(map.idAt(i))
      lengths[i] = Buffer.byteLength(id)
      text += id
    }
    parts.push(Buffer.from(text, 'utf8'))
  })
  return {
    [`${prefix}.json`]: vectorTensor(new Uint8Array(Buffer.concat(parts))),
    [`${prefix}.lengths`]: vectorTensor(lengths),
  }
}
