import { join } from 'node:path'
import { Item2Vec, Popularity, SifEncoder, SimilarityIndex, WordVectors } from 'kindred'
import { describe, expect, it } from 'vitest'
import { ncf, reached } from '../support/ncf.js'
import { lines, real } from '../support/real.js'

interface Film {
  item_id: number
  genres: string[]
  plot: string
}

const films = () => lines(join(real!, 'data/ml-1m/items.jsonl')).map((line) => JSON.parse(line) as Film)

describe.skipIf(!real)('words of the plots of MovieLens-1M', { timeout: 300_000 }, () => {
  it('vectors of plots find films of the same genre, weighted means better than plain ones', async () => {
    const told = films().filter(({ plot, genres }) => plot && genres.length > 0)
    const plots = told.map(({ plot }) => plot)
    const words = await WordVectors.train(plots, { dims: 100, epochs: 20, minCount: 3, sample: 1e-4, seed: 1 })
    const precision = async (vectors: Parameters<typeof SimilarityIndex.build>[0]) => {
      const index = await SimilarityIndex.build(vectors, { metric: 'cosine' })
      const { indices } = await index.search(vectors as never, { k: 11 })
      let shared = 0
      for (let film = 0; film < told.length; film++)
        for (let n = 11 * film; n < 11 * film + 11; n++)
          if (indices[n] !== film && told[indices[n]!]!.genres.some((genre) => told[film]!.genres.includes(genre)))
            shared++
      return shared / (10 * told.length)
    }
    const sif = await precision((await (await SifEncoder.fit(words, plots)).embed(plots)).vectors)
    const mean = await precision((await words.sentenceVectors(plots, { method: 'mean' })).vectors)
    expect(sif).toBeGreaterThan(mean)
    expect(sif).toBeGreaterThan(0.5)
  })
})

describe.skipIf(!real)('Item2Vec on MovieLens-1M, 99 given negatives', { timeout: 300_000 }, () => {
  it('beats popularity by far', async () => {
    const data = ncf()
    const popular = await reached(new Popularity(), data)
    const own = await reached(new Item2Vec({ seed: 1 }), data)
    expect(own.hitRate).toBeGreaterThan(popular.hitRate + 0.15)
    expect(own.ndcg).toBeGreaterThan(popular.ndcg + 0.1)
  })
})
