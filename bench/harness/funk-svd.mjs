import { generator } from './random.mjs'

/**
 * Funk's SVD as Surprise's SVD has it, ratings one after another in the order of the log: factors from a normal distribution
 * of mean 0 and deviation 0.1, biases from 0. Predictions for the rows of `test` [pairs], clipped to 1 to 5.
 */
export function funkSvd(train, test, { factors, learningRate, regularization, iterations }, seed) {
  const random = generator(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const side = (rows) => ({
    bias: new Float64Array(rows),
    factors: Float64Array.from({ length: rows * factors }, () => 0.1 * normal()),
  })
  const [users, items] = [side(train.users.size), side(train.items.size)]
  const mean = train.weights.reduce((sum, weight) => sum + weight, 0) / train.size
  const predict = (u, i) => {
    let sum = mean + users.bias[u] + items.bias[i]
    for (let f = 0; f < factors; f++) sum += users.factors[u * factors + f] * items.factors[i * factors + f]
    return sum
  }
  for (let epoch = 0; epoch < iterations; epoch++)
    for (let n = 0; n < train.size; n++) {
      const [u, i] = [train.userRows[n], train.itemRows[n]]
      const error = train.weights[n] - predict(u, i)
      users.bias[u] += learningRate * (error - regularization * users.bias[u])
      items.bias[i] += learningRate * (error - regularization * items.bias[i])
      for (let f = 0; f < factors; f++) {
        const [a, b] = [users.factors[u * factors + f], items.factors[i * factors + f]]
        users.factors[u * factors + f] += learningRate * (error * b - regularization * a)
        items.factors[i * factors + f] += learningRate * (error * a - regularization * b)
      }
    }
  return Float64Array.from(test, ({ user, item }) => {
    const [u, i] = [train.users.indexOf(user), train.items.indexOf(item)]
    const known = mean + (users.bias[u] ?? 0) + (items.bias[i] ?? 0)
    return Math.min(5, Math.max(1, u >= 0 && i >= 0 ? predict(u, i) : known))
  })
}
