import { shortNumber } from '../../data/number-axis.js'

/** What the table needs of an epoch. */
interface Epoch {
  readonly epoch: number
  readonly loss: number
  readonly score: number | undefined
  readonly seconds: number
}

const STYLE = `:root { color-scheme: light dark; --page: #fff; --text: #1f2328; --rule: #d0d7de }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --text: #e6edf3; --rule: #30363d } }
body { margin: 2rem auto; max-width: 960px; padding: 0 1rem; font: 15px system-ui, sans-serif; background: var(--page); color: var(--text) }
svg { max-width: 100%; height: auto } h1 { font-size: 1.4rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums } caption { text-align: left; font-weight: 600; padding: 0.5rem 0 }
th, td { padding: 0.25rem 1.25rem 0.25rem 0; border-bottom: 1px solid var(--rule); text-align: right }`

/** A page with these charts and a table of the epochs. */
export function historyPage(epochs: readonly Epoch[], svg: string): string {
  const hasScores = epochs.some(({ score }) => score !== undefined)
  const best = Math.max(...epochs.map(({ score }) => score ?? Number.NEGATIVE_INFINITY))
  const heads = ['epoch', 'loss', ...(hasScores ? ['validation score'] : []), 'seconds']
  const scoreText = (score: number | undefined) => {
    if (score === undefined) return ''
    return score === best ? `<b>${shortNumber(score)}</b>` : shortNumber(score)
  }
  const rows = epochs.map(({ epoch, loss, score, seconds }) => {
    const cells = [epoch, shortNumber(loss), ...(hasScores ? [scoreText(score)] : []), seconds.toFixed(1)]
    return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
  })
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Training</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Training</h1>
${svg}
<table>
<caption>Epochs</caption>
<thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</body>
</html>
`
}
