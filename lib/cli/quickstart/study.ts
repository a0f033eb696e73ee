import { join } from 'node:path'
import { Catalogue } from '../../data/catalogue.js'
import { rowIndices } from '../../data/csr.js'
import { Features } from '../../data/features.js'
import { gatherRows } from '../../data/gather-rows.js'
import type { Id } from '../../data/id-map.js'
import { Interactions } from '../../data/log/interactions.js'
import { createRandom } from '../../data/random.js'
import { TextEmbedder } from '../../encode/onnx/text-embedder.js'
import type { Interval } from '../../evaluate/bootstrap.js'
import { compare } from '../../evaluate/compare.js'
import { evaluate } from '../../evaluate/evaluate.js'
import { AlternatingLeastSquares } from '../../models/als/alternating-least-squares.js'
import type { Recommendation, Recommender } from '../../models/base/recommender.js'
import { Popularity } from '../../models/baselines/popularity.js'
import { RandomBaseline } from '../../models/baselines/random-baseline.js'

/** The catalogue of classics that comes with the package. */
const CLASSICS = join(__dirname, '..', '..', '..', 'assets', 'classics')

const MODEL = { factors: 24, regularization: 5, alpha: 5, seed: 1 }
const FAMOUS = 'doyle-adventures-of-sherlock-holmes'
const NEW_BOOK = 'new-book'

export interface NewBook {
  title: string
  text: string
}

export type Listed = Recommendation & { title: string }

/** Everything that the quickstart shows. */
export interface Study {
  catalogue: { books: number; dims: number; encoder: string; seconds: number }
  log: { readers: number; choices: number; synthetic: true }
  training: { algorithm: string; factors: number; seconds: number }
  /** Held-out last book of each reader, full ranking. */
  metrics: Record<'random' | 'popularity' | 'als', Record<'hitRate@10' | 'ndcg@10', Interval>>
  /** ALS minus popularity, paired. */
  gain: Interval
  /** recall@10 of books taken out of training altogether, ranked among themselves by their text. */
  coldBooks: { books: number; byDescription: Interval; byShuffledDescriptions: Interval; chance: Interval }
  readers: { reader: Id; shelf: string[]; recommended: Listed[] }[]
  newBook: NewBook & { reads: Listed[]; readers: { reader: Id; rank: number; shelf: string[] }[] }
  similar: { title: string; items: Listed[] }
}

/** Reads the classics, learns, judges and recommends. */
export async function study(newBook: NewBook, signal: AbortSignal, onStep: (label: string) => void): Promise<Study> {
  onStep('reading the books')
  let started = performance.now()
  const catalogue = await Catalogue.read(join(CLASSICS, 'books.jsonl'), {
    id: 'id',
    text: '{title}. {description}',
    keep: ['title'],
    signal,
  })
  const encoder = await TextEmbedder.load()
  const features = await encoder.embedItems(catalogue, { signal })
  const reading = seconds(started)
  const log = await Interactions.read(join(CLASSICS, 'readers.csv'), {
    user: 'reader',
    item: 'book',
    time: 'position',
    signal,
  })

  onStep('learning who reads what')
  started = performance.now()
  const { train, test } = log.split({ by: 'leave-last-out' })
  const models = {
    random: await new RandomBaseline().fit(train, { signal }),
    popularity: await new Popularity().fit(train, { signal }),
    als: await new AlternatingLeastSquares(MODEL).fit(train, { itemFeatures: features, signal }),
  }
  const learning = seconds(started)

  onStep('judging it on held-out books')
  const { models: judged, differences } = await compare(models, test, { k: 10, baseline: 'popularity', signal })
  const coldBooks = await coldStudy(log, features, signal)

  onStep('recommending')
  const model = await new AlternatingLeastSquares(MODEL).fit(log, { itemFeatures: features, signal })
  const titleOf = (id: Id) => (id === NEW_BOOK ? newBook.title : String(catalogue.field(id, 'title')))
  const titled = (list: Recommendation[]): Listed[] => list.map((entry) => ({ ...entry, title: titleOf(entry.item) }))
  const shelfOf = (reader: Id) => [...log].filter(({ user }) => user === reader).map(({ item }) => titleOf(item))
  const readers = []
  for (const reader of [...log.users].slice(0, 3))
    readers.push({
      reader,
      shelf: shelfOf(reader),
      recommended: titled(await model.recommend(reader, { k: 5, signal })),
    })
  const similar = { title: titleOf(FAMOUS), items: titled(await model.similarItems(FAMOUS, { k: 5, signal })) }

  const { vectors } = await encoder.embed([`${newBook.title}. ${newBook.text}`], { signal })
  encoder.dispose()
  await model.addItems(Features.from([NEW_BOOK], vectors))
  const found = await readersOf(model, NEW_BOOK)

  return {
    catalogue: { books: catalogue.size, dims: features.dims, encoder: 'embedded', seconds: reading },
    log: { readers: log.users.size, choices: log.size, synthetic: true },
    training: { algorithm: 'AlternatingLeastSquares', factors: MODEL.factors, seconds: learning },
    metrics: {
      random: pick(judged.random!),
      popularity: pick(judged.popularity!),
      als: pick(judged.als!),
    },
    gain: differences.als!['hitRate@10'],
    coldBooks,
    readers,
    newBook: {
      ...newBook,
      reads: titled(await model.similarItems(NEW_BOOK, { k: 5, signal })),
      readers: found.map(({ reader, rank }) => ({ reader, rank, shelf: shelfOf(reader) })),
    },
    similar,
  }
}

