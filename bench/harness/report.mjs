const number = (value) => {
  if (!Number.isFinite(value)) return '-'
  if (value >= 100) return value.toFixed(0)
  return value >= 1 ? value.toFixed(value >= 10 ? 1 : 2) : value.toPrecision(2)
}

const percent = (share) => `${(100 * share).toFixed(0)}%`

/** A Markdown table. */
export function markdownTable(columns, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(columns), `|${'---|'.repeat(columns.length)}`, ...rows.map(line)].join('\n')
}

/** { threads: 2, threshold: 1600 } as '2 threads, threshold 1600'. */
export function configurationText({ threads, ...rest }) {
  const parts = Object.entries(rest).map(([key, value]) => `${key} ${value}`)
  return [threads === 1 ? '1 thread' : `${threads} threads`, ...parts].join(', ')
}

/** What was reached of the roof that is nearer. */
function limitText(limit) {
  if (limit === undefined) return '-'
  const { gops, gigabytesPerSecond, computeShare, readShare } = limit
  if (computeShare === undefined && readShare === undefined)
    return `${number(gops)} G/s, ${number(gigabytesPerSecond)} GB/s`
  return (computeShare ?? 0) >= (readShare ?? 0)
    ? `${number(gops)} G/s, ${percent(computeShare)} of arithmetic`
    : `${number(gigabytesPerSecond)} GB/s, ${percent(readShare)} of memory`
}

/** How well a contestant did: { recall: 0.98765 } as 'recall 0.988'; nothing where all answers are the same. */
const qualities = ({ recall, loss, auc, precision }) =>
  [
    recall !== undefined && `recall ${recall.toFixed(3)}`,
    precision !== undefined && `precision ${precision.toFixed(3)}`,
    loss !== undefined && `loss ${loss.toPrecision(4)}`,
    auc !== undefined && `AUC ${auc.toFixed(3)}`,
  ].filter(Boolean)

const withQualities = (rival) =>
  qualities(rival).length > 0 ? `${rival.name} (${qualities(rival).join(', ')})` : rival.name

/** The rate of calls that get through `amount` each: { count: 5e6, unit: 'samples' } in 1000 ms as '5.00 M samples/s'. */
const rates = (amount, ms) =>
  amount && Number.isFinite(ms) ? [`${number((1e-3 * amount.count) / ms)} M ${amount.unit}/s`] : []

/** The rows of compete as a Markdown table. */
export function contestTable(rows) {
  const columns = ['', 'kindred, ms', 'reaches', 'rival', 'rival, ms', 'ratio: median (low to high)', 'rounds']
  return markdownTable(
    columns,
    rows.map(({ contest, mode, ours, limit, rival, amount, ratio, rounds, wanted, discarded }) => [
      `${contest}, ${mode}`,
      `${number(ours.ms)} (${[configurationText(ours.configuration), ...qualities(ours), ...rates(amount, ours.ms)].join(', ')})`,
      limitText(limit),
      rival ? withQualities(rival) : 'none',
      rival
        ? `${number(rival.ms)} (${[configurationText(rival.configuration), ...rates(amount, rival.ms)].join(', ')})`
        : '-',
      ratio ? `**${ratio.median.toFixed(2)}** (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})` : '-',
      discarded ? `${rounds} of ${wanted} (${discarded} discarded)` : `${rounds} of ${wanted}`,
    ]),
  )
}

/** The roofs, in words. */
export function roofsText(roofs) {
  const all = Object.entries(roofs).filter(([, rate]) => rate > 0)
  if (all.length === 0) return ''
  const words = all.map(([key, rate]) => {
    const [kind, threads] = key.split(' ')
    const unit = kind === 'read' ? 'GB/s' : 'G/s'
    return `${kind} ${number(rate)} ${unit} on ${configurationText({ threads: Number(threads) })}`
  })
  return `Roofs of this machine, measured in the same run: ${words.join('; ')}.`
}

/** One table of a benchmark: { text?, contests } as compete gives them, or { text?, columns, rows }. */
export const tableText = ({ text, contests, columns, rows }) =>
  [text, contests ? contestTable(contests) : markdownTable(columns, rows)].filter(Boolean).join('\n\n')
