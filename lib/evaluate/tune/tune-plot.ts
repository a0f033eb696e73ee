import { escapeMarkup } from '../../data/escape-markup.js'
import { type Axis, numberAxis, shortNumber } from '../../data/number-axis.js'
import type { SearchSpace } from './space.js'
import { type Direction, lossOf, type Trial } from './trial.js'
import { parameterAxis } from './tune-axis.js'

const WIDTH = 960
const COLUMNS = 3
const PANEL = { width: WIDTH / COLUMNS, height: 220, left: 74, right: 18, top: 34, bottom: 34 }
const HISTORY_HEIGHT = 270

const STYLE = `text { font: 12px system-ui, sans-serif; fill: #333 } .title { font-weight: 600 }
.frame { fill: none; stroke: #bbb } .grid { stroke: #eee } .best { fill: none; stroke: #c2410c; stroke-width: 2 }
.complete { fill: #2563eb; fill-opacity: 0.7 } .pruned { fill: #fff; stroke: #64748b } .failed { stroke: #b91c1c }
.first { fill: #c2410c }`

interface Panel {
  left: number
  top: number
  width: number
  height: number
}

const round = (value: number) => Number(value.toFixed(1))

function frame({ left, top, width, height }: Panel, title: string, x: Axis, y: Axis): string {
  const lines = [`<text class="title" x="${round(left)}" y="${round(top - 10)}">${escapeMarkup(title)}</text>`]
  for (const { at, label } of y.ticks) {
    const level = round(top + height * (1 - at))
    lines.push(
      `<path class="grid" d="M${round(left)} ${level}h${round(width)}"/>`,
      `<text x="${round(left - 6)}" y="${level + 4}" text-anchor="end">${escapeMarkup(label)}</text>`,
    )
  }
  for (const { at, label } of x.ticks)
    lines.push(
      `<text x="${round(left + width * at)}" y="${round(top + height + 17)}" text-anchor="middle">${escapeMarkup(label)}</text>`,
    )
  lines.push(
    `<rect class="frame" x="${round(left)}" y="${round(top)}" width="${round(width)}" height="${round(height)}"/>`,
  )
  return lines.join('\n')
}

function describe({ trial, state, params, value, error }: Trial): string {
  const chosen = Object.entries(params).map(([name, given]) => `${name} ${shortNumber(given)}`)
  return `trial ${trial}, ${state}${value === null ? '' : ` ${shortNumber(value)}`}${error ? ` (${error.code})` : ''}: ${chosen.join(', ')}`
}

/** A dot for a complete trial, a ring at its last score for a pruned one, a cross at the bottom for a failed one. */
function mark(trial: Trial, isBest: boolean, x: number, panel: Panel, y: Axis): string {
  const score = trial.value ?? trial.steps.at(-1)?.[1]
  const hasPlace = trial.state !== 'failed' && score !== undefined
  const place = Math.min(1, Math.max(0, hasPlace ? y.at(score) : 0.02))
  const [cx, cy] = [round(panel.left + panel.width * x), round(panel.top + panel.height * (1 - place))]
  const title = `<title>${escapeMarkup(describe(trial))}</title>`
  if (trial.state === 'failed') return `<path class="failed" d="M${cx - 4} ${cy - 4}l8 8m-8 0l8 -8">${title}</path>`
  return `<circle class="${isBest ? 'first' : trial.state}" cx="${cx}" cy="${cy}" r="${isBest ? 5.5 : 4}">${title}</circle>`
}

/** The best score so far as a staircase. */
function bestSoFar(trials: readonly Trial[], direction: Direction, x: Axis, y: Axis, panel: Panel): string {
  let best: number | undefined
  let path = ''
  for (const { trial, value } of trials) {
    if (value === null) continue
    const isBetter = best === undefined || lossOf(value, direction) < lossOf(best, direction)
    const right = round(panel.left + panel.width * x.at(trial))
    path += best === undefined ? `M${right} ` : `H${right}`
    if (isBetter) {
      const level = round(panel.top + panel.height * (1 - y.at(value)))
      path += best === undefined ? level : `V${level}`
      best = value
    }
  }
  return path === '' ? '' : `<path class="best" d="${path}H${round(panel.left + panel.width)}"/>`
}

/** The score over the trials, and below it the score over each parameter: an SVG document. At least one trial is complete. */
export function plotTrials(space: SearchSpace, by: string, direction: Direction, trials: readonly Trial[]): string {
  const values = trials.flatMap(({ value }) => (value === null ? [] : [value]))
  const y = numberAxis(values)
  const best = trials.find(
    ({ value }) => value !== null && values.every((other) => lossOf(value, direction) <= lossOf(other, direction)),
  )
  const bestLast = trials.toSorted((a, b) => Number(a === best) - Number(b === best))
  const names = Object.keys(space)
  const height = HISTORY_HEIGHT + Math.ceil(names.length / COLUMNS) * PANEL.height
  const history: Panel = {
    left: PANEL.left,
    top: PANEL.top,
    width: WIDTH - PANEL.left - PANEL.right,
    height: HISTORY_HEIGHT - PANEL.top - PANEL.bottom,
  }
  const x = numberAxis(trials.map(({ trial }) => trial))
  const whole = { ...x, ticks: x.ticks.filter(({ label }) => /^\d+$/.test(label)) }
  const parts = [
    frame(history, `${by} by trial, and the best so far`, whole, y),
    bestSoFar(trials, direction, x, y, history),
    ...bestLast.map((trial) => mark(trial, trial === best, x.at(trial.trial), history, y)),
  ]
  for (const [n, name] of names.entries()) {
    const axis = parameterAxis(space[name]!)
    const panel: Panel = {
      left: (n % COLUMNS) * PANEL.width + PANEL.left,
      top: HISTORY_HEIGHT + Math.floor(n / COLUMNS) * PANEL.height + PANEL.top,
      width: PANEL.width - PANEL.left - PANEL.right,
      height: PANEL.height - PANEL.top - PANEL.bottom,
    }
    parts.push(
      frame(panel, name, axis, y),
      ...bestLast.map((trial) => mark(trial, trial === best, axis.at(trial.params[name]), panel, y)),
    )
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">
<style>${STYLE}</style>
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
${parts.filter((part) => part !== '').join('\n')}
</svg>`
}
