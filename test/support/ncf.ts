import { join } from 'node:path'
import { evaluateSampled, type Id, Interactions, type Recommender } from 'kindred'
import { lines, real } from './real.js'

/** The leave-one-out split of MovieLens-1M of He et al. 2017, with 99 negatives for each user. */
export function ncf() {
  const folder = join(real!, 'data/ncf-ml-1m')
  const pair = (line: string) => {
    const [user, item] = line.split('\t').map(Number)
    return { user: user!, item: item! }
  }
  const negatives = lines(join(folder, 'ml-1m.test.negative')).map((line): [Id, Id[]] => {
    const [key, ...items] = line.split('\t')
    return [Number(key!.slice(1).split(',')[0]), items.map(Number)]
  })
  const read = (name: string) => Interactions.from(lines(join(folder, name)).map(pair))
  return { train: read('ml-1m.train.rating'), test: read('ml-1m.test.rating'), negatives }
}

/** HR@10 and NDCG@10 of a model that is fitted here; the time it took is printed. */
export async function reached(model: Recommender, { train, test, negatives }: ReturnType<typeof ncf>) {
  const started = performance.now()
  await model.fit(train)
  const seconds = (performance.now() - started) / 1000
  const figures = await evaluateSampled(model, test, { negatives, k: 10, resamples: 10 })
  const hitRate = figures['sampled hitRate@10']!.value
  const ndcg = figures['sampled ndcg@10']!.value
  console.log(model.constructor.name, hitRate, ndcg, `fit ${seconds.toFixed(2)} s`)
  return { hitRate, ndcg }
}
