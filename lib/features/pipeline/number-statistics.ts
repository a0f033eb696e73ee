import type { LoopYielder } from '../../data/yield-to-event-loop.js'
import { nativeCall } from '../../native/native-call.js'
import { extremesOf, type Moments, mergeMoments, momentsOf, NO_MOMENTS, sortedValues } from '../scale/statistics.js'

/** Numbers looked at between two looks at the clock. */
const AT_ONCE = 1 << 15

/** Statistics of one column of a table, each computed when it is first asked for, beside the event loop. */
export class NumberStatistics {
  #sorted: Promise<Float64Array> | undefined

  /** @param values NaN where missing */
  constructor(
    readonly values: Float64Array,
    readonly yielder: LoopYielder,
    readonly signal: AbortSignal | undefined,
  ) {}

  async moments(): Promise<Moments> {
    let moments = NO_MOMENTS
    await this.#parts((part) => {
      moments = mergeMoments(moments, momentsOf(part))
    })
    return moments
  }

  async extremes(): Promise<{ min: number; max: number }> {
    const all = { min: Number.NaN, max: Number.NaN }
    await this.#parts((part) => {
      const { min, max } = extremesOf(part)
      if (!(all.min <= min)) all.min = Number.isNaN(min) ? all.min : min
      if (!(all.max >= max)) all.max = Number.isNaN(max) ? all.max : max
    })
    return all
  }

  /** The numbers in ascending order, without NaN. */
  sorted(): Promise<Float64Array> {
    this.#sorted ??= this.#sort()
    return this.#sorted
  }

  async #sort(): Promise<Float64Array> {
    const { values } = this
    if (values.length <= AT_ONCE) return sortedValues({ data: values, begin: 0, step: 1, rows: values.length })
    const present = new Float64Array(values.length)
    let count = 0
    await this.yielder.over(values.length, AT_ONCE, (begin, end) => {
      for (let i = begin; i < end; i++) if (!Number.isNaN(values[i])) present[count++] = values[i]!
    })
    const keys = present.subarray(0, count)
    const order = await nativeCall(this.signal, (native, abort) => native.orderOfKeys(keys, abort))
    const sorted = new Float64Array(count)
    await this.yielder.over(count, AT_ONCE, (begin, end) => {
      for (let i = begin; i < end; i++) sorted[i] = keys[order[i]!]!
    })
    return sorted
  }

  #parts(work: (part: { data: Float64Array; begin: number; step: number; rows: number }) => void): Promise<void> {
    return this.yielder.over(this.values.length, AT_ONCE, (begin, end) =>
      work({ data: this.values, begin, step: 1, rows: end - begin }),
    )
  }
}
