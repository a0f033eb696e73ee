// Trains a classifier with a checkpoint after every step and prints what it ended as: `node fit-with-checkpoint.mjs DIR`.
// After an error it prints its code and whether the model is as it was.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { TextClassifier } from 'kindred'

const [dir, data] = process.argv.slice(2)
const { folder, texts, labels, options } = JSON.parse(readFileSync(data, 'utf8'))
const model = await TextClassifier.load(folder, { labels: ['bad', 'good'], seed: 1 })
const state = async () => {
  const hash = createHash('sha256')
  for (const { scores } of await model.predict(texts)) hash.update(scores)
  return hash.digest('hex')
}
const before = await state()
console.log('ready')
try {
  await model.fit(texts, labels, { ...options, checkpoint: dir })
  const { losses } = model.history
  console.log(
    JSON.stringify({ state: await state(), losses: [...losses], scores: model.history.map(({ score }) => score) }),
  )
} catch (error) {
  console.log(JSON.stringify({ code: error.code, message: error.message, isAsBefore: (await state()) === before }))
}
