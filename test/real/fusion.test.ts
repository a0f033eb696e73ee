import { join } from 'node:path'
import {
  Catalogue,
  Concatenation,
  ContentBased,
  CrossModalProjection,
  compare,
  Features,
  ImageEmbedder,
  Interactions,
  loadEmbedder,
  ModalityFusion,
  SimilarityIndex,
} from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { real, trainings } from '../support/real.js'

const NEIGHBORS = 10
const FOLDS = 5

function some(features: Features, isKept: (id: number) => boolean): Features {
  const ids = ([...features.ids] as number[]).filter(isKept)
  return Features.from(
    ids,
    ids.map((id) => features.vector(id)),
  )
}

/** The mean of differences, and where 95 % of the means of resamples lie. */
function interval(differences: readonly number[]): [mean: number, low: number, high: number] {
  const random = createRandom(1)
  const mean = (list: readonly number[]) => list.reduce((sum, one) => sum + one, 0) / list.length
  const means = Array.from({ length: 2000 }, () =>
    mean(differences.map(() => differences[random.integer(differences.length)]!)),
  ).sort((a, b) => a - b)
  return [mean(differences), means[50]!, means[1949]!]
}

describe.skipIf(!real)('627 product photos (fashion-small)', () => {
  const folder = join(real ?? '', 'data', 'fashion-small')
  let ids: number[]
  let blocks: { text: Features; picture: Features }
  let labels: Map<number, string>

  beforeAll(async () => {
    const options = { id: 'id', text: '{productDisplayName}', keep: ['articleType'] }
    const catalogue = await Catalogue.read(join(folder, 'styles.csv'), options)
    ids = [...catalogue.ids] as number[]
    labels = new Map(ids.map((id) => [id, catalogue.field(id, 'articleType')!]))
    const images = await ImageEmbedder.load()
    const { vectors } = await images.embed(ids.map((id) => join(folder, 'images', `${id}.jpg`)))
    blocks = { text: await (await loadEmbedder()).embedItems(catalogue), picture: Features.from(ids, vectors) }
  })

  /** Whether the majority of the ten nearest known ones names the label, by item. */
  async function told(features: Features, unknown: ReadonlySet<number>): Promise<Map<number, number>> {
    const known = some(features, (id) => !unknown.has(id))
    const asked = some(features, (id) => unknown.has(id))
    const index = await SimilarityIndex.build(known.matrix, { metric: 'cosine' })
    const { indices } = await index.search(asked.matrix, { k: NEIGHBORS })
    return new Map(
      ([...asked.ids] as number[]).map((id, q) => {
        const near = [...indices.subarray(q * NEIGHBORS, (q + 1) * NEIGHBORS)]
        const names = near.map((row) => labels.get(known.ids.idAt(row) as number)!)
        const votes = (name: string) => names.filter((other) => other === name).length
        const most = Math.max(...names.map(votes))
        return [id, Number(names.find((name) => votes(name) === most) === labels.get(id))]
      }),
    )
  }

  it('fused by labels tell held-out article types better than a concatenation, also where text or picture is missing', async () => {
    const order = createRandom(5).shuffle(Int32Array.from(ids.keys()))
    const differences: Record<'whole' | 'half', number[]> = { whole: [], half: [] }
    const right: Record<string, number> = {}
    for (let fold = 0; fold < FOLDS; fold++) {
      const unknown = new Set([...order].filter((_, n) => n % FOLDS === fold).map((row) => ids[row]!))
      const lacking = new Map([...unknown].map((id, n) => [id, n % 2 === 0 ? 'text' : 'picture']))
      const known = {
        text: some(blocks.text, (id) => !unknown.has(id)),
        picture: some(blocks.picture, (id) => !unknown.has(id)),
      }
      const concatenation = await new Concatenation().fit(known)
      const fusion = await new ModalityFusion({ seed: 1 }).fit(known, {
        labels: [...labels].filter(([id]) => !unknown.has(id)),
      })
      const half = {
        text: some(blocks.text, (id) => lacking.get(id) !== 'text'),
        picture: some(blocks.picture, (id) => lacking.get(id) !== 'picture'),
      }
      for (const [name, given] of Object.entries({ whole: blocks, half })) {
        const ours = await told(await fusion.transform(given), unknown)
        const theirs = await told(await concatenation.transform(given), unknown)
        for (const id of unknown) {
          differences[name as 'whole'].push(ours.get(id)! - theirs.get(id)!)
          right[`${name}, fusion`] = (right[`${name}, fusion`] ?? 0) + ours.get(id)! / ids.length
          right[`${name}, concatenation`] = (right[`${name}, concatenation`] ?? 0) + theirs.get(id)! / ids.length
        }
      }
    }
    console.info('article types told by the ten nearest others', right)
    for (const [name, list] of Object.entries(differences)) {
      const [mean, low, high] = interval(list)
      console.info(name, { mean, low, high })
      expect(low).toBeGreaterThan(0)
    }
  }, 900_000)

  it('find their titles, and titles find them, far above chance', async () => {
    const found = { xToY: 0, yToX: 0, xToYAmongHeldOut: 0 }
    for (let fold = 0; fold < FOLDS; fold++) {
      const isHeldOut = (id: number) => ids.indexOf(id) % FOLDS === fold
      const known = [blocks.text, blocks.picture].map((block) => some(block, (id) => !isHeldOut(id)))
      const projection = await new CrossModalProjection({ seed: 1 }).fit(known[0]!, known[1]!)
      const [text, picture] = [some(blocks.text, isHeldOut), some(blocks.picture, isHeldOut)]
      const options = { k: [10] }
      found.xToY += (await projection.evaluate(text, blocks.picture, options)).xToY.recall[10]! / FOLDS
      found.yToX += (await projection.evaluate(blocks.text, picture, options)).yToX.recall[10]! / FOLDS
      found.xToYAmongHeldOut += (await projection.evaluate(text, picture, options)).xToY.recall[10]! / FOLDS
    }
    console.info('recall@10 of held-out pairs; chance is', 10 / ids.length, found)
    expect(found.xToY).toBeGreaterThan((10 * 10) / ids.length)
    expect(found.yToX).toBeGreaterThan((10 * 10) / ids.length)
    expect(found.xToYAmongHeldOut).toBeGreaterThan((10 * 10 * FOLDS) / ids.length)
  }, 900_000)
})

