import { LoopYielder } from '../../data/yield-to-event-loop.js'

/** Several series of numbers by user, one below the other [series, users]. */
export async function stacked(
  series: readonly Float64Array[],
  signal: AbortSignal | undefined,
): Promise<{ values: Float64Array; users: number }> {
  const users = series[0]?.length ?? 0
  const values = new Float64Array(series.length * users)
  const yielder = new LoopYielder(signal)
  for (const [n, own] of series.entries()) {
    values.set(own, n * users)
    if (yielder.due) await yielder.yieldToLoop()
  }
  return { values, users }
}
