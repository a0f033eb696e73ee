import { expect, test } from '@jest/globals'
import { EASE, type Id, Interactions } from 'kindred'

test('TypeScript imports values and types', async () => {
  const rows = [1, 2, 3].flatMap((item) => ['ann', 'bob'].map((user) => ({ user, item: item + user.length })))
  const model = await new EASE().fit(Interactions.from([...rows, { user: 'eve', item: 4 }]))
  const items: Id[] = (await model.recommend('eve', { k: 2 })).map(({ item }) => item)
  expect(new Set(items)).toEqual(new Set([5, 6]))
})
