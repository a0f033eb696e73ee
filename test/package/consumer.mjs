import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { AlternatingLeastSquares, backendInfo, Interactions, KindredError } from 'kindred'

assert.ok(backendInfo().threads.count >= 1)
const log = Interactions.from([
  { user: 'ann', item: 1 },
  { user: 'ann', item: 2 },
  { user: 'bob', item: 2 },
  { user: 'bob', item: 3 },
])
const model = await new AlternatingLeastSquares({ factors: 4, regularization: 0.1 }).fit(log)
assert.deepEqual(
  (await model.recommend('ann')).map(({ item }) => item),
  [3],
)
assert.equal(createRequire(import.meta.url)('kindred').KindredError, KindredError, 'import and require share classes')
