import { IdMap } from '../data/id-map.js'
import { Matrix } from '../data/matrix.js'
import { LoopYielder } from '../data/yield-to-event-loop.js'
import { BaseRecommender } from '../models/base/base-recommender.js'
import { seenBy } from '../models/base/list-filters.js'
import type { RankingModel } from '../models/base/recommender.js'
import type { Csr } from '../native/addon.js'
import { checkIterable } from '../native/argument-checks.js'
import { KindredError, show, throwIfAborted } from '../native/errors.js'

const USERS_AT_ONCE = 16

/** Whether the model scores blocks of users by dense rows: a built-in one, unless a subclass has its own scores. */
function scoresByRows(model: RankingModel): model is BaseRecommender {
  const { score, seenItems } = BaseRecommender.prototype
  return model instanceof BaseRecommender && model.score === score && model.seenItems === seenItems
}

/** The model as it is now, where that can be had: an evaluation must not mix two of its states. */
export function snapshotOf(model: RankingModel): RankingModel {
  return scoresByRows(model) ? model.snapshot() : model
}

/** A model by dense rows, as evaluation takes it. */
export interface RowScorer {
  /** Scores of every item [userRows.length, items], in the order of lists. */
  scores(userRows: Int32Array, signal: AbortSignal | undefined): Promise<Matrix>
  /** The pattern of what each user had in training [userRows.length, items]. */
  seen(userRows: Int32Array): Csr
  /** The same of all users of the model [users, items]. */
  seenByAll(signal: AbortSignal | undefined): Promise<Csr>
}

/**
 * Built-in models score blocks of users; any other, and one that overrides `score` or `seenItems`, is asked for one user
 * after the other.
 */
export function rowScorer(model: RankingModel): RowScorer {
  if (scoresByRows(model))
    return {
      scores: (userRows, signal) => model.listScores(userRows, signal),
      seen: (userRows) => seenBy(model.seen, userRows, model.items.size),
      seenByAll: async (signal) => ({ ...(await model.seenByAll(signal)), values: null }),
    }
  return {
    async scores(userRows, signal) {
      const scores = new Matrix(userRows.length, model.items.size)
      for (let i = 0; i < userRows.length; i++) {
        throwIfAborted(signal)
        scores.row(i).set(await scoresOf(model, userRows[i]!, signal))
      }
      return scores
    },
    seen: (userRows) => seenItemsOf(model, userRows),
    async seenByAll(signal) {
      const parts: Csr[] = []
      await new LoopYielder(signal).over(model.users.size, USERS_AT_ONCE, (begin, end) => {
        parts.push(
          seenItemsOf(
            model,
            Int32Array.from({ length: end - begin }, (_, i) => begin + i),
          ),
        )
      })
      return belowOneAnother(parts, model.items.size)
    },
  }
}

async function scoresOf(
  model: RankingModel,
  userRow: number,
  signal: AbortSignal | undefined,
): Promise<ArrayLike<number>> {
  const user = model.users.idAt(userRow)
  const scores = await model.score(user, model.items, { signal })
  const expected = `score: expected a number for each of ${model.items.size} items of user ${show(user)}`
  if (scores?.length !== model.items.size)
    throw new KindredError('ERR_SHAPE', `${expected} but received ${scores?.length ?? show(scores)}.`)
  const wrong = Array.prototype.findIndex.call(scores, (score) => typeof score !== 'number' || Number.isNaN(score))
  if (wrong >= 0)
    throw new KindredError(
      'ERR_VALUE',
      `${expected} but received ${show(scores[wrong])} for item ${show(model.items.idAt(wrong))}.`,
    )
  return scores
}

/** The rows of all patterns, each with `cols` columns. */
function belowOneAnother(parts: readonly Csr[], cols: number): Csr {
  const indptr = [0]
  for (const part of parts) {
    const base = indptr.at(-1)!
    for (let row = 1; row <= part.rows; row++) indptr.push(base + part.indptr[row]!)
  }
  const indices = new Int32Array(indptr.at(-1)!)
  let at = 0
  for (const part of parts) {
    indices.set(part.indices, at)
    at += part.indices.length
  }
  return { rows: indptr.length - 1, cols, indptr: Int32Array.from(indptr), indices, values: null }
}

/** Ids that are no items of the model are left out: they cannot be ranked anyway. */
function seenItemsOf(model: RankingModel, userRows: Int32Array): Csr {
  const rows = Array.from(userRows, (userRow) => {
    const seen = new Set(
      Array.from(checkIterable('seenItems', model.seenItems(model.users.idAt(userRow)), 'a list of item ids'), (id) =>
        model.items.indexOf(id),
      ),
    )
    seen.delete(-1)
    return Int32Array.from(seen).sort()
  })
  const indptr = new Int32Array(rows.length + 1)
  for (let i = 0; i < rows.length; i++) indptr[i + 1] = indptr[i]! + rows[i]!.length
  const indices = new Int32Array(indptr[rows.length]!)
  for (let i = 0; i < rows.length; i++) indices.set(rows[i]!, indptr[i])
  return { rows: rows.length, cols: model.items.size, indptr, indices, values: null }
}

/** @throws ERR_VALUE unless `model` has what evaluation needs, ERR_NOT_FITTED */
export function checkRankingModel(model: unknown, where = 'evaluate'): asserts model is RankingModel {
  const { score, seenItems } = (model ?? {}) as Partial<RankingModel>
  const isModel = typeof score === 'function' && typeof seenItems === 'function'
  if (
    !isModel ||
    !((model as RankingModel).users instanceof IdMap) ||
    !((model as RankingModel).items instanceof IdMap)
  )
    throw new KindredError(
      'ERR_VALUE',
      `${where}: expected a model (users and items as IdMap, score(), seenItems()) but received ${show(model)}.`,
    )
}