describe.skipIf(!trainings)('films that nobody has rated (MovieLens-1M)', () => {
  it('fused by behaviour are ranked better than concatenated, also where fields are missing', async () => {
    const folder = join(real!, 'data', 'ml-1m')
    const log = await Interactions.read(join(folder, 'interactions.parquet'), { user: 'user_id', item: 'item_id' })
    const { train, test } = log.split({ by: 'cold-items', fraction: 0.2, minInteractions: 5, seed: 1 })
    const encoder = await loadEmbedder()
    const texts = { plot: '{plot}', people: '{directors}. {actors}', genres: '{genres}' }
    const blocks: Record<string, Features> = {}
    for (const [name, text] of Object.entries(texts))
      blocks[name] = await encoder.embedItems(
        await Catalogue.read(join(folder, 'items.jsonl'), { id: 'item_id', text }),
      )
    const names = Object.keys(texts)
    const of = (isKept: (id: number, block: number) => boolean) =>
      Object.fromEntries(names.map((name, n) => [name, some(blocks[name]!, (id) => isKept(id, n))]))
    const known = of((id) => !test.items.has(id))
    const concatenation = await new Concatenation().fit(known)
    const fusion = await new ModalityFusion({ epochs: 10, seed: 1 }).fit(known, { behaviour: train })
    for (const given of [blocks, of((id, n) => !test.items.has(id) || id % names.length !== n)]) {
      const [theirs, ours] = await Promise.all(
        [concatenation, fusion].map(async (one) =>
          new ContentBased().fit(train, { itemFeatures: await one.transform(given) }),
        ),
      )
      const { models, differences } = await compare({ theirs: theirs!, ours: ours! }, test, {
        k: 20,
        candidates: [...test.items],
        metrics: ['recall@20', 'ndcg@20'],
      })
      console.info(models.theirs!['recall@20'].value, models.ours!['recall@20'].value, differences.ours!['recall@20'])
      expect(differences.ours!['recall@20'].low).toBeGreaterThan(0)
      expect(differences.ours!['ndcg@20'].low).toBeGreaterThan(0)
    }
  }, 900_000)
})
