import { join } from 'node:path'
import { Catalogue, ImageEmbedder, Matrix, SimilarityIndex, TextEmbedder } from 'kindred'
import { describe, expect, it } from 'vitest'
import { real } from '../support/real.js'

const NEIGHBORS = 10

/** How many labels the majority of the ten nearest others names, nearer ones first among equals. */
async function leaveOneOut(vectors: Matrix, labels: readonly string[]): Promise<{ accuracy: number; shared: number }> {
  const index = await SimilarityIndex.build(vectors, { metric: 'cosine' })
  const { indices } = await index.search(vectors, { k: NEIGHBORS + 1 })
  let right = 0
  let shared = 0
  for (let i = 0; i < vectors.rows; i++) {
    const near = [...indices.subarray(i * (NEIGHBORS + 1), (i + 1) * (NEIGHBORS + 1))]
      .filter((j) => j !== i)
      .slice(0, NEIGHBORS)
    const votes = new Map<string, number>()
    for (const j of near) votes.set(labels[j]!, (votes.get(labels[j]!) ?? 0) + 1)
    const most = Math.max(...votes.values())
    right += Number(near.map((j) => labels[j]!).find((label) => votes.get(label) === most) === labels[i])
    shared += near.filter((j) => labels[j] === labels[i]).length / NEIGHBORS
  }
  return { accuracy: right / vectors.rows, shared: shared / vectors.rows }
}

function sideBySide(...blocks: Matrix[]): Matrix {
  const out = new Matrix(
    blocks[0]!.rows,
    blocks.reduce((sum, { cols }) => sum + cols, 0),
  )
  for (let i = 0; i < out.rows; i++) {
    let at = 0
    for (const block of blocks) {
      out.row(i).set(block.row(i), at)
      at += block.cols
    }
  }
  return out
}

describe.skipIf(!real)('627 product photos (fashion-small)', () => {
  const folder = join(real ?? '', 'data', 'fashion-small')

  it('neighbours share the article type, and text with picture beats each alone', async () => {
    const catalogue = await Catalogue.read(join(folder, 'styles.csv'), {
      id: 'id',
      text: '{productDisplayName}',
      keep: ['articleType'],
    })
    const labels = [...catalogue.ids].map((id) => catalogue.field(id, 'articleType') ?? '')
    const images = await ImageEmbedder.load()
    const { vectors: pictures, failed } = await images.embed(
      [...catalogue.ids].map((id) => join(folder, 'images', `${id}.jpg`)),
    )
    expect(failed).toEqual([])
    const encoder = await TextEmbedder.load()
    const { vectors: titles } = await encoder.embed(catalogue.texts, { normalize: true })
    const counts = new Map<string, number>()
    for (const label of labels) counts.set(label!, (counts.get(label!) ?? 0) + 1)
    const chance = [...counts.values()].reduce((sum, count) => sum + (count / labels.length) ** 2, 0)
    const byPicture = await leaveOneOut(pictures, labels)
    const byTitle = await leaveOneOut(titles, labels)
    const byBoth = await leaveOneOut(sideBySide(titles, pictures), labels)
    console.info('article type by the ten nearest others', { chance, byPicture, byTitle, byBoth })
    expect(byPicture.shared).toBeGreaterThan(4 * chance)
    expect(byPicture.accuracy).toBeGreaterThan(0.5)
    expect(byBoth.accuracy).toBeGreaterThan(byPicture.accuracy)
    expect(byBoth.accuracy).toBeGreaterThan(byTitle.accuracy)
  })
})
