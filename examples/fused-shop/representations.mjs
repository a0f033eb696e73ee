import {
  AlternatingLeastSquares,
  Concatenation,
  ContentBased,
  compare,
  Features,
  ImageEmbedder,
  loadEmbedder,
  ModalityFusion,
} from 'kindred'

/** Vectors of pictures, without any model: colours, textures and shapes. */
export async function pictureVectors(ids, pictures) {
  const images = await ImageEmbedder.load()
  const { vectors, failed } = await images.embed(pictures)
  if (failed.length > 0) throw new Error(`pictures that cannot be read: ${JSON.stringify(failed)}`)
  return Features.from(ids, vectors)
}

/** Vectors of texts, by the encoder that ships. */
export async function textVectors(ids, texts) {
  const encoder = await loadEmbedder()
  const { vectors } = await encoder.embed(texts)
  return Features.from(ids, vectors)
}

/** What people's choices say of products, as few numbers for each that somebody chose. */
export async function behaviourVectors(train, factors) {
  const model = await new AlternatingLeastSquares({ factors, seed: 1 }).fit(train)
  return Features.from(model.items, model.itemFactors)
}

/** The vectors of some items. */
export function some(features, isKept) {
  const ids = [...features.ids].filter(isKept)
  return Features.from(
    ids,
    ids.map((id) => features.vector(id)),
  )
}

/** Each block without the items that `lacks(id, block)` says. */
export const without = (blocks, lacks) =>
  Object.fromEntries(Object.entries(blocks).map(([name, own]) => [name, some(own, (id) => !lacks(id, name))]))

/** A concatenation and a fusion of the same blocks, the fusion taught by `teacher`: { behaviour } or { labels }. */
export async function learn(blocks, teacher, options) {
  return {
    concatenation: await new Concatenation().fit(blocks),
    fusion: await new ModalityFusion({ seed: 1, ...options }).fit(blocks, teacher),
  }
}

/**
 * How well products that nobody has bought yet are found for those who bought them afterwards, by the cosine of their vectors with
 * what the people had: NDCG@10 of both representations, and the interval of the difference.
 */
export async function judge({ concatenation, fusion }, blocks, { train, test }) {
  const modelOf = async (one) => new ContentBased().fit(train, { itemFeatures: await one.transform(blocks) })
  const models = { concatenation: await modelOf(concatenation), fusion: await modelOf(fusion) }
  const { models: own, differences } = await compare(models, test, {
    k: 10,
    candidates: [...test.items],
    metrics: ['ndcg@10'],
  })
  const { value, low, high } = differences.fusion['ndcg@10']
  return {
    concatenation: own.concatenation['ndcg@10'].value,
    fusion: own.fusion['ndcg@10'].value,
    difference: value,
    low,
    high,
  }
}
