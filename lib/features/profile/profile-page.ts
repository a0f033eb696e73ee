import { escapeMarkup } from '../../data/escape-markup.js'
import type { Correlations } from './associations.js'
import type { ColumnProfile, NumberSummary } from './column-profile.js'
import type { ProfiledType } from './column-types.js'
import type { Finding } from './findings.js'
import { driftChart, frequencyChart, heatMap, histogramChart } from './profile-charts.js'
import type { TableProfileJson } from './profile-json.js'
import { PROFILE_STYLE } from './profile-page-style.js'
import type { ColumnDrift, TableDrift } from './table-drift.js'
import { countText, lineText, percentText, rowsText, spreadText, valueFormat } from './value-format.js'

/** Characters of the name of a column, and of other texts. */
const NAME = 80
const TEXT = 400

const name = (column: string) => `<bdi>${escapeMarkup(lineText(column, NAME))}</bdi>`
const text = (value: string) => escapeMarkup(lineText(value, TEXT))

/** A list of figures, of which those without a value are left out. */
function figures(entries: readonly (readonly [string, string | undefined])[]): string {
  const shown = entries.filter(([, value]) => value !== undefined)
  return `<dl>${shown.map(([term, value]) => `<div><dt>${term}</dt><dd>${escapeMarkup(value!)}</dd></div>`).join('')}</dl>`
}

function numberFigures(type: ProfiledType, numbers: NumberSummary): [string, string | undefined][] {
  const { min, max, mean, deviation, quantiles, zeros, negatives, infinite } = numbers
  const format = valueFormat(type)
  const some = (count: number) => (count > 0 && type === 'number' ? countText(count) : undefined)
  return [
    ['mean', format(mean)],
    ['min', format(min)],
    ['median', format(quantiles.p50)],
    ['max', format(max)],
    ['25 %', format(quantiles.p25)],
    ['75 %', format(quantiles.p75)],
    ['deviation', spreadText(deviation, type)],
    ['zeros', some(zeros)],
    ['below 0', some(negatives)],
    ['infinite', infinite > 0 ? countText(infinite) : undefined],
  ]
}

function change(drift: ColumnDrift): string {
  const { verdict, populationStabilityIndex, byChance, kolmogorovSmirnov, unseen = 0, by } = drift
  const notes = [
    `PSI ${populationStabilityIndex.toFixed(3)}, up to ${byChance.toFixed(3)} by chance`,
    `Jensen-Shannon ${drift.jensenShannon.toFixed(3)}`,
    kolmogorovSmirnov === undefined ? '' : `Kolmogorov-Smirnov ${kolmogorovSmirnov.statistic.toFixed(3)}`,
    by === 'lengths' ? 'by the lengths of the texts' : '',
    unseen > 0 ? `${countText(unseen)} values that the reference does not have` : '',
  ]
  return `<div class="change"><p class="note"><span class="badge ${verdict}">${verdict}</span> · ${notes.filter((note) => note !== '').join(' · ')}</p>${driftChart(drift.bins)}</div>`
}

function card(column: ColumnProfile, drift: ColumnDrift | undefined): string {
  const { type, present, missing, distinct, frequent, numbers, lengths } = column
  const rows = present + missing
  const entries: [string, string | undefined][] = [
    ['missing', missing === 0 ? 'none' : `${countText(missing)} (${percentText(missing / rows)})`],
    ['distinct', countText(distinct)],
    ...(numbers === undefined ? [] : numberFigures(type, numbers)),
    ...(lengths === undefined
      ? []
      : (
          [
            ['shortest', countText(lengths.min)],
            ['longest', countText(lengths.max)],
            [type === 'list' ? 'mean elements' : 'mean length', String(Number(lengths.mean.toPrecision(3)))],
          ] as const
        ).map(([term, value]): [string, string] => [term, value])),
  ]
  const repeated = frequent.filter(({ count }) => count > 1 || distinct <= frequent.length)
  const parts = [
    `<header><h3>${name(column.name)}</h3><span class="type">${type}</span></header>`,
    figures(entries),
    numbers === undefined ? '' : histogramChart(numbers.histogram, valueFormat(type)),
    repeated.length > 0 && (numbers === undefined || distinct <= frequent.length)
      ? frequencyChart(repeated, type === 'list' ? 0 : present)
      : '',
    drift === undefined ? '' : change(drift),
  ]
  return `<article class="card">${parts.join('\n')}</article>`
}

function findingsSection(findings: readonly Finding[]): string {
  if (findings.length === 0) return ''
  const items = findings.map(
    ({ column, text: words }) => `<li>${column === undefined ? '' : `<b>${name(column)}</b> `}${text(words)}</li>`,
  )
  return `<section><h2>What asks for attention</h2>\n<ul class="findings">${items.join('\n')}</ul></section>`
}

function driftSection(drift: TableDrift | undefined): string {
  if (drift === undefined) return ''
  const heads = ['column', 'verdict', 'PSI', 'by chance', 'Jensen-Shannon', 'Kolmogorov-Smirnov', 'p', 'bins by']
  const sorted = drift.columns.toSorted((a, b) => b.populationStabilityIndex - a.populationStabilityIndex)
  const rows = sorted.map(({ column, verdict, kolmogorovSmirnov, by, ...one }) => {
    const cells = [
      name(column),
      `<span class="badge ${verdict}">${verdict}</span>`,
      one.populationStabilityIndex.toFixed(3),
      one.byChance.toFixed(3),
      one.jensenShannon.toFixed(3),
      kolmogorovSmirnov?.statistic.toFixed(3) ?? '',
      kolmogorovSmirnov?.pValue.toPrecision(2) ?? '',
      by,
    ]
    return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
  })
  return `<section><h2>Drift</h2>
<p class="muted">Against <bdi>${text(drift.against)}</bdi>, ${rowsText(drift.rows)}. The population stability index (PSI) calls a change moderate from 0.1 and strong from 0.25.</p>
<div class="scroll"><table class="drift"><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div></section>`
}

function correlationSection({ columns, values, rows, left }: Correlations): string {
  if (columns.length === 0) return ''
  const more = left.length === 0 ? '' : ` ${countText(left.length)} more columns were left out.`
  return `<section><h2>Correlations</h2>
<p class="muted">Of ${rowsText(rows)}: Pearson's between numbers, Cramér's V between categories, the correlation ratio between the two.${more}</p>
${heatMap(columns, values)}</section>`
}

/** A profile as an HTML page of its own. */
export function profilePage(profile: TableProfileJson): string {
  const { table, rows, duplicates, columns, findings, correlations, drift } = profile
  const drifts = new Map(drift?.columns.map((one) => [one.column, one]))
  const missing = columns.reduce((sum, column) => sum + column.missing, 0)
  const totals = [
    ['rows', countText(rows)],
    ['columns', countText(columns.length)],
    ['duplicate rows', countText(duplicates)],
    ['missing', percentText(missing / (rows * Math.max(1, columns.length)))],
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(table)}</title>
<style>${PROFILE_STYLE}</style>
</head>
<body>
<header><h1><bdi>${text(table)}</bdi></h1>
<ul class="totals">${totals.map(([term, value]) => `<li><b>${value}</b> <span class="muted">${term}</span></li>`).join('')}</ul></header>
${[findingsSection(findings), driftSection(drift)].join('\n')}
<section><h2>Columns</h2>
<div class="cards">
${columns.map((column) => card(column, drifts.get(column.name))).join('\n')}
</div></section>
${correlationSection(correlations)}
</body>
</html>
`
}
