// Published figures reached again (docs/published-results.md): every model that has some for the split of MovieLens-1M by
// He et al. 2017, fitted and evaluated anew. Arguments: the names of models; by default all. The data: ncf-ml-1m/ under
// $KINDRED_REAL/data.
import { EASE, evaluateSampled, GFCF, ItemKNN, P3alpha, PureSVD, RP3beta, SLIM, UserKNN } from '../dist/index.mjs'
import { ncfMissing, ncfTest, ncfTrain } from './harness/ncf.mjs'

export const summary = 'published figures reached again: HR@10 and NDCG@10 on MovieLens-1M'

/** Model, options, published HR@10 and NDCG@10; null where none are published. */
const ROWS = [
  [EASE, { regularization: 1320 }, 0.7192, 0.4494],
  [SLIM, { alpha: 0.0788, l1Ratio: 1.19e-5, neighbors: 544 }, 0.7162, 0.4468],
  [PureSVD, { factors: 52 }, 0.6937, 0.4303],
  [P3alpha, { alpha: 1.2177, neighbors: 1000 }, 0.646, 0.3876],
  [RP3beta, { alpha: 1.0807, beta: 0.7029, neighbors: 546 }, 0.6758, 0.4011],
  [ItemKNN, { neighbors: 111, similarity: 'cosine', weighting: 'bm25', shrinkage: 298 }, 0.6694, 0.3979],
  [ItemKNN, { neighbors: 62, similarity: 'jaccard', shrinkage: 19 }, 0.6533, 0.3837],
  [UserKNN, { neighbors: 516, similarity: 'cosine', weighting: 'bm25', neighborhood: 'reverse' }, 0.6606, 0.3951],
  [UserKNN, { neighbors: 259, similarity: 'jaccard', neighborhood: 'reverse' }, 0.6725, 0.4066],
  [GFCF, {}, null, null],
]

/** What --small fits. */
const QUICK = ['EASE', 'PureSVD']

const figure = (value) => (value === null ? '' : value.toFixed(4))

const optionsText = (options) =>
  Object.entries(options)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ') || 'the defaults'

export async function run({ small, log, arguments: names }) {
  const missing = ncfMissing()
  if (missing) return { missing }
  const unknown = names.find((name) => !ROWS.some(([Model]) => Model.name === name))
  if (unknown !== undefined) return { missing: `a published figure of ${unknown}` }
  const given = small ? QUICK : ROWS.map(([Model]) => Model.name)
  const wanted = names.length > 0 ? names : given
  const train = ncfTrain()
  const { test, negatives } = ncfTest()
  const data = []
  for (const [Model, options, hitRate, ndcg] of ROWS.filter(([{ name }]) => wanted.includes(name))) {
    log(`${Model.name}, ${optionsText(options)}`)
    const model = await new Model(options).fit(train)
    const reached = await evaluateSampled(model, test, { negatives, k: 10, resamples: 10 })
    data.push({
      model: Model.name,
      options,
      hitRate: { reached: reached['sampled hitRate@10'].value, published: hitRate },
      ndcg: { reached: reached['sampled ndcg@10'].value, published: ndcg },
    })
  }
  const columns = ['model', 'options', 'HR@10', 'published', 'NDCG@10', 'published']
  const rows = data.map(({ model, options, ...figures }) => [
    model,
    optionsText(options),
    ...[figures.hitRate, figures.ndcg].flatMap(({ reached, published }) => [figure(reached), figure(published)]),
  ])
  return { data, tables: [{ columns, rows }] }
}
