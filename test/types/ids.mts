// Ids are lists of ids, never a string.
import { type Id, IdMap, type Interactions, type Recommendation, type Recommender } from 'kindred'

declare const model: Recommender
declare const log: Interactions

export const lists: Promise<Recommendation[]>[] = [
  model.recommend(1),
  model.recommend('ann', { k: 10, exclude: 'none' }),
  model.recommend('ann', { exclude: ['a', 2], candidates: new Set<Id>(['b']) }),
  model.recommend('ann', { exclude: log.items, candidates: new Map<Id, string>().keys() }),
  model.recommendFor([{ item: 318 }, { item: 'x', weight: 2 }], { unknown: 'ignore' }),
  model.similarItems('a', { candidates: log.items }),
]
export const many: Promise<Recommendation[][]> = model.recommendMany(log.users, { k: 3 })
export const users: Promise<{ user: Id; score: number }[]> = model.recommendUsers('a', { exclude: ['ann'] })
export const scores: Promise<Float32Array> = model.score('ann', ['a', 2], { unknown: 'nan' })
export const seen: Id[] = model.seenItems('ann')

// @ts-expect-error: a misspelt word is no list of ids
model.recommend('ann', { exclude: 'sene' })
// @ts-expect-error: neither is it of users
model.recommendUsers('a', { exclude: 'sene' })
// @ts-expect-error: a string is iterable, but no list of ids
model.recommendMany('abc')
// @ts-expect-error: nor a list of candidates
model.recommend('ann', { candidates: 'abc' })
// @ts-expect-error: nor a list of items to score
model.score('ann', 'abc')
// @ts-expect-error: there is no such option
model.recommend(1, { top: 10 })
// @ts-expect-error: ids are strings and numbers
model.recommend({ id: 1 })

// @ts-expect-error: a fitted map cannot be changed
IdMap.from(['a']).add('b')
// @ts-expect-error: kernels are not public
log.byUser()
// @ts-expect-error: dense scores are not public
model.scoreRows(new Int32Array(1))
