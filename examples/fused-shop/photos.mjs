// 627 photos of fashion with titles and labels, where KINDRED_REAL names a folder with data/fashion-small.
import { join } from 'node:path'
import { Catalogue, SimilarityIndex } from 'kindred'
import { randomOf } from '../shop-features/random.mjs'
import { learn, pictureVectors, some, textVectors, without } from './representations.mjs'

const NEIGHBORS = 10
const FOLDS = 5

/** Whether the majority of the nearest known products, nearer ones first among equals, names the label: 1 or 0 for each. */
async function areTold(known, unknown, labelOf) {
  const index = await SimilarityIndex.build(known.matrix, { metric: 'cosine' })
  const { indices } = await index.search(unknown.matrix, { k: NEIGHBORS })
  const labels = [...known.ids].map(labelOf)
  return [...unknown.ids].map((id, q) => {
    const near = Array.from(indices.subarray(q * NEIGHBORS, (q + 1) * NEIGHBORS), (row) => labels[row])
    const votes = (label) => near.filter((other) => other === label).length
    const most = Math.max(...near.map(votes))
    return Number(near.find((label) => votes(label) === most) === labelOf(id))
  })
}

export async function readPhotos(real) {
  const folder = join(real, 'data/fashion-small')
  const catalogue = await Catalogue.read(join(folder, 'styles.csv'), {
    id: 'id',
    text: '{productDisplayName}',
    keep: ['articleType'],
  })
  const ids = [...catalogue.ids]
  return {
    ids,
    labelOf: (id) => catalogue.field(id, 'articleType'),
    blocks: {
      text: await textVectors(ids, catalogue.texts),
      picture: await pictureVectors(
        ids,
        ids.map((id) => join(folder, 'images', `${id}.jpg`)),
      ),
    },
  }
}

/**
 * Each fifth of the products is told by the others: right answers of a concatenation and of a fusion that learnt the others' labels,
 * where all is there and where each product to be told lacks its text or its picture.
 */
export async function judgePhotos({ ids, blocks, labelOf }) {
  const random = randomOf(7)
  const order = random.some(ids, ids.length)
  const right = { whole: { concatenation: [], fusion: [] }, 'one of two': { concatenation: [], fusion: [] } }
  for (let fold = 0; fold < FOLDS; fold++) {
    const unknown = new Set(order.filter((_, n) => n % FOLDS === fold))
    const lacking = new Map([...unknown].map((id, n) => [id, n % 2 === 0 ? 'text' : 'picture']))
    const known = without(blocks, (id) => unknown.has(id))
    const models = await learn(known, { labels: [...known.text.ids].map((id) => [id, labelOf(id)]) })
    const given = { whole: blocks, 'one of two': without(blocks, (id, block) => lacking.get(id) === block) }
    for (const [name, own] of Object.entries(given))
      for (const [model, fused] of Object.entries(models)) {
        const vectors = await fused.transform(own)
        const unknownVectors = some(vectors, (id) => unknown.has(id))
        const told = await areTold(
          some(vectors, (id) => !unknown.has(id)),
          unknownVectors,
          labelOf,
        )
        // By item, so that both are paired.
        const byId = new Map([...unknownVectors.ids].map((id, n) => [id, told[n]]))
        right[name][model].push(...[...unknown].map((id) => byId.get(id)))
      }
  }
  return right
}