const seconds = (started: number) => Number(((performance.now() - started) / 1000).toFixed(3))

function pick(evaluation: Awaited<ReturnType<typeof evaluate>>) {
  return { 'hitRate@10': evaluation['hitRate@10']!, 'ndcg@10': evaluation['ndcg@10']! }
}

/** A fifth of the books leaves the training log; can their text alone find their readers, and does it matter whose? */
async function coldStudy(log: Interactions, features: Features, signal: AbortSignal): Promise<Study['coldBooks']> {
  const { train, test } = log.split({ by: 'cold-items', seed: 1 })
  const candidates = [...test.items]
  const recall = async (model: Recommender) =>
    (await evaluate(model, test, { k: 10, candidates, signal }))['recall@10']!
  const byText = async (itemFeatures: Features) =>
    recall(await new AlternatingLeastSquares(MODEL).fit(train, { itemFeatures, signal }))
  const order = createRandom(1).shuffle(Int32Array.from({ length: features.size }, (_, i) => i))
  const shuffled = Features.from(features.ids, gatherRows(features.matrix, order))
  const byDescription = await byText(features)
  const byShuffledDescriptions = await byText(shuffled)
  const chance = await chanceOf(log, train, test, candidates, signal)
  return { books: candidates.length, byDescription, byShuffledDescriptions, chance }
}

/** The recall of lots drawn among the same candidates: fitted on the whole log, the baseline knows them all. */
async function chanceOf(
  log: Interactions,
  train: Interactions,
  test: Interactions,
  candidates: Id[],
  signal: AbortSignal,
): Promise<Interval> {
  const lots = await new RandomBaseline().fit(log, { signal })
  const known = test.filter(({ user }) => train.users.has(user))
  return (await evaluate(lots, known, { k: 10, candidates, exclude: 'none', signal }))['recall@10']!
}

/** The five readers for whom the item stands highest among what they have not had. */
async function readersOf(model: Recommender, item: Id) {
  const scores = await model.scoreRows(Int32Array.from(model.users, (_, row) => row))
  const column = model.items.indexOf(item)
  return Array.from(model.users, (reader, row) => {
    const own = scores.row(row)
    const score = own[column]!
    for (const had of rowIndices(model.seen, row)) own[had] = Number.NEGATIVE_INFINITY
    return { reader, rank: 1 + own.filter((other) => other > score).length, score }
  })
    .sort((a, b) => a.rank - b.rank || b.score - a.score)
    .slice(0, 5)
}
