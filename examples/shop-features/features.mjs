import {
  concatenate,
  FeaturePipeline,
  Features,
  LassoCV,
  Matrix,
  PCA,
  SparseMatrix,
  Table,
  TfidfEmbedder,
  TruncatedSVD,
} from 'kindred'

/** What the shop says of its products: text, price, brand and kind as one vector each. */
export async function contentOf(products) {
  const table = Table.from(
    products.map(({ id, brand, kind, price, title, text }) => ({ id, brand, kind, price, words: `${title}. ${text}` })),
  )
  const embedder = await TfidfEmbedder.fit(
    products.map(({ title, text }) => `${title}. ${text}`),
    { dims: 24, stopWords: 'english', sublinearTf: true },
  )
  const pipeline = new FeaturePipeline({
    price: { kind: 'log', outliers: 'iqr' },
    brand: 'one-hot',
    kind: 'one-hot',
    words: { kind: 'text', embedder },
  })
  await pipeline.fit(table, { id: 'id' })
  return { pipeline, embedder, features: await pipeline.transform(table) }
}

/** Fewer numbers: the directions in which products differ most. */
export async function reduce(features, components) {
  const pca = await new PCA({ components }).fit(features)
  return { pca, features: await pca.transform(features) }
}

/** Which of the numbers tell how many stars a product gets on the mean. */
export async function whatEarnsStars(features, names, table) {
  const sums = new Map()
  for (const { item, stars } of table) {
    const sum = sums.get(item) ?? { stars: 0, count: 0 }
    sums.set(item, { stars: sum.stars + stars, count: sum.count + 1 })
  }
  const ids = [...features.ids].filter((id) => sums.has(id))
  const rows = new Matrix(ids.length, features.dims)
  ids.forEach((id, r) => void rows.row(r).set(features.vector(id)))
  const means = ids.map((id) => sums.get(id).stars / sums.get(id).count)
  const lasso = await new LassoCV({ standardize: true, folds: 5, seed: 1 }).fit(rows, means, { names })
  const found = names
    .map((name, n) => ({ name, coefficient: lasso.coef[n] }))
    .filter(({ coefficient }) => coefficient !== 0)
  return { lasso, found: found.sort((a, b) => Math.abs(b.coefficient) - Math.abs(a.coefficient)) }
}

/** What people's stars say of products: the ratings, less each one's mean, as few numbers for each product. */
export async function behaviourOf(ratings, products, components) {
  const columns = new Map(products.map(({ id }, column) => [id, column]))
  const rows = new Map(products.map(({ id }) => [id, []]))
  for (const [person, { user, mean }] of meansOf(ratings).entries())
    for (const { item, stars } of user) rows.get(item).push([person, stars - mean])
  const people = new Set(ratings.map(({ user }) => user)).size
  const matrix = SparseMatrix.from(rows.values(), people)
  const svd = new TruncatedSVD({ components, seed: 1 })
  return Features.from(columns.keys(), await svd.fitTransform(matrix))
}

/** Each person's ratings and their mean. */
export function meansOf(ratings) {
  const people = new Map()
  for (const rating of ratings) {
    if (!people.has(rating.user)) people.set(rating.user, [])
    people.get(rating.user).push(rating)
  }
  return [...people.values()].map((user) => ({
    user,
    mean: user.reduce((sum, { stars }) => sum + stars, 0) / user.length,
  }))
}

/** z'' = [z, z']: both in one vector, each of norm 1. */
export async function fuse(content, behaviour) {
  const { features } = await concatenate({ content, behaviour })
  return features
}
