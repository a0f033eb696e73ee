import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import type { RowGroups } from './click-labels.js'
import type { Calibration, CalibrationBin, ClickFigures } from './figures.js'

const ROWS_AT_ONCE = 1 << 14

/** Probabilities are kept so far from 0 and 1 in the log loss, as scikit-learn keeps those of 32-bit floats. */
const LEAST = 2 ** -23

/** All rows in the order of predictions, ties in that of rows: sorted in runs that are then merged, the event loop running in between. */
async function sortedRows(predicted: Float32Array, yielder: LoopYielder): Promise<Int32Array> {
  let order = Int32Array.from(predicted, (_, n) => n)
  const count = order.length
  for (let begin = 0; begin < count; begin += ROWS_AT_ONCE) {
    const run = order.subarray(begin, begin + ROWS_AT_ONCE)
    run.sort((a, b) => predicted[a]! - predicted[b]! || a - b)
    if (yielder.due) await yielder.yieldToLoop()
  }
  for (let width = ROWS_AT_ONCE; width < count; width *= 2) {
    const merged = new Int32Array(count)
    for (let begin = 0; begin < count; begin += 2 * width) {
      const [middle, end] = [Math.min(begin + width, count), Math.min(begin + 2 * width, count)]
      let [a, b] = [begin, middle]
      await yielder.over(end - begin, ROWS_AT_ONCE, (first, until) => {
        for (let n = begin + first; n < begin + until; n++) {
          const isFirst = a < middle && (b >= end || predicted[order[a]!]! <= predicted[order[b]!]!)
          merged[n] = isFirst ? order[a++]! : order[b++]!
        }
      })
    }
    order = merged
  }
  return order
}

/** Sum of the ranks of clicks, those of ties being their mean, from 1, by the groups of `group` (all one if absent). */
class RankSums {
  readonly #clicks: Float64Array
  readonly #rows: Float64Array
  readonly #ranks: Float64Array
  readonly #tied: Float64Array
  readonly #tiedClicks: Float64Array

  constructor(groups: number) {
    const zeros = () => new Float64Array(groups)
    this.#clicks = zeros()
    this.#rows = zeros()
    this.#ranks = zeros()
    this.#tied = zeros()
    this.#tiedClicks = zeros()
  }

  add(group: number, label: number): void {
    this.#tied[group]!++
    this.#tiedClicks[group]! += label
  }

  /** Ends a run of equal predictions. */
  close(group: number): void {
    const tied = this.#tied[group]!
    if (tied === 0) return
    this.#ranks[group]! += this.#tiedClicks[group]! * (this.#rows[group]! + (tied + 1) / 2)
    this.#rows[group]! += tied
    this.#clicks[group]! += this.#tiedClicks[group]!
    this.#tied[group] = 0
    this.#tiedClicks[group] = 0
  }

  rows(group: number): number {
    return this.#rows[group]!
  }

  /** NaN without clicks, or without others. */
  auc(group: number): number {
    const clicks = this.#clicks[group]!
    return (this.#ranks[group]! - (clicks * (clicks + 1)) / 2) / (clicks * (this.#rows[group]! - clicks))
  }
}

/** AUC of all rows, and of each group. */
async function areas(
  predicted: Float32Array,
  labels: Float32Array,
  order: Int32Array,
  group: Int32Array | undefined,
  groups: number,
  yielder: LoopYielder,
): Promise<RankSums> {
  const sums = new RankSums(groups)
  let begin = 0
  await yielder.over(order.length, ROWS_AT_ONCE, (first, until) => {
    for (let n = first; n < until; n++) {
      const row = order[n]!
      sums.add(group?.[row] ?? 0, labels[row]!)
      const isLast = n + 1 === order.length || predicted[order[n + 1]!] !== predicted[row]
      if (!isLast) continue
      for (; begin <= n; begin++) sums.close(group?.[order[begin]!] ?? 0)
    }
  })
  return sums
}

/** Bins of about as many rows each; equal predictions are never parted. */
async function calibrationOf(
  predicted: Float32Array,
  labels: Float32Array,
  order: Int32Array,
  count: number,
  yielder: LoopYielder,
): Promise<Calibration> {
  const bins: CalibrationBin[] = []
  let [error, promised, clicks] = [0, 0, 0]
  for (let begin = 0; begin < order.length; ) {
    const wanted = Math.ceil(((bins.length + 1) * order.length) / count)
    let end = Math.max(begin + 1, Math.min(wanted, order.length))
    while (end < order.length && predicted[order[end]!] === predicted[order[end - 1]!]) end++
    let [sum, hits] = [0, 0]
    for (let n = begin; n < end; n++) {
      sum += predicted[order[n]!]!
      hits += labels[order[n]!]!
    }
    const rows = end - begin
    bins.push({
      low: predicted[order[begin]!]!,
      high: predicted[order[end - 1]!]!,
      rows,
      predicted: sum / rows,
      observed: hits / rows,
    })
    error += Math.abs(sum - hits)
    promised += sum
    clicks += hits
    begin = end
    if (yielder.due) await yielder.yieldToLoop()
  }
  return { bins, error: error / Math.max(1, order.length), ratio: promised / clicks }
}

/**
 * What predictions of clicks are worth.
 * @param predicted [rows], probabilities
 * @param labels [rows], 0 or 1
 * @param options.groups which group each row is in
 * @throws ERR_ABORTED
 */
export async function judgeClicks(
  predicted: Float32Array,
  labels: Float32Array,
  options: { bins: number; groups?: RowGroups; signal?: AbortSignal },
): Promise<ClickFigures> {
  const yielder = new LoopYielder(options.signal)
  const rows = predicted.length
  let [loss, square, clicks] = [0, 0, 0]
  await yielder.over(rows, ROWS_AT_ONCE, (begin, end) => {
    for (let row = begin; row < end; row++) {
      const [p, label] = [predicted[row]!, labels[row]!]
      const kept = Math.min(Math.max(p, LEAST), 1 - LEAST)
      loss -= label === 1 ? Math.log(kept) : Math.log1p(-kept)
      square += (p - label) ** 2
      clicks += label
    }
  })
  const order = await sortedRows(predicted, yielder)
  const auc = (await areas(predicted, labels, order, undefined, 1, yielder)).auc(0)
  const own = options.groups && (await groupedAuc(predicted, labels, order, options.groups, yielder))
  const calibration = await calibrationOf(predicted, labels, order, options.bins, yielder)
  return {
    rows,
    clicks,
    auc,
    groupedAuc: own?.auc,
    groups: own?.groups,
    logLoss: loss / rows,
    brier: square / rows,
    calibration,
  }
}

async function groupedAuc(
  predicted: Float32Array,
  labels: Float32Array,
  order: Int32Array,
  { of: group, count: groups }: RowGroups,
  yielder: LoopYielder,
): Promise<{ auc: number; groups: number }> {
  const sums = await areas(
    predicted,
    labels,
    order.filter((row) => group[row]! >= 0),
    group,
    groups,
    yielder,
  )
  let [sum, rows, counted] = [0, 0, 0]
  for (let g = 0; g < groups; g++) {
    const area = sums.auc(g)
    if (Number.isNaN(area)) continue
    sum += area * sums.rows(g)
    rows += sums.rows(g)
    counted++
  }
  return { auc: sum / rows, groups: counted }
}
