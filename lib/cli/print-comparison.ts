import type { Comparison } from '../evaluate/compare.js'
import type { Interval } from '../evaluate/statistics/bootstrap.js'

/** A comparison as one JSON document, with the models in the order of `names`, which keys that are integers do not keep. */
export function documentOf(
  split: object,
  names: readonly string[],
  { baseline, models, differences }: Comparison,
): object {
  const own = names.map((name) => [name, { report: models[name]!.report, metrics: models[name]! }])
  return { split, baseline, order: names, models: Object.fromEntries(own), differences }
}

const figure = (value: number) => Number(value.toPrecision(4))

/** A folder as the head of a column: console.table puts integers before other heads, so those get a slash. */
const head = (name: string) => (/^\d+$/.test(name) ? `${name}/` : name)

/** One row a metric, one column a model, in the order of `names`; then what differs, with intervals. */
export function printComparison(
  split: object,
  names: readonly string[],
  { baseline, models, differences }: Comparison,
): void {
  console.log('evaluated on:', split)
  const metrics = Object.keys(models[baseline]!)
  const side = metrics.map((metric) => {
    const row = names.map((name) => {
      const own = models[name] as unknown as Readonly<Record<string, Interval>>
      return [head(name), figure(own[metric]!.value)]
    })
    return [metric, Object.fromEntries(row)]
  })
  console.table(Object.fromEntries(side))
  for (const name of names.filter((one) => one !== baseline)) {
    console.log(`${name} less ${baseline}:`)
    const rows = Object.entries(differences[name]!).map(([metric, difference]) => [
      metric,
      Object.fromEntries(Object.entries(difference).map(([part, value]) => [part, figure(value)])),
    ])
    console.table(Object.fromEntries(rows))
  }
}
