// Evaluation judges the lists that `recommend` gives, those of users without evidence among them.
import { evaluate, evaluateSampled, type Id, Interactions } from 'kindred'
import { describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { ALGORITHMS, fitSmall } from '../support/models.js'

/** Item i has i + 2 users of 80, so that no popularity ties; 30 more users have a weight of 0 only, of item 0. */
function trainLog(): Interactions {
  const random = createRandom(4)
  const rows = []
  for (let item = 0; item < 30; item++) {
    const users = random.shuffle(Int32Array.from({ length: 80 }, (_, u) => u)).subarray(0, item + 2)
    for (const user of users) rows.push({ user: `u${user}`, item, weight: 0.5 + 4 * random.next() })
  }
  for (let n = 0; n < 30; n++) rows.push({ user: `z${n}`, item: 0, weight: 0 })
  return Interactions.from(rows)
}

function testLog(train: Interactions): Interactions {
  const random = createRandom(9)
  const seen = new Set([...train].map(({ user, item }) => `${user} ${item}`))
  const rows = [...train.users].flatMap((user) =>
    [0, 1, 2].map(() => ({ user, item: random.integer(30) })).filter(({ item }) => !seen.has(`${user} ${item}`)),
  )
  return Interactions.from(rows)
}

describe.each(ALGORITHMS.filter((name) => name !== 'ContentBased'))('%s', (name) => {
  const train = trainLog()
  const test = testLog(train)
  const held = new Map<Id, Id[]>()
  for (const { user, item } of test) held.set(user, [...(held.get(user) ?? []), item])
  const users = [...held.keys()]
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length

  it('has the figures of its lists', async () => {
    const model = await fitSmall(name, train)
    const figures = await evaluate(model, test, { k: [1, 5, 12] })
    for (const k of [1, 5, 12]) {
      const lists = await model.recommendMany(users, { k })
      const hits = lists.map((list, u) => list.map(({ item }) => held.get(users[u]!)!.includes(item)))
      const recall = hits.map((list, u) => list.filter(Boolean).length / held.get(users[u]!)!.length)
      const mrr = hits.map((list) => (list.includes(true) ? 1 / (list.indexOf(true) + 1) : 0))
      expect(figures[`recall@${k}`]!.value).toBeCloseTo(mean(recall), 10)
      expect(figures[`mrr@${k}`]!.value).toBeCloseTo(mean(mrr), 10)
      expect(figures[`coverage@${k}`]!.value).toBeCloseTo(
        new Set(lists.flat().map(({ item }) => item)).size / model.items.size,
        10,
      )
    }
  })

  it('ranks held-out items among given negatives as its lists do', async () => {
    const model = await fitSmall(name, train)
    const negatives = users.map((user): [Id, Id[]] => [
      user,
      Array.from({ length: 12 }, (_, i) => (i * 7 + Number(String(user).slice(1))) % 30).filter(
        (item) => !held.get(user)!.includes(item),
      ),
    ])
    const sampled = await evaluateSampled(model, test, { k: 3, negatives })
    const recalls = negatives.map(async ([user, others]) => {
      const candidates = [...new Set([...others, ...held.get(user)!])]
      const list = await model.recommend(user, { k: 3, candidates, exclude: 'none' })
      return list.filter(({ item }) => held.get(user)!.includes(item)).length / held.get(user)!.length
    })
    expect(sampled['sampled recall@3']!.value).toBeCloseTo(mean(await Promise.all(recalls)), 10)
  })
})

it('equal popularity is a tie: the expected value over all orders', async () => {
  const pairs = ['a', 'b', 'c', 'd'].map((item) => ({ user: `of ${item}`, item }))
  const log = Interactions.from([
    ...pairs,
    { user: 'zero', item: 'seen', weight: 0 },
    { user: 'x', item: 'top' },
    { user: 'y', item: 'top' },
  ])
  const model = await fitSmall('ItemKNN', log)
  const figures = await evaluate(model, Interactions.from([{ user: 'zero', item: 'c' }]), { k: [1, 2, 3, 5] })
  expect(figures['recall@1']!.value).toBe(0)
  for (const k of [2, 3, 5]) expect(figures[`recall@${k}`]!.value).toBeCloseTo((k - 1) / 4, 12)
  expect(figures.auc.value).toBeCloseTo(3 / 2 / 4, 12)
})
