import { Matrix } from '../../data/matrix.js'
import { showShape } from '../../data/storage/read-numbers.js'
import { readTensorMatrix, readTensorShapes } from '../../data/storage/tensor-file.js'
import { nativeCall } from '../../native/native-call.js'
import { systemError } from '../../native/system-errors.js'
import { refuse } from '../folder-json.js'
import { ACTIVATIONS } from './activations.js'
import type { DenseModule, LayerNormModule, RowModule } from './row-module.js'

/** Of torch.nn.LayerNorm. */
const EPSILON = 1e-5

/** Makes a row of each row; may work in place. */
type Step = (rows: Matrix) => Promise<Matrix>

/** Modules with their weights, one after the other. */
export class RowModuleChain {
  readonly #steps: readonly Step[]

  private constructor(steps: readonly Step[]) {
    this.#steps = steps
  }

  /** @throws ERR_ENCODER if weights are missing or others than the configuration says */
  static async load(modules: readonly RowModule[]): Promise<RowModuleChain> {
    const steps: Step[] = []
    for (const module of modules) steps.push(await loadStep(module))
    return new RowModuleChain(steps)
  }

  /** What the modules make of the rows, which may be overwritten. */
  async apply(rows: Matrix): Promise<Matrix> {
    for (const step of this.#steps) rows = await step(rows)
    return rows
  }
}

async function loadStep(module: RowModule): Promise<Step> {
  if (module.kind === 'Normalize') return normalize
  return module.kind === 'Dense' ? loadDense(module) : loadLayerNorm(module)
}

async function normalize(rows: Matrix): Promise<Matrix> {
  await nativeCall(undefined, (native) => native.normalizeRows(rows))
  return rows
}

/** x y' [x.rows, y.rows] */
async function product(x: Matrix, y: Matrix): Promise<Matrix> {
  return new Matrix(x.rows, y.rows, await nativeCall(undefined, (native) => native.similarityMatrix(x, y, 'dot')))
}

async function loadDense({ weights, inputs, outputs, bias, activation, residual }: DenseModule): Promise<Step> {
  const projects = residual && inputs !== outputs
  const tensors = await loadTensors(weights, {
    'linear.weight': [outputs, inputs],
    ...(bias ? { 'linear.bias': [outputs] } : {}),
    ...(projects ? { 'residual.weight': [outputs, inputs] } : {}),
  })
  const weight = new Matrix(outputs, inputs, tensors['linear.weight']!)
  const shift = tensors['linear.bias'] ?? new Float32Array(outputs)
  const projection = projects ? new Matrix(outputs, inputs, tensors['residual.weight']!) : undefined
  const activate = ACTIVATIONS[activation]!
  return async (rows) => {
    const out = await product(rows, weight)
    const { data } = out
    for (let i = 0; i < data.length; i++) data[i] = activate(data[i]! + shift[i % outputs]!)
    if (residual) {
      const added = projection === undefined ? rows.data : (await product(rows, projection)).data
      for (let i = 0; i < data.length; i++) data[i]! += added[i]!
    }
    return out
  }
}

async function loadLayerNorm({ weights, inputs }: LayerNormModule): Promise<Step> {
  const tensors = await loadTensors(weights, { 'norm.weight': [inputs], 'norm.bias': [inputs] })
  const gain = tensors['norm.weight']!
  const bias = tensors['norm.bias']!
  return async (rows) => {
    for (let r = 0; r < rows.rows; r++) {
      const row = rows.row(r)
      const mean = row.reduce((sum, x) => sum + x, 0) / inputs
      const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / inputs
      const scale = 1 / Math.sqrt(variance + EPSILON)
      for (let d = 0; d < inputs; d++) row[d] = (row[d]! - mean) * scale * gain[d]! + bias[d]!
    }
    return rows
  }
}

/** Exactly these tensors of a safetensors file, of any type of numbers. */
async function loadTensors(
  path: string,
  shapes: Readonly<Record<string, readonly number[]>>,
): Promise<Record<string, Float32Array>> {
  const listed = (all: Iterable<readonly [string, readonly number[]]>) =>
    Array.from(all, ([name, shape]) => `${name} ${showShape(shape)}`)
      .sort()
      .join(', ')
  const tensors: Record<string, Float32Array> = {}
  try {
    const expected = listed(Object.entries(shapes))
    const found = listed(await readTensorShapes(path, 'ERR_ENCODER'))
    if (expected !== found) refuse(path, `expected the tensors ${expected} but found ${found || 'none'}`)
    for (const name of Object.keys(shapes))
      tensors[name] = (await readTensorMatrix(path, name, undefined, 'ERR_ENCODER')).data
  } catch (cause) {
    throw systemError(`${path} cannot be read`, cause, 'ERR_ENCODER')
  }
  return tensors
}
