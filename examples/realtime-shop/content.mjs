// Good or bad content: several classifiers of the bundled encoder's vectors, each taught by other examples, and their mean.
import { LogisticL1, loadEmbedder, Matrix } from 'kindred'
import { randomOf } from '../shop-features/random.mjs'

const MEMBERS = 9
/** Examples that one member sees: few, so that they differ. */
const EXAMPLES = 120

const rowsOf = (matrix, rows) => {
  const out = new Matrix(rows.length, matrix.cols)
  for (const [n, row] of rows.entries()) out.row(n).set(matrix.row(row))
  return out
}

/** The mean over texts of -log of the probability that was given to what is true. */
export function logLoss(probabilities, labels) {
  const limited = (p) => Math.min(1 - 1e-6, Math.max(1e-6, p))
  return (
    labels.reduce((sum, label, n) => sum - Math.log(limited(label ? probabilities[n] : 1 - probabilities[n])), 0) /
    labels.length
  )
}

export const accuracy = (probabilities, labels) =>
  labels.filter((label, n) => probabilities[n] >= 0.5 === Boolean(label)).length / labels.length

/**
 * Learns from half of the products and judges on the other half.
 * @returns vectors of all products, the ensemble's probability of being good for each, and the figures of what was held out
 */
export async function judgeContent(products, seed) {
  const random = randomOf(seed)
  const embedder = await loadEmbedder()
  const { vectors } = await embedder.embed(products.map(({ text }) => text))
  const labels = products.map(({ isGood }) => Number(isGood))
  const isHeldOut = products.map(() => random.next() < 0.5)
  const [train, test] = [false, true].map((side) => products.flatMap((_, n) => (isHeldOut[n] === side ? [n] : [])))
  const all = []
  for (let member = 0; member < MEMBERS; member++) {
    const rows = Array.from({ length: EXAMPLES }, () => random.pick(train))
    const model = await new LogisticL1({ alpha: 0.002 }).fit(
      rowsOf(vectors, rows),
      rows.map((row) => labels[row]),
    )
    all.push(await model.predict(vectors))
  }
  const mean = Float32Array.from(labels, (_, n) => all.reduce((sum, one) => sum + one[n], 0) / MEMBERS)
  const truth = test.map((row) => labels[row])
  const figures = (probabilities) => {
    const held = test.map((row) => probabilities[row])
    return { loss: logLoss(held, truth), accuracy: accuracy(held, truth) }
  }
  const members = all.map(figures).sort((a, b) => a.loss - b.loss)
  return {
    embedder,
    vectors,
    good: mean,
    ensemble: figures(mean),
    members,
    median: members[MEMBERS >> 1],
    tested: test.length,
  }
}
