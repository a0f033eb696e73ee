import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { ClickReport } from 'kindred'
import { describe, expect, it } from 'vitest'
import { judgeClicks } from '#lib/models/ctr/base/judge-clicks.js'

const fixture = JSON.parse(readFileSync('test/fixtures/click-models.json', 'utf8')) as {
  figures: { labels: number[]; predicted: number[]; auc: number; logLoss: number; brier: number }[]
}

/** By all pairs. */
function areaOf(predicted: readonly number[], labels: readonly number[]): number {
  let [sum, pairs] = [0, 0]
  for (const [i, p] of predicted.entries())
    for (const [j, q] of predicted.entries())
      if (labels[i] === 1 && labels[j] === 0) {
        pairs++
        sum += p > q ? 1 : p === q ? 0.5 : 0
      }
  return sum / pairs
}

const rows = fc.array(
  fc.record({
    // Few values, so that there are ties.
    p: fc.integer({ min: 0, max: 8 }).map((n) => n / 8),
    label: fc.integer({ min: 0, max: 1 }),
    group: fc.integer({ min: -1, max: 3 }),
  }),
  { minLength: 1, maxLength: 60 },
)

const judged = (own: { p: number; label: number; group: number }[], bins: number) =>
  judgeClicks(
    Float32Array.from(own, ({ p }) => p),
    Float32Array.from(own, ({ label }) => label),
    { bins, groups: { of: Int32Array.from(own, ({ group }) => group), count: 4 } },
  )

describe('figures of clicks', () => {
  it.each(fixture.figures)("are scikit-learn's", async ({ labels, predicted, ...expected }) => {
    const figures = await judgeClicks(Float32Array.from(predicted), Float32Array.from(labels), { bins: 10 })
    for (const [name, value] of Object.entries(expected)) expect(figures[name as 'auc']).toBeCloseTo(value, 9)
    expect(figures.groupedAuc).toBeUndefined()
  })

  it('of all rows and within groups are those of all pairs', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (own) => {
        const { auc, groupedAuc, groups } = await judged(own, 10)
        const of = (part: typeof own) =>
          areaOf(
            part.map(({ p }) => p),
            part.map(({ label }) => label),
          )
        if (Number.isNaN(of(own))) expect(auc).toBeNaN()
        else expect(auc).toBeCloseTo(of(own), 12)
        const parts = [0, 1, 2, 3]
          .map((g) => own.filter(({ group }) => group === g))
          .filter((part) => !Number.isNaN(of(part)))
        const weight = parts.reduce((sum, { length }) => sum + length, 0)
        expect(groups).toBe(parts.length)
        if (weight === 0) expect(groupedAuc).toBeNaN()
        else expect(groupedAuc).toBeCloseTo(parts.reduce((sum, part) => sum + part.length * of(part), 0) / weight, 12)
      }),
    )
  })

  it('of the calibration cover all rows in order, equal predictions together', async () => {
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 2, max: 20 }), async (own, count) => {
        const { calibration, clicks } = await judged(own, count)
        const { bins, ratio } = calibration
        expect(bins.length).toBeLessThanOrEqual(count)
        expect(bins.reduce((sum, bin) => sum + bin.rows, 0)).toBe(own.length)
        expect(bins.reduce((sum, bin) => sum + bin.rows * bin.observed, 0)).toBeCloseTo(clicks, 9)
        for (const [n, { low, high, predicted }] of bins.entries()) {
          expect(low <= predicted + 1e-12 && predicted <= high + 1e-12).toBe(true)
          if (n > 0) expect(low).toBeGreaterThan(bins[n - 1]!.high)
        }
        if (clicks > 0) expect(ratio).toBeCloseTo(own.reduce((sum, { p }) => sum + p, 0) / clicks, 9)
      }),
    )
  })

  it('do not depend on how many rows are sorted at a time', async () => {
    const count = 50_000
    const predicted = Float32Array.from({ length: count }, (_, n) => ((n * 7919) % 1000) / 1000)
    const labels = predicted.map((p, n) => Number((n * 104_729) % 1000 < 1000 * p))
    const { auc, calibration } = await judgeClicks(predicted, labels, { bins: 10 })
    // Each of the 1000 values comes 50 times: the area by counts.
    const clicks = new Float64Array(1000)
    const others = new Float64Array(1000)
    for (let n = 0; n < count; n++) (labels[n] === 1 ? clicks : others)[Math.round(1000 * predicted[n]!)]!++
    let [below, sum] = [0, 0]
    for (let value = 0; value < 1000; value++) {
      sum += clicks[value]! * (below + others[value]! / 2)
      below += others[value]!
    }
    expect(auc).toBeCloseTo(sum / (below * (count - below)), 9)
    expect(calibration.error).toBeLessThan(0.03)
  })

  it('are told in a text and drawn in a plot', async () => {
    const figures = await judgeClicks(Float32Array.of(0.1, 0.2, 0.7, 0.9), Float32Array.of(0, 1, 1, 1), { bins: 2 })
    const report = new ClickReport(figures as never)
    expect(report.toString()).toContain('4 rows, 3 clicks\nAUC 1.0000, log loss')
    expect(report.toString().split('\n')).toHaveLength(6)
    const svg = report.toSVG()
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"[\s\S]*<\/svg>$/)
    expect(svg.match(/<circle/g)).toHaveLength(2)
    expect(svg).not.toMatch(/NaN|undefined|Infinity/)
  })
})
