import { ContentBased, evaluateFoldIn } from 'kindred'
import { randomOf } from './random.mjs'

const RESAMPLES = 2000

/** The mean of numbers and where 95 % of the means of resamples lie (the bootstrap of Efron 1979). */
export function interval(values, seed = 1) {
  const random = randomOf(seed)
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length
  const means = Array.from({ length: RESAMPLES }, () => mean(values.map(() => values[random.integer(values.length)])))
  means.sort((a, b) => a - b)
  return {
    value: mean(values),
    low: means[Math.floor(0.025 * RESAMPLES)],
    high: means[Math.ceil(0.975 * RESAMPLES) - 1],
  }
}

/**
 * Each representation on people whom nothing was learned from: what they liked so far is given, what they liked besides is to be
 * found. The score of a product is the cosine of its vector and the mean of those that somebody liked: Y' = Y A, A the cosines.
 */
export async function judge(representations, { train, history, hidden }) {
  const perUser = {}
  for (const [name, itemFeatures] of Object.entries(representations)) {
    const model = await new ContentBased().fit(train, { itemFeatures })
    const { perUser: figures } = await evaluateFoldIn(model, history, hidden, { k: [10], perUser: true })
    perUser[name] = [...figures.metrics['ndcg@10']]
  }
  return perUser
}

/** As if as much likeness said that a person's mean is right: few products that are a little alike prove nothing. */
const CAUTION = 1

/**
 * Stars that the likeness of products tells: a person's mean, and how they rated what is like it.
 * @param A [items, items]
 */
export function predictStars(known, mean, item, indexOf, A) {
  let [sum, weight] = [0, CAUTION]
  for (const { item: other, stars } of known) {
    const likeness = Math.max(0, A.row(indexOf(item))[indexOf(other)])
    sum += likeness * (stars - mean)
    weight += likeness
  }
  return Math.min(5, Math.max(1, mean + sum / weight))
}
