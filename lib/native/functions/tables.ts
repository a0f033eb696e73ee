import type { AbortFlag } from './runtime.js'

export interface TableFunctions {
  asOfJoin(
    eventKeys: Int32Array,
    eventTimes: Float64Array,
    keys: Int32Array,
    times: Float64Array,
    arrivals: Float64Array | null,
    groups: number,
    maxAge: number | null,
    exactMatches: boolean,
    matches: Int32Array,
    abort?: AbortFlag,
  ): Promise<void>
  asOfTotals(
    eventKeys: Int32Array,
    eventTimes: Float64Array,
    keys: Int32Array,
    times: Float64Array,
    arrivals: Float64Array | null,
    groups: number,
    maxAge: number | null,
    exactMatches: boolean,
    values: Float64Array | null,
    counts: Float64Array,
    sums: Float64Array | null,
    abort?: AbortFlag,
  ): Promise<void>
  denseKeys(a: Float64Array, b: Float64Array, aKeys: Int32Array, bKeys: Int32Array, abort?: AbortFlag): Promise<number>
}
