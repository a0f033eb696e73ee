import { TextEmbedder } from 'kindred'
import { makeLog, quickAls } from './logs.mjs'

const model = await quickAls().fit(makeLog())
const [{ item }] = await model.recommend(1, { k: 1 })
if (process.argv[2] !== 'none') {
  const encoder = await TextEmbedder.load('test/fixtures/tiny-encoder')
  await encoder.embed(['a story of love'])
  if (process.argv[2] === 'dispose') encoder.dispose()
}
console.log('done', item)
