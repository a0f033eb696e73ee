// The pipeline of the README.
import { AlternatingLeastSquares, evaluate, Interactions, loadModel, type Recommendation, TextEmbedder } from 'kindred'

export async function typed(): Promise<Recommendation[]> {
  const log = await Interactions.read('log.parquet', { user: 'user_id', item: 'item_id', time: 'position' })
  const { train, test } = log.split({ by: 'leave-last-out' })
  const model = await new AlternatingLeastSquares({ factors: 64 }).fit(train)
  console.table(await evaluate(model, test, { k: [10, 20] }))
  const encoder = await TextEmbedder.load('encoder')
  const { vectors } = await encoder.embed(['text'], { pooling: 'mean' })
  await (await loadModel('model')).similarItems(vectors.rows)
  return model.recommend(1, { k: 10 })
}
