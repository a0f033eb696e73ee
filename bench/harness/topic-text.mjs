import { aliasTable, generator } from './random.mjs'

/**
 * Sentences with a structure that is known: words fall to topics, a sentence has one topic, and a third of its words
 * are of it, the others of any. Frequencies fall as Zipf's law says, with an exponent of 1.
 * @returns tokens: words by falling frequency, -1 after each sentence; topicOf [words]
 */
export function topicText({ tokens: size, words, topics, sentence, seed }) {
  const next = generator(seed)
  const topicOf = Int32Array.from({ length: words }, () => Math.floor(next() * topics))
  const weight = (word) => 1 / (word + 10)
  const anyWord = aliasTable(Array.from({ length: words }, (_, word) => weight(word)))
  const members = Array.from({ length: topics }, () => [])
  for (const [word, topic] of topicOf.entries()) members[topic].push(word)
  const wordOf = members.map((list) => {
    const draw = aliasTable(list.map(weight))
    return () => list[draw(next)]
  })
  const drawn = []
  while (drawn.length < size) {
    const topic = Math.floor(next() * topics)
    for (let i = 0; i < sentence; i++) drawn.push(next() < 1 / 3 ? wordOf[topic]() : anyWord(next))
    drawn.push(-1)
  }
  const counts = new Float64Array(words)
  for (const word of drawn) if (word >= 0) counts[word]++
  const order = [...counts.keys()].filter((word) => counts[word] > 0).sort((a, b) => counts[b] - counts[a] || a - b)
  const place = new Int32Array(words)
  for (const [at, word] of order.entries()) place[word] = at
  return {
    tokens: Int32Array.from(drawn, (word) => (word < 0 ? -1 : place[word])),
    counts: Float64Array.from(order, (word) => counts[word]),
    topicOf: Int32Array.from(order, (word) => topicOf[word]),
  }
}
