import { escapeMarkup } from '../../data/escape-markup.js'
import type { FrequentValue, NumberHistogram } from './column-profile.js'
import type { DriftBin } from './table-drift.js'
import { countText, lineText, percentText } from './value-format.js'

const HEIGHT = 60
/** Of a bar with the space beside it. */
const STEP = 10

const round = (value: number) => Number(value.toFixed(2))

/** A bar, from the bottom; what there is of something is never invisible. */
function bar(kind: string, x: number, width: number, share: number, title: string): string {
  const height = share === 0 ? 0 : Math.max(1, round(share * HEIGHT))
  return `<rect class="${kind}" x="${round(x)}" y="${round(HEIGHT - height)}" width="${round(width)}" height="${height}"><title>${escapeMarkup(title)}</title></rect>`
}

/** A picture of bars as wide as what it stands in. */
function plot(label: string, bins: number, bars: readonly string[]): string {
  return `<svg class="plot" viewBox="0 0 ${STEP * bins} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${escapeMarkup(label)}">${bars.join('')}</svg>`
}

/** The bars of a histogram, with the least and the greatest edge below it, and how many lie beyond. */
export function histogramChart(
  { edges, counts, below, above }: NumberHistogram,
  format: (value: number) => string,
): string {
  const greatest = Math.max(...counts, 1)
  // One bin a number: it lies half below and half above.
  const isUnit = edges.length > 2 && edges[1]! - edges[0]! === 1 && edges[0]! % 1 !== 0
  const range = (n: number) => (isUnit ? format(edges[n]! + 0.5) : `${format(edges[n]!)} to ${format(edges[n + 1]!)}`)
  const bars = counts.map((count, n) =>
    bar('bar', STEP * n + 0.5, STEP - 1, count / greatest, `${range(n)}: ${countText(count)}`),
  )
  const shift = isUnit ? 0.5 : 0
  const [low, high] = [format(edges[0]! + shift), format(edges.at(-1)! - shift)]
  const beyond = [below > 0 ? `${countText(below)} below` : '', above > 0 ? `${countText(above)} above` : '']
  const middle = beyond.filter((text) => text !== '').join(', ')
  return `<figure>${plot('Distribution', counts.length, bars)}<figcaption class="axis"><span>${escapeMarkup(low)}</span><span class="muted">${middle}</span><span>${escapeMarkup(high)}</span></figcaption></figure>`
}

/** A line for each value: a bar behind its name, and its count. */
export function frequencyChart(values: readonly FrequentValue[], present: number): string {
  const greatest = Math.max(...values.map(({ count }) => count), 1)
  const lines = values.map(({ value, count }) => {
    const shown = value === '' ? '<i class="muted">empty</i>' : `<bdi>${escapeMarkup(lineText(value, 60))}</bdi>`
    const share = present > 0 ? ` <span class="muted">${percentText(count / present)}</span>` : ''
    return `<li><span class="value">${shown}</span><svg class="line" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="bar" width="${round((100 * count) / greatest)}" height="10"/></svg><span class="count">${countText(count)}${share}</span></li>`
  })
  return `<ol class="values">${lines.join('')}</ol>`
}

/** Pairs of bars: the shares of the bins in the reference and in the table. */
export function driftChart(bins: readonly DriftBin[]): string {
  const total = (side: 'reference' | 'current') =>
    Math.max(
      1,
      bins.reduce((sum, bin) => sum + bin[side], 0),
    )
  const shares = bins.map(({ label, reference, current }) => ({
    label,
    was: reference / total('reference'),
    is: current / total('current'),
  }))
  const greatest = Math.max(...shares.flatMap(({ was, is }) => [was, is]), Number.MIN_VALUE)
  const bars = shares.flatMap(({ label, was, is }, n) => {
    const title = `${lineText(label, 60)}: ${percentText(was)} in the reference, ${percentText(is)} now`
    return [
      bar('was', STEP * n + 0.5, STEP / 2 - 0.5, was / greatest, title),
      bar('bar', STEP * n + STEP / 2, STEP / 2 - 0.5, is / greatest, title),
    ]
  })
  const [first, last] = [bins[0]?.label ?? '', bins.at(-1)?.label ?? '']
  const end = bins.length > 1 ? `<span>${escapeMarkup(lineText(last, 30))}</span>` : ''
  return `<figure>${plot('Shares in the reference and now', bins.length, bars)}<figcaption class="axis"><span>${escapeMarkup(lineText(first, 30))}</span><span class="legend"><i class="was"></i>reference <i class="now"></i>now</span>${end}</figcaption></figure>`
}

/** A table whose cells are the darker the stronger the correlation, blue for positive ones, orange for negative ones. */
export function heatMap(columns: readonly string[], values: readonly (readonly (number | null)[])[]): string {
  const name = (column: string) => `<bdi>${escapeMarkup(lineText(column, 24))}</bdi>`
  const heads = columns.map((column) => `<th scope="col"><span>${name(column)}</span></th>`)
  const cell = (row: number, column: number) => {
    const value = values[row]![column] ?? null
    if (value === null) return '<td class="none" title="none">·</td>'
    const level = Math.round(10 * Math.abs(value))
    const title = `${lineText(columns[row]!, 60)}, ${lineText(columns[column]!, 60)}: ${value.toFixed(3)}`
    return `<td class="${value < 0 ? 'minus' : 'plus'} heat${level}" title="${escapeMarkup(title)}">${value.toFixed(columns.length > 14 ? 1 : 2).replace('-', '−')}</td>`
  }
  const rows = columns.map(
    (column, row) => `<tr><th scope="row">${name(column)}</th>${columns.map((_, n) => cell(row, n)).join('')}</tr>`,
  )
  return `<div class="scroll"><table class="heat"><thead><tr><td></td>${heads.join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
}
