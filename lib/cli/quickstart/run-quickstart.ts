import { Catalogue } from '../../data/catalogue.js'
import { Features } from '../../data/features.js'
import { gatherRows } from '../../data/gather-rows.js'
import type { Id } from '../../data/id-map.js'
import { Interactions } from '../../data/log/interactions.js'
import { createRandom } from '../../data/random.js'
import { TextEmbedder } from '../../encode/transformer/text-embedder.js'
import { compare } from '../../evaluate/compare.js'
import { evaluate } from '../../evaluate/evaluate.js'
import type { Interval } from '../../evaluate/statistics/bootstrap.js'
import { AlternatingLeastSquares } from '../../models/als/alternating-least-squares.js'
import type { Recommendation } from '../../models/base/recommend-options.js'
import type { Recommender } from '../../models/base/recommender.js'
import { Popularity } from '../../models/baselines/popularity.js'
import { RandomBaseline } from '../../models/baselines/random-baseline.js'
import { packageFile } from '../../native/package-file.js'

const MODEL = { factors: 24, regularization: 5, alpha: 5, seed: 1 }
const KNOWN_BOOK = 'doyle-adventures-of-sherlock-holmes'
const NEW_BOOK = 'new-book'

export interface NewBook {
  title: string
  text: string
}

/** A recommendation with the book's title. */
export type TitledItem = Recommendation & { title: string }

/** Everything that the quickstart prints. */
export interface QuickstartReport {
  catalogue: { books: number; dims: number; encoder: string; seconds: number }
  log: { readers: number; interactions: number; synthetic: true }
  training: { algorithm: string; factors: number; seconds: number }
  /** Held-out last book of each reader, full ranking. */
  metrics: Record<'random' | 'popularity' | 'als', Record<'hitRate@10' | 'ndcg@10', Interval>>
  /** ALS minus popularity, paired. */
  gain: Interval
  /** recall@10 of books held out of training altogether, ranked among themselves by their text. */
  coldBooks: { books: number; byDescription: Interval; byShuffledDescriptions: Interval; random: Interval }
  readers: { reader: Id; read: string[]; recommended: TitledItem[] }[]
  newBook: NewBook & { similar: TitledItem[]; readers: { reader: Id; score: number; read: string[] }[] }
  similar: { title: string; items: TitledItem[] }
}

/** Embeds the classics, trains, evaluates and recommends. */
export async function runQuickstart(
  newBook: NewBook,
  signal: AbortSignal,
  onStep: (label: string) => void,
): Promise<QuickstartReport> {
  onStep('embedding the books')
  let started = performance.now()
  const catalogue = await Catalogue.read(packageFile('assets', 'classics', 'books.jsonl'), {
    id: 'id',
    text: '{title}. {description}',
    keep: ['title'],
    signal,
  })
  const encoder = await TextEmbedder.load()
  const features = await encoder.embedItems(catalogue, { signal })
  const embedding = seconds(started)
  const log = await Interactions.read(packageFile('assets', 'classics', 'readers.csv'), {
    user: 'reader',
    item: 'book',
    time: 'position',
    signal,
  })

  onStep('training')
  started = performance.now()
  const { train, test } = log.split({ by: 'leave-last-out' })
  const models = {
    random: await new RandomBaseline().fit(train, { signal }),
    popularity: await new Popularity().fit(train, { signal }),
    als: await new AlternatingLeastSquares(MODEL).fit(train, { itemFeatures: features, signal }),
  }
  const training = seconds(started)

  onStep('evaluating on held-out books')
  const { models: evaluations, differences } = await compare(models, test, { k: 10, baseline: 'popularity', signal })
  const coldBooks = await evaluateColdBooks(log, features, signal)

  onStep('recommending')
  const model = await new AlternatingLeastSquares(MODEL).fit(log, { itemFeatures: features, signal })
  const titleOf = (id: Id) => (id === NEW_BOOK ? newBook.title : String(catalogue.field(id, 'title')))
  const titled = (list: Recommendation[]): TitledItem[] =>
    list.map((entry) => ({ ...entry, title: titleOf(entry.item) }))
  const readBy = (reader: Id) => model.seenItems(reader).map(titleOf)
  const readers = []
  for (const reader of [...log.users].slice(0, 3))
    readers.push({
      reader,
      read: readBy(reader),
      recommended: titled(await model.recommend(reader, { k: 5, signal })),
    })
  const similar = { title: titleOf(KNOWN_BOOK), items: titled(await model.similarItems(KNOWN_BOOK, { k: 5, signal })) }

  const { vectors } = await encoder.embed([`${newBook.title}. ${newBook.text}`], { signal })
  encoder.dispose()
  await model.addItems(Features.from([NEW_BOOK], vectors))
  const found = await model.recommendUsers(NEW_BOOK, { k: 5, signal })

  return {
    catalogue: { books: catalogue.size, dims: features.dims, encoder: 'embedded', seconds: embedding },
    log: { readers: log.users.size, interactions: log.size, synthetic: true },
    training: { algorithm: 'AlternatingLeastSquares', factors: MODEL.factors, seconds: training },
    metrics: {
      random: headline(evaluations.random!),
      popularity: headline(evaluations.popularity!),
      als: headline(evaluations.als!),
    },
    gain: differences.als!['hitRate@10'],
    coldBooks,
    readers,
    newBook: {
      ...newBook,
      similar: titled(await model.similarItems(NEW_BOOK, { k: 5, signal })),
      readers: found.map(({ user, score }) => ({ reader: user, score, read: readBy(user) })),
    },
    similar,
  }
}

const seconds = (started: number) => Number(((performance.now() - started) / 1000).toFixed(3))

function headline(evaluation: Awaited<ReturnType<typeof evaluate>>) {
  return { 'hitRate@10': evaluation['hitRate@10']!, 'ndcg@10': evaluation['ndcg@10']! }
}

/** A fifth of the books is held out of training: are they ranked by their own text better than by another book's? */
async function evaluateColdBooks(
  log: Interactions,
  features: Features,
  signal: AbortSignal,
): Promise<QuickstartReport['coldBooks']> {
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
  const random = await randomRecall(log, train, test, candidates, signal)
  return { books: candidates.length, byDescription, byShuffledDescriptions, random }
}

/** The recall of a random ranking of the same candidates; fitted on the whole log, the baseline knows them all. */
async function randomRecall(
  log: Interactions,
  train: Interactions,
  test: Interactions,
  candidates: Id[],
  signal: AbortSignal,
): Promise<Interval> {
  const baseline = await new RandomBaseline().fit(log, { signal })
  const known = test.filter(({ user }) => train.users.has(user))
  return (await evaluate(baseline, known, { k: 10, candidates, exclude: 'none', signal }))['recall@10']!
}
