import type { ClickFigures } from './figures.js'

const SIZE = 480
const INNER = { left: 64, right: 20, top: 44, bottom: 56 }
const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1]

const STYLE = `:root { --ink: #1f2328; --faint: #d0d7de; --line: #0b5ed7; --ground: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --faint: #30363d; --line: #6ea8fe; --ground: #0d1117 } }
.ground { fill: var(--ground) } text { font: 13px system-ui, sans-serif; fill: var(--ink) } .title { font-weight: 600 }
.grid { stroke: var(--faint) } .right { stroke: var(--ink); stroke-dasharray: 4 4 } circle { fill: var(--line) }
.line { fill: none; stroke: var(--line); stroke-width: 2 }`

const round = (value: number) => Number(value.toFixed(1))

/** The share of clicks in each bin over its mean prediction, as an SVG document that needs nothing else. */
export function reliabilityPlot({ calibration, rows }: ClickFigures): string {
  const [left, right] = [INNER.left, SIZE - INNER.right]
  const [above, below] = [INNER.top, SIZE - INNER.bottom]
  const x = (value: number) => round(left + (right - left) * value)
  const y = (value: number) => round(below - (below - above) * value)
  const grid = TICKS.flatMap((tick) => [
    `<line class="grid" x1="${x(tick)}" y1="${above}" x2="${x(tick)}" y2="${below}"/>`,
    `<line class="grid" x1="${left}" y1="${y(tick)}" x2="${right}" y2="${y(tick)}"/>`,
    `<text x="${x(tick)}" y="${below + 18}" text-anchor="middle">${tick}</text>`,
    `<text x="${left - 8}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
  ])
  const { bins } = calibration
  const points = bins.map(({ predicted, observed }) => `${x(predicted)},${y(observed)}`).join(' ')
  // The area of a dot is that of its share of rows.
  const dots = bins.map(
    ({ predicted, observed, rows: own }) =>
      `<circle cx="${x(predicted)}" cy="${y(observed)}" r="${round(2 + 14 * Math.sqrt(own / Math.max(1, rows)))}"><title>${own} rows: predicted ${predicted.toFixed(4)}, observed ${observed.toFixed(4)}</title></circle>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE} ${SIZE}" width="${SIZE}" height="${SIZE}" role="img" aria-label="Reliability of predictions"><style>${STYLE}</style><rect class="ground" width="${SIZE}" height="${SIZE}"/>
<text class="title" x="${left}" y="${above - 16}">Calibration error ${calibration.error.toFixed(4)}, ${rows} rows</text>
${grid.join('\n')}
<line class="right" x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}"/>
<polyline class="line" points="${points}"/>
${dots.join('\n')}
<text x="${(left + right) / 2}" y="${SIZE - 14}" text-anchor="middle">predicted probability</text>
<text transform="translate(18 ${(above + below) / 2}) rotate(-90)" text-anchor="middle">share of clicks</text></svg>`
}
