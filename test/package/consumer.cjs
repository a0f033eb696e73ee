const assert = require('node:assert/strict')
const { Interactions, KindredError, Popularity } = require('kindred')

async function main() {
  const model = await new Popularity().fit(
    Interactions.from([
      { user: 1, item: 'a' },
      { user: 2, item: 'b' },
    ]),
  )
  assert.deepEqual(await model.recommend(1, { k: 5 }), [{ item: 'b', score: 1 }])
  await assert.rejects(model.recommend(3), (error) => error instanceof KindredError && error.code === 'ERR_UNKNOWN_ID')
}
main()
