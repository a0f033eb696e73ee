import type { Correlations } from './associations.js'
import type { ColumnProfile } from './column-profile.js'
import type { Finding } from './findings.js'
import type { TableProfileJson } from './profile-json.js'
import type { TableDrift } from './table-drift.js'
import { countText, lineText, percentText, rowsText, spreadText, valueFormat } from './value-format.js'

/** Characters of a name. */
const NAME = 32
const VALUE = 24
/** Pairs of columns that are listed. */
const MOST_PAIRS = 10

/** Rows of cells in columns: the first to the left, those whose heading is a number's to the right. */
function tableText(heads: readonly string[], rows: readonly (readonly string[])[], left: readonly string[]): string {
  const all = [heads, ...rows]
  const widths = heads.map((_, n) => Math.max(...all.map((cells) => cells[n]!.length)))
  const align = (cell: string, n: number) =>
    left.includes(heads[n]!) ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!)
  return all.map((cells) => cells.map(align).join('  ').trimEnd()).join('\n')
}

function columnRow({ name, type, missing, present, distinct, numbers, lengths, frequent }: ColumnProfile): string[] {
  const format = valueFormat(type)
  const top = frequent.find(({ count }) => count > 1 || distinct === 1)
  const figures =
    numbers === undefined
      ? ['', '', '', '', '']
      : [
          format(numbers.min),
          format(numbers.quantiles.p50),
          format(numbers.max),
          format(numbers.mean),
          spreadText(numbers.deviation, type),
        ]
  const size = lengths === undefined ? '' : `${lengths.min} to ${lengths.max}`
  const often =
    top === undefined ? '' : `${lineText(top.value, VALUE)} (${percentText(top.count / Math.max(1, present))})`
  return [
    lineText(name, NAME),
    type,
    missing === 0 ? '0' : percentText(missing / (present + missing)),
    countText(distinct),
    ...figures,
    size,
    type === 'list' ? lineText(top?.value ?? '', VALUE) : often,
  ]
}

function columnsText(columns: readonly ColumnProfile[]): string {
  const heads = [
    'column',
    'type',
    'missing',
    'distinct',
    'min',
    'median',
    'max',
    'mean',
    'deviation',
    'length',
    'most frequent',
  ]
  return tableText(heads, columns.map(columnRow), ['column', 'type', 'most frequent'])
}

const findingText = ({ column, text }: Finding) =>
  `- ${column === undefined ? '' : `${lineText(column, NAME)} `}${lineText(text, 400)}`

function driftText({ against, rows, columns }: TableDrift): string {
  const heads = ['column', 'verdict', 'PSI', 'by chance', 'Jensen-Shannon', 'Kolmogorov-Smirnov', 'p', 'bins by']
  const cells = columns.map((drift) => [
    lineText(drift.column, NAME),
    drift.verdict,
    drift.populationStabilityIndex.toFixed(4),
    drift.byChance.toFixed(4),
    drift.jensenShannon.toFixed(4),
    drift.kolmogorovSmirnov?.statistic.toFixed(4) ?? '',
    drift.kolmogorovSmirnov?.pValue.toPrecision(2) ?? '',
    drift.by,
  ])
  const compared =
    cells.length === 0 ? 'no column can be compared' : tableText(heads, cells, ['column', 'verdict', 'bins by'])
  return `Drift against ${lineText(against, 200)}, ${rowsText(rows)}\n${compared}`
}

/** The strongest correlations, of pairs. */
function pairsText({ columns, values, rows, left }: Correlations): string {
  const pairs = columns.flatMap((a, n) =>
    columns.slice(n + 1).flatMap((b, m) => {
      const value = values[n]![n + 1 + m] ?? null
      return value === null ? [] : [{ a, b, value }]
    }),
  )
  const strongest = pairs.toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, MOST_PAIRS)
  const cells = strongest.map(({ a, b, value }) => [lineText(a, NAME), lineText(b, NAME), value.toFixed(3)])
  const more = left.length === 0 ? '' : `, ${left.length} columns left out`
  return `Strongest correlations, of ${rowsText(rows)}${more}\n${tableText(['column', 'with', 'value'], cells, ['column', 'with'])}`
}

/** A profile as tables of text. */
export function profileText(profile: TableProfileJson): string {
  const { table, rows, duplicates, columns, findings, correlations, drift } = profile
  return [
    `${lineText(table, 200)}: ${rowsText(rows)}, ${columns.length} ${columns.length === 1 ? 'column' : 'columns'}, ${rowsText(duplicates)} twice`,
    columnsText(columns),
    ...(findings.length > 0 ? [`What asks for attention\n${findings.map(findingText).join('\n')}`] : []),
    ...(drift === undefined ? [] : [driftText(drift)]),
    ...(correlations.columns.length > 0 ? [pairsText(correlations)] : []),
  ].join('\n\n')
}
