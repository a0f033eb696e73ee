import type { Column, VectorColumn } from '../../data/table/column.js'
import { checkBoolean } from '../../native/argument-checks.js'
import { rowNorm } from '../scale/row-normalizer.js'
import { vectorCell } from './cells.js'
import type { VectorFeature } from './declaration.js'
import type { FeatureCounts, FeatureInput, FeaturePlan, FeatureState, FillJob, FittedFeature } from './feature.js'

/** See {@link VectorFeature}. */
export function planVector(name: string, options: VectorFeature): FeaturePlan {
  const normalize = checkBoolean('normalize', options.normalize ?? false)
  const column = options.column ?? name
  return {
    declared: { kind: 'vector', column, normalize },
    needs: [{ column, types: ['vector'] }],
    async learn(context) {
      const { width } = context.column(column) as VectorColumn
      return new FittedVector(name, { column, type: 'vector', width }, normalize)
    },
    restore: (_, { inputs }) => new FittedVector(name, inputs[0]!, normalize),
  }
}

/** Names of the numbers of a vector. */
export const vectorNames = (name: string, width: number) => Array.from({ length: width }, (_, j) => `${name}[${j}]`)

class FittedVector implements FittedFeature {
  readonly inputs: readonly FeatureInput[]
  readonly names: readonly string[]
  readonly #width: number

  constructor(
    name: string,
    input: FeatureInput,
    readonly normalize: boolean,
  ) {
    this.inputs = [input]
    this.#width = input.width!
    this.names = vectorNames(name, this.#width)
  }

  putRow(values: readonly unknown[], out: Float32Array, at: number, counts: FeatureCounts): void {
    const vector = vectorCell(this.inputs[0]!, values[0])
    if (vector === undefined) counts.missing++
    else this.#put(vector, 0, out, at)
  }

  #put(from: ArrayLike<number>, begin: number, out: Float32Array, at: number): void {
    for (let j = 0; j < this.#width; j++) out[at + j] = from[begin + j]!
    if (!this.normalize) return
    const norm = rowNorm(out, at, this.#width, 'l2') || 1
    for (let j = at; j < at + this.#width; j++) out[j] = out[j]! / norm
  }

  async fill(job: FillJob, at: number, counts: FeatureCounts): Promise<void> {
    const { values } = job.column(this.inputs[0]!.column) as VectorColumn
    const { data, cols } = job.out
    const width = this.#width
    await job.over((begin, end) => {
      for (let i = begin; i < end; i++)
        if (Number.isNaN(values[i * width]!)) counts.missing++
        else this.#put(values, i * width, data, i * cols + at)
    })
  }

  async toColumn(job: FillJob, name: string, counts: FeatureCounts): Promise<Column> {
    const { values } = job.column(this.inputs[0]!.column) as VectorColumn
    const width = this.#width
    const out = new Float32Array(values.length)
    await job.over((begin, end) => {
      for (let i = begin; i < end; i++)
        if (Number.isNaN(values[i * width]!)) counts.missing++
        else this.#put(values, i * width, out, i * width)
    })
    return { type: 'vector', name, values: out, width }
  }

  state(): FeatureState {
    return {}
  }
}
