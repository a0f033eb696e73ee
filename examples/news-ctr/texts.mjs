// Vectors of titles, by the ways that texts can become numbers.
import { SentenceEncoder, TextEmbedder, TfidfEmbedder, WordVectors } from 'kindred'

/** By name: TF-IDF in few dimensions, Word2Vec, and the encoder that comes with kindred. Only titles of the training are learnt from. */
export async function plainVectors(titles, trained) {
  const tfidf = await TfidfEmbedder.fit(trained, { dims: 32, sublinearTf: true })
  const sentences = trained.map((title) => title.split(' '))
  const words = await WordVectors.train(sentences, { dims: 32, minCount: 1, epochs: 60, seed: 1 })
  const bundled = await TextEmbedder.load()
  try {
    return {
      'TF-IDF': (await tfidf.embed(titles)).vectors,
      Word2Vec: (await words.sentenceVectors(titles)).vectors,
      'bundled encoder': (await bundled.embed(titles)).vectors,
    }
  } finally {
    bundled.dispose()
  }
}

/** Titles that one reader clicked, two by two: what a text encoder is to lay near to one another. */
export function clickedPairs({ articles, shown }, past, limit, random) {
  const titles = new Map(articles.map(({ id, title }) => [id, title]))
  const pairs = shown.flatMap(({ item, click }, n) =>
    click && past[n].length > 0 ? [[titles.get(random.pick(past[n])), titles.get(item)]] : [],
  )
  return random.some(pairs, limit)
}

/** Vectors of an encoder of BERT's family before and after it is tuned on clicks. */
export async function tunedVectors(folder, out, titles, pairs, options) {
  const encoder = await SentenceEncoder.load(folder)
  try {
    const before = await encoder.embed(titles)
    await encoder.fit(pairs, { loss: 'in-batch', seed: 1, ...options })
    await encoder.save(out)
    return { before, after: await encoder.embed(titles) }
  } finally {
    encoder.dispose()
  }
}
