import { CrossModalProjection, SimilarityIndex } from 'kindred'
import { some } from './representations.mjs'

/** Texts and pictures in one space, learnt from the products that are not held out, and how well the held-out ones find each other. */
export async function learnSearch(text, picture, isHeldOut, options) {
  const isKnown = (id) => !isHeldOut(id)
  const projection = new CrossModalProjection({ seed: 1, ...options })
  await projection.fit(some(text, isKnown), some(picture, isKnown))
  // Among all products, which is harder than among the held-out ones.
  const report = await projection.evaluate(some(text, isHeldOut), picture, { k: [10] })
  const backwards = await projection.evaluate(text, some(picture, isHeldOut), { k: [10] })
  return {
    projection,
    recalls: [
      { looks: 'text for picture', 'recall@10': report.xToY.recall[10], chance: report.chance.xToY[10] },
      { looks: 'picture for text', 'recall@10': backwards.yToX.recall[10], chance: backwards.chance.yToX[10] },
    ],
  }
}

/** The products whose pictures fit a text best. */
export async function findPictures(projection, picture, vector, k) {
  const pictures = await projection.transform(picture, { view: 'y' })
  const index = await SimilarityIndex.build(pictures.matrix, { metric: 'cosine' })
  const { indices } = await index.search(await projection.transform(vector), { k })
  return Array.from(indices, (row) => pictures.ids.idAt(row))
}
