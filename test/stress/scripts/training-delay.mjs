// Trains a language model of MiniLM's size but for its vocabulary, with checkpoints in DIR. Prints the longest stretch, in ms, for
// which that kept the main thread from its event loop: `node training-delay.mjs DIR`; the least of a few attempts, since the
// garbage collector may add its own.
import { join } from 'node:path'
import { MaskedLanguageModel } from 'kindred'
import { longestHold } from './longest-hold.mjs'

const words = ['the', 'dog', 'and', 'his', 'friend', 'of', 'love', 'war', 'king', 'queen', 'robot', 'city']
const texts = Array.from({ length: 96 }, (_, n) => words.map((_, i) => words[(n * (i + 1)) % words.length]).join(' '))
let least = Number.POSITIVE_INFINITY
for (let attempt = 0; attempt < 3; attempt++) {
  const model = await MaskedLanguageModel.create('test/fixtures/tiny-bert', {
    dims: 384,
    layers: 6,
    heads: 12,
    seed: 1,
  })
  const checkpoint = join(process.argv[2], String(attempt))
  const { ms } = await longestHold(() => model.fit(texts, { epochs: 2, averaging: 0.9, checkpoint }))
  model.dispose()
  least = Math.min(least, ms)
}
console.log(JSON.stringify({ fit: least }))
