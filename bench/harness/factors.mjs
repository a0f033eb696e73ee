import native from '../../dist/native/addon.js'
import { generator } from './random.mjs'

/** The two accounts of one loss: kindred's, and numpy's in part in single precision. */
const ACCOUNTS = 1e-3

/**
 * A validation of the factors { X, Y, loss? } that ALS finds from one start in as many iterations: one judge, kindred's
 * alsLoss, tells the loss of all; it agrees with the rival's own account where there is one; and kindred's is at most
 * `slack` above a rival's, for what is fast at a worse loss is not faster.
 * @returns validate(contestant, answer) for compete, whose note is { loss }
 */
export function lossValidator({ byUser, settings, slack }) {
  let worst = 0
  return async ({ name }, { X, Y, loss: own }) => {
    const loss = await native.addon().alsLoss(byUser, X, Y, settings)
    if (!Number.isFinite(loss)) throw new Error(`${name}: the loss is ${loss}.`)
    if (own === undefined) worst = Math.max(worst, loss)
    else {
      if (!(Math.abs(own / loss - 1) <= ACCOUNTS))
        throw new Error(`${name}: the loss is ${loss} by kindred's account but ${own} by its own.`)
      if (!(worst <= (1 + slack) * loss))
        throw new Error(`kindred's loss, ${worst}, is more than ${100 * slack}% above ${name}'s, ${loss}.`)
    }
    return { loss }
  }
}

/** The share of `count` draws (user, item of theirs, item that is not) that the scores put in order. */
export function auc({ indptr, indices, rows, cols }, { X, Y }, count = 50_000) {
  const next = generator(1)
  const score = (user, item) => {
    const [x, y] = [X.row(user), Y.row(item)]
    return x.reduce((sum, value, f) => sum + value * y[f], 0)
  }
  let [drawn, right] = [0, 0]
  while (drawn < count) {
    const user = Math.floor(next() * rows)
    const [begin, end] = [indptr[user], indptr[user + 1]]
    const had = indices[begin + Math.floor(next() * (end - begin))]
    const other = Math.floor(next() * cols)
    if (begin === end || indices.subarray(begin, end).includes(other)) continue
    drawn++
    if (score(user, had) > score(user, other)) right++
  }
  return right / count
}

/** How far kindred's AUC may lie below a rival's after as many epochs, both on the log that was learned. */
const AUC_SLACK = 0.01

/** A validation of BPR's factors { X, Y, theirs? } by their AUC on the log, which is the note. */
export function aucValidator(byUser) {
  let worst = 1
  return ({ name }, { theirs, ...factors }) => {
    const found = auc(byUser, factors)
    if (!(found > 0.5)) throw new Error(`${name}: an AUC of ${found} is that of chance.`)
    if (!theirs) worst = Math.min(worst, found)
    else if (!(worst >= found - AUC_SLACK))
      throw new Error(`kindred's AUC, ${worst}, is more than ${AUC_SLACK} below ${name}'s, ${found}.`)
    return { auc: found }
  }
}
