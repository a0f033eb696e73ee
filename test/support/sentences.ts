import { createRandom } from '#lib/data/random.js'

const nouns = ['man', 'woman', 'boy', 'girl', 'dog', 'king', 'queen', 'robot', 'doctor', 'friend']
const good = ['love', 'comedy', 'young', 'toy', 'family']
const bad = ['death', 'war', 'murder', 'police', 'secret']
const random = createRandom(5)
const pick = (words: readonly string[]) => words[random.integer(words.length)]!

/** Short texts of two classes, which their words tell. */
export const sentences = Array.from({ length: 60 }, (_, n) => {
  const words = n % 2 ? good : bad
  return ['the', pick(nouns), 'and', 'his', pick(words), 'of', pick(words)].join(' ')
})

/** The class of each. */
export const labels = sentences.map((_, n) => (n % 2 ? 'good' : 'bad'))
