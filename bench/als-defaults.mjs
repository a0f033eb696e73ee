// How ALS chooses alpha and regularization from a log, beside multiples of both: NDCG@20 of each user's last interaction
// but one, among all items; the last one is never read. Argument: the number of factors, 64 by default. The data:
// ml-1m-sasrec/ and video-sasrec/ under $KINDRED_REAL/data, and a simulated log.
import { AlternatingLeastSquares, evaluate, Popularity } from '../dist/index.mjs'
import { alsLogs, logOf, shapeText } from './harness/als-logs.mjs'

export const summary = 'how ALS chooses alpha and regularization, on validation splits of logs of different density'

const MULTIPLES = [1 / 4, 1, 4]

const ndcgOf = async (model, test) => (await evaluate(model, test, { k: 20, resamples: 10 }))['ndcg@20'].value

export async function run({ small, log: tell, notices, arguments: [factors = small ? 16 : 64] }) {
  const { logs, missing } = alsLogs(small)
  notices.push(...missing)
  const [tables, data] = [[], []]
  for (const [name, rows] of logs) {
    const log = logOf(rows)
    const { train, test } = log.split({ by: 'leave-last-out' }).train.split({ by: 'leave-last-out' })
    const fitted = (options) =>
      new AlternatingLeastSquares({ factors: Number(factors), seed: 1, ...options }).fit(train)
    const standard = await fitted({ iterations: 1 })
    const { alpha, regularization } = standard.parameters
    const popularity = await ndcgOf(await new Popularity().fit(train), test)
    const table = []
    for (const ofPenalty of MULTIPLES) {
      const row = [`regularization x ${ofPenalty}`]
      for (const ofAlpha of MULTIPLES) {
        // The penalty that goes with this alpha, as the model chooses it, times the multiple.
        const { parameters } = await fitted({ iterations: 1, alpha: alpha * ofAlpha })
        const options = { alpha: alpha * ofAlpha, regularization: parameters.regularization * ofPenalty }
        tell(`${name}, alpha ${options.alpha}, regularization ${options.regularization}`)
        const ndcg = await ndcgOf(await fitted(options), test)
        data.push({ name, factors: Number(factors), ...options, ndcg, popularity })
        row.push(ndcg.toFixed(4))
      }
      table.push(row)
    }
    tables.push({
      text: `${name}: ${shapeText(train)}; ${factors} factors, seed 1. Chosen: alpha ${alpha.toPrecision(3)}, regularization ${regularization.toPrecision(3)}. Popularity: ${popularity.toFixed(4)}.`,
      columns: ['', ...MULTIPLES.map((multiple) => `alpha x ${multiple}`)],
      rows: table,
    })
  }
  return { data, tables }
}
