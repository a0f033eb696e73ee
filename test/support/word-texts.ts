import { createRandom } from '#lib/data/random.js'

/** The share of words of another topic: GloVe, which sees only what meets, learns from them that topics differ. */
const STRAY = 0.25

/**
 * Sentences in which a word for each concept in each form stands among words of the concept and words of the form, so that
 * vectors must add up: `c3f1` is to `c3f2` as `c5f1` is to `c5f2`.
 */
export function conceptText({ concepts = 12, forms = 3, sentences = 6000, seed = 1 } = {}): string[][] {
  const random = createRandom(seed)
  return Array.from({ length: sentences }, () => {
    const concept = random.integer(concepts)
    const form = random.integer(forms)
    const words = [`c${concept}f${form}`]
    for (let n = 0; n < 3; n++) {
      const [otherConcept, otherForm] = [random.integer(concepts), random.integer(forms)]
      words.push(`about${random.next() < STRAY ? otherConcept : concept}-${random.integer(4)}`)
      words.push(`like${random.next() < STRAY ? otherForm : form}-${random.integer(4)}`)
    }
    for (let i = words.length - 1; i > 0; i--) {
      const j = random.integer(i + 1)
      ;[words[i], words[j]] = [words[j]!, words[i]!]
    }
    return words
  })
}

/** Every question of that text. */
export function conceptAnalogies({ concepts = 12, forms = 3 } = {}): [string, string, string, string][] {
  const out: [string, string, string, string][] = []
  for (let a = 0; a < concepts; a++)
    for (let b = 0; b < concepts; b++)
      for (let f = 0; f < forms; f++)
        for (let g = 0; g < forms; g++)
          if (a !== b && f !== g) out.push([`c${a}f${f}`, `c${a}f${g}`, `c${b}f${f}`, `c${b}f${g}`])
  return out
}

/** Sentences of one topic each, but for strays. */
export function topicSentences({ topics = 8, words = 20, sentences = 3000, seed = 1 } = {}): string[][] {
  const random = createRandom(seed)
  return Array.from({ length: sentences }, () => {
    const topic = random.integer(topics)
    return Array.from({ length: 10 }, () => {
      const of = random.next() < STRAY ? random.integer(topics) : topic
      return `t${of}w${random.integer(words)}`
    })
  })
}
