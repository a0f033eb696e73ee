import { AlternatingLeastSquares, Interactions } from 'kindred'

/** A log with `perUser` distinct items for each user, the same on every run. */
export function makeLog({ users = 2000, items = 500, perUser = 10 } = {}) {
  function* rows() {
    for (let user = 0; user < users; user++)
      for (let n = 0; n < perUser; n++) yield { user, item: (user * 31 + n * n * 7 + n) % items, time: n }
  }
  return Interactions.from(rows())
}

/** Each half-sweep over the users of `makeLog()` takes many seconds. */
export const slowAls = () => new AlternatingLeastSquares({ factors: 1024, solver: 'cholesky', iterations: 1000 })

/** Fits in a few milliseconds. */
export const quickAls = () => new AlternatingLeastSquares({ factors: 8, iterations: 5, seed: 3 })
