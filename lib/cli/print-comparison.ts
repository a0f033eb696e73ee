import type { Comparison } from '../evaluate/compare.js'
import type { Interval } from '../evaluate/statistics/bootstrap.js'

/** A comparison as one JSON document. */
export function documentOf(split: object, { baseline, models, ...rest }: Comparison) {
  const own = Object.entries(models).map(([name, metrics]) => [name, { report: metrics.report, metrics }])
  return { split, baseline, models: Object.fromEntries(own), ...rest }
}

const figure = (value: number) => Number(value.toPrecision(4))

/** One row a metric, one column a model; then what differs, with intervals. */
export function printComparison(split: object, { baseline, models, differences }: Comparison): void {
  console.log('evaluated on:', split)
  const figures = Object.entries(models).map(
    ([name, own]) => [name, own as unknown as Readonly<Record<string, Interval>>] as const,
  )
  const metrics = Object.keys(models[baseline]!)
  const side = metrics.map((metric) => [
    metric,
    Object.fromEntries(figures.map(([name, own]) => [name, figure(own[metric]!.value)])),
  ])
  console.table(Object.fromEntries(side))
  for (const [name, own] of Object.entries(differences)) {
    console.log(`${name} less ${baseline}:`)
    const rows = Object.entries(own).map(([metric, difference]) => [
      metric,
      Object.fromEntries(Object.entries(difference).map(([name, value]) => [name, figure(value)])),
    ])
    console.table(Object.fromEntries(rows))
  }
}
