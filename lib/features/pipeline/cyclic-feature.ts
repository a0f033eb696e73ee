import type { NumericColumn } from '../../data/table/column.js'
import { checkOneOf } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { CYCLIC_PARTS, type CyclicPart, putCyclicParts } from '../fields/cyclic-parts.js'
import { isTime, TimeZone } from '../fields/time-zone.js'
import { numberCell } from './cells.js'
import type { CyclicFeature } from './declaration.js'
import type { FeatureCounts, FeatureInput, FeaturePlan, FeatureState, FillJob, FittedFeature } from './feature.js'

/** See {@link CyclicFeature}. */
export function planCyclic(name: string, options: CyclicFeature): FeaturePlan {
  const given = options.parts ?? ['hour', 'weekday']
  if (!Array.isArray(given) || given.length === 0 || new Set(given).size !== given.length)
    throw new KindredError(
      'ERR_VALUE',
      `parts: expected a list of distinct parts of a time but received ${show(given)}.`,
    )
  const parts: readonly CyclicPart[] = given.map((part) => checkOneOf('parts', part, CYCLIC_PARTS))
  const zone = new TimeZone(options.timeZone ?? 'UTC')
  const column = options.column ?? name
  return {
    declared: { kind: 'cyclic', column, parts, timeZone: zone.name },
    needs: [{ column, types: ['timestamp', 'number'] }],
    learn: async (context) => new FittedCyclic(name, { column, type: context.column(column).type }, parts, zone),
    restore: (_, { inputs }) => new FittedCyclic(name, inputs[0]!, parts, zone),
  }
}

class FittedCyclic implements FittedFeature {
  readonly inputs: readonly FeatureInput[]
  readonly names: readonly string[]

  constructor(
    name: string,
    input: FeatureInput,
    readonly parts: readonly CyclicPart[],
    readonly zone: TimeZone,
  ) {
    this.inputs = [input]
    this.names = parts.flatMap((part) => [`${name}.${part}.sin`, `${name}.${part}.cos`])
  }

  putRow(values: readonly unknown[], out: Float32Array, at: number, counts: FeatureCounts): void {
    this.#put(numberCell(this.inputs[0]!, values[0]), out, at, counts)
  }

  #put(ms: number, out: Float32Array, at: number, counts: FeatureCounts): void {
    if (putCyclicParts(ms, this.zone, this.parts, out, at)) return
    counts.missing++
    if (!Number.isNaN(ms) && !isTime(ms)) counts.outliers++
  }

  async fill(job: FillJob, at: number, counts: FeatureCounts): Promise<void> {
    const { values } = job.column(this.inputs[0]!.column) as NumericColumn
    const { data, cols } = job.out
    await job.over((begin, end) => {
      for (let i = begin; i < end; i++) this.#put(values[i]!, data, i * cols + at, counts)
    })
  }

  state(): FeatureState {
    return {}
  }
}
