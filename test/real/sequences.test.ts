import { join } from 'node:path'
import { evaluate, Interactions, Popularity, SASRec } from 'kindred'
import { describe, expect, it } from 'vitest'
import { lines, real, trainings } from '../support/real.js'

/** Lines of "user item" in the order of time: of each user the last item to test on, the one before to validate. */
function leaveLastOut(path: string) {
  const users = new Map<number, number[]>()
  for (const line of lines(join(real!, 'data', path))) {
    const [user, item] = line.split(/\s+/).map(Number) as [number, number]
    users.set(user, [...(users.get(user) ?? []), item])
  }
  const parts = { train: [], validation: [], test: [] } as Record<'train' | 'validation' | 'test', object[]>
  for (const [user, items] of users)
    for (const [time, item] of items.entries()) {
      const left = items.length < 3 ? 3 : items.length - time
      parts[left === 1 ? 'test' : left === 2 ? 'validation' : 'train'].push({ user, item, time })
    }
  return {
    train: Interactions.from(parts.train as never),
    validation: Interactions.from(parts.validation as never),
    test: Interactions.from(parts.test as never),
  }
}

async function figures(model: SASRec | Popularity, { validation, test }: ReturnType<typeof leaveLastOut>) {
  await model.update(validation)
  const found = await evaluate(model, test, { k: 10, resamples: 1 })
  return { hits: found['recall@10']!.value, ndcg: found['ndcg@10']!.value }
}

describe.skipIf(!trainings)('SASRec, the last item of each user ranked among all', { timeout: 3_600_000 }, () => {
  it('reaches published figures on MovieLens-1M', async () => {
    const parts = leaveLastOut('ml-1m-sasrec/ml-1m.txt')
    const model = await new SASRec({ seed: 1 }).fit(parts.train, { validation: parts.validation })
    const { hits, ndcg } = await figures(model, parts)
    expect(hits).toBeGreaterThan(0.3)
    expect(ndcg).toBeGreaterThan(0.172)
  })

  it('beats popularity by far on a sparse log of video games', async () => {
    const parts = leaveLastOut('video-sasrec/Video.txt')
    const popular = await figures(await new Popularity().fit(parts.train), parts)
    const model = await new SASRec({
      dims: 64,
      maxLength: 50,
      epochs: 5,
      loss: 'sampled-softmax',
      negatives: 1024,
    }).fit(parts.train, { validation: parts.validation })
    const own = await figures(model, parts)
    expect(own.hits).toBeGreaterThan(3 * popular.hits)
    expect(own.ndcg).toBeGreaterThan(3 * popular.ndcg)
  })
})
