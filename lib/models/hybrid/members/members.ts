import { IdMap } from '../../../data/id-map.js'
import { Matrix } from '../../../data/matrix.js'
import { LoopYielder } from '../../../data/yield-to-event-loop.js'
import { checkIterable } from '../../../native/argument-checks.js'
import { KindredError, show } from '../../../native/errors.js'
import { BaseRecommender } from '../../base/base-recommender.js'
import type { FittedLog } from '../../base/fitted-log.js'
import { translatedHistory } from '../../base/history-rows.js'

/** Whether it is a model of kindred, which can be fitted anew, copied and saved with others. @throws ERR_VALUE */
export function checkModel(where: string, model: unknown): BaseRecommender {
  if (model instanceof BaseRecommender) return model
  throw new KindredError(
    'ERR_VALUE',
    `${where}: expected a model of kindred, such as EASE, but received ${show(model)}.`,
  )
}

/** @throws ERR_VALUE unless it is a list of models, each once */
export function checkModels(where: string, models: unknown): BaseRecommender[] {
  const given = checkIterable(where, models as Iterable<unknown>, 'a list of models')
  const all = [...given].map((model, n) => checkModel(`${where}[${n}]`, model))
  for (const [n, model] of all.entries())
    if (all.indexOf(model) !== n)
      throw new KindredError('ERR_VALUE', `${where}: the model at ${n} is the one at ${all.indexOf(model)} again.`)
  return all
}

/** A model, and where its users and items are in a log. */
export interface Member {
  model: BaseRecommender
  /** [users of the log] their rows in the model, -1 where it does not know them; null: the same rows */
  users: Int32Array | null
  /** [items of the log] the same for items */
  items: Int32Array | null
}

/** Where the ids of a log are in a model's, or null where each is in its own place. */
async function placesIn(log: IdMap, model: IdMap, signal: AbortSignal | undefined): Promise<Int32Array | null> {
  if (log === model) return null
  const places = new Int32Array(log.size)
  let same = log.size === model.size
  await new LoopYielder(signal).over(log.size, 1 << 12, (begin, end) => {
    for (let row = begin; row < end; row++) {
      places[row] = model.indexOf(log.idAt(row))
      same &&= places[row] === row
    }
  })
  return same ? null : places
}

/** The model among those of a log. */
export async function memberOf(
  model: BaseRecommender,
  { users, items }: FittedLog,
  signal: AbortSignal | undefined,
): Promise<Member> {
  return {
    model,
    users: await placesIn(users, model.users, signal),
    items: await placesIn(items, model.items, signal),
  }
}

/** The log with all items of the models among its own: those of the log first. */
export async function withItemsOf(
  log: FittedLog,
  models: readonly BaseRecommender[],
  signal: AbortSignal | undefined,
): Promise<FittedLog> {
  if (models.every(({ items }) => items === log.items)) return log
  const items = new IdMap()
  const yielder = new LoopYielder(signal)
  for (const map of [log.items, ...models.map((model) => model.items)])
    await yielder.over(map.size, 1 << 12, (begin, end) => {
      for (let row = begin; row < end; row++) items.add(map.idAt(row))
    })
  return items.size === log.items.size ? log : { ...log, items }
}

/** The model's scores of all items of the log [userRows.length, items] as it gives them; 0 for what it does not know. */
export async function scoresOfMember(
  { model, users, items }: Member,
  userRows: Int32Array,
  itemCount: number,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  if (users === null) return placed(await model.scoreRows(userRows, signal), items, itemCount, signal)
  const rows = userRows.map((row) => users[row]!)
  const knownRows = rows.filter((row) => row >= 0)
  if (knownRows.length === 0) return new Matrix(rows.length, itemCount)
  const known = await model.scoreRows(knownRows, signal)
  const all = new Matrix(rows.length, known.cols)
  let next = 0
  for (let q = 0; q < rows.length; q++) if (rows[q]! >= 0) all.row(q).set(known.row(next++))
  return placed(all, items, itemCount, signal)
}

/** The same for a history of item rows of the log [1, items]. */
export async function historyScoresOfMember(
  { model, items }: Member,
  history: ReadonlyMap<number, number>,
  itemCount: number,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  const own = items === null ? history : translatedHistory(history, items)
  return placed(await model.inner.scoreHistory(own, signal), items, itemCount, signal)
}

/** Scores of the model's items as those of the log's, 0 where it has none; in memory that is the caller's. */
async function placed(
  scores: Matrix,
  items: Int32Array | null,
  itemCount: number,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  if (items === null) return scores
  const out = new Matrix(scores.rows, itemCount)
  await new LoopYielder(signal).over(scores.rows, 16, (begin, end) => {
    for (let q = begin; q < end; q++) {
      const [from, to] = [scores.row(q), out.row(q)]
      for (let i = 0; i < itemCount; i++) if (items[i]! >= 0) to[i] = from[items[i]!]!
    }
  })
  return out
}
