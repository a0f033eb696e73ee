import { numberAxis, shortNumber } from '../../data/number-axis.js'

/** What the charts need of an epoch. */
interface Epoch {
  readonly epoch: number
  readonly loss: number
  readonly score: number | undefined
}

/** A point: the step, and a value. */
type Point = readonly [number, number]

/** One line of a chart. */
interface Line {
  readonly kind: 'raw' | 'line' | 'dots'
  /** In the legend. */
  readonly name: string
  readonly points: readonly Point[]
}

/** Points of a line: more would not be seen. */
const MOST_POINTS = 600

const WIDTH = 960
const HEIGHT = 250
const INNER = { left: 92, right: 20, top: 40, bottom: 50 }

const STYLE = `:root { --ink: #1f2328; --faint: #d0d7de; --raw: #b6d4fe; --line: #0b5ed7; --dots: #c2410c; --ground: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --faint: #30363d; --raw: #1f4068; --line: #6ea8fe; --dots: #ff9d5c; --ground: #0d1117 } }
.history-ground { fill: var(--ground) }
.history text { font: 13px system-ui, sans-serif; fill: var(--ink) } .history .title { font-weight: 600 }
.history .grid { stroke: var(--faint) } .history .raw { fill: none; stroke: var(--raw) }
.history .line { fill: none; stroke: var(--line); stroke-width: 2 } .history circle { fill: var(--dots) }
.history .key { stroke-width: 3 }`

const round = (value: number) => Number(value.toFixed(1))

/** At most {@link MOST_POINTS} pairs of the least and the greatest of as many pieces. */
export function thinned(points: readonly Point[]): readonly Point[] {
  if (points.length <= 2 * MOST_POINTS) return points
  const out: Point[] = []
  for (let n = 0; n < MOST_POINTS; n++) {
    const [begin, end] = [n, n + 1].map((at) => Math.floor((at * points.length) / MOST_POINTS)) as [number, number]
    let [least, greatest] = [begin, begin]
    for (let i = begin; i < end; i++) {
      if (points[i]![1] < points[least]![1]) least = i
      if (points[i]![1] > points[greatest]![1]) greatest = i
    }
    for (const at of [...new Set([least, greatest])].sort((a, b) => a - b)) out.push(points[at]!)
  }
  return out
}

/** The running mean, of about a fiftieth of the steps, of which the first counts no more than any other. */
export function smoothed(values: Float32Array): Float32Array {
  const keep = 1 - 1 / Math.max(1, values.length / 50)
  let [sum, weight] = [0, 0]
  return values.map((value) => {
    sum = keep * sum + (1 - keep) * value
    weight = keep * weight + (1 - keep)
    return sum / weight
  })
}

const inSteps = (values: Float32Array): Point[] => Array.from(values, (value, n) => [n + 1, value])

/** A tick's number, short enough to stand beside the axis. */
const tickText = (label: string) => (label.length > 6 ? Number(label).toExponential() : label)

/** A chart with its title, its axes and their names, and a legend. */
function chart(top: number, title: string, yName: string, steps: number, lines: readonly Line[]): string {
  const [left, right] = [INNER.left, WIDTH - INNER.right]
  const [above, below] = [top + INNER.top, top + HEIGHT - INNER.bottom]
  const x = numberAxis([1, Math.max(2, steps)], 0)
  const y = numberAxis(lines.flatMap(({ points }) => points.map(([, value]) => value)))
  const across = (step: number) => round(left + (right - left) * x.at(step))
  const up = (value: number) => round(below - (below - above) * y.at(value))
  const parts = [`<text class="title" x="${left}" y="${above - 16}">${title}</text>`]
  for (const { at, label } of y.ticks) {
    const level = round(below - (below - above) * at)
    parts.push(
      `<path class="grid" d="M${left} ${level}H${right}"/>`,
      `<text x="${left - 8}" y="${level + 4}" text-anchor="end">${tickText(label)}</text>`,
    )
  }
  for (const { at, label } of x.ticks)
    if (/^\d+$/.test(label))
      parts.push(
        `<text x="${round(left + (right - left) * at)}" y="${below + 18}" text-anchor="middle">${label}</text>`,
      )
  parts.push(
    `<text x="${(left + right) / 2}" y="${below + 38}" text-anchor="middle">step</text>`,
    `<text transform="translate(20 ${(above + below) / 2}) rotate(-90)" text-anchor="middle">${yName}</text>`,
  )
  let key = right
  for (const { kind, name, points } of lines) {
    const marks = points.map(([step, value]) => [across(step), up(value)] as const)
    if (kind === 'dots')
      for (const [n, [cx, cy]] of marks.entries())
        parts.push(
          `<circle cx="${cx}" cy="${cy}" r="5"><title>${name} ${n + 1}: ${shortNumber(points[n]![1])}</title></circle>`,
        )
    else if (marks.length > 1)
      parts.push(`<path class="${kind}" d="M${marks.map(([px, py]) => `${px} ${py}`).join('L')}"/>`)
    key -= 8 * name.length + 40
    parts.push(
      kind === 'dots'
        ? `<circle cx="${key + 14}" cy="${above - 20}" r="5"/>`
        : `<path class="key ${kind}" d="M${key + 4} ${above - 20}h20"/>`,
      `<text x="${key + 30}" y="${above - 16}">${name}</text>`,
    )
  }
  return parts.join('\n')
}

/** The last step of each epoch, which all have as many steps but for a training that ended within one. */
const endOf = (epoch: number, epochs: number, steps: number) => Math.round((epoch * steps) / Math.max(1, epochs))

/** An SVG document with charts of a training's loss, validation and learning rate over its steps. */
export function historyCharts(epochs: readonly Epoch[], losses: Float32Array, learningRates: Float32Array): string {
  const steps = losses.length
  const at = ({ epoch }: Epoch) => endOf(epoch, epochs.length, steps)
  const scores = epochs.flatMap((epoch): Point[] => (epoch.score === undefined ? [] : [[at(epoch), epoch.score]]))
  const charts: [string, string, Line[]][] = [
    [
      'Loss',
      'loss',
      [
        { kind: 'raw', name: 'step', points: thinned(inSteps(losses)) },
        { kind: 'line', name: 'running mean', points: thinned(inSteps(smoothed(losses))) },
        { kind: 'dots', name: 'epoch', points: epochs.map((epoch) => [at(epoch), epoch.loss]) },
      ],
    ],
  ]
  if (scores.length > 0)
    charts.push([
      'Validation',
      'score',
      [
        { kind: 'line', name: 'score', points: scores },
        { kind: 'dots', name: 'epoch', points: scores },
      ],
    ])
  charts.push([
    'Learning rate',
    'learning rate',
    [{ kind: 'line', name: 'learning rate', points: thinned(inSteps(learningRates)) }],
  ])
  const height = charts.length * HEIGHT
  return `<svg class="history" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Loss, validation and learning rate of a training">
<style>${STYLE}</style>
<rect class="history-ground" width="${WIDTH}" height="${height}"/>
${charts.map(([title, yName, lines], n) => chart(n * HEIGHT, title, yName, steps, lines)).join('\n')}
</svg>`
}
