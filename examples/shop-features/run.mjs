// A shop from its logs to its lists: cleaned, made features, reduced, fused, judged, and taught by what somebody does next.
//   node examples/shop-features/run.mjs          npm run examples runs it too
// It ends with an error where text and behaviour together are not better than either alone on people whom nothing was learned
// from, or where feedback changes nothing.
import { ContentBased, Interactions, similarityMatrix } from 'kindred'
import { clean } from './clean.mjs'
import { behaviourOf, contentOf, fuse, meansOf, reduce, whatEarnsStars } from './features.mjs'
import { interval, judge, predictStars } from './judge.mjs'
import { printTable, section } from './print.mjs'
import { randomOf } from './random.mjs'
import { makeShop, STYLE_NAMES } from './shop.mjs'

const SEED = Number(process.env.SHOP_SEED ?? 1)
const LIKED = 4 // stars from which somebody liked a product
const random = randomOf(SEED + 1)
const problems = []
const check = (isTrue, problem) => {
  if (!isTrue) problems.push(problem)
}

section('1. What the shop has')
const shop = makeShop({ seed: SEED })
const productOf = new Map(shop.products.map((product) => [product.id, product]))
console.log(`${shop.products.length} products, ${shop.people.length} people, ${shop.log.length} rows of the log.`)
printTable(shop.products.slice(0, 3).map(({ id, title, kind, price, text }) => ({ id, title, kind, price, text })))

section('2. Cleaned')
const { table, read, reasons, report } = await clean(shop.log, shop.products)
printTable(reasons)
console.log(`${read} rows read, ${table.rows} kept. Types and missing values:\n${report}`)
check(
  reasons.every(({ rows }) => rows > 0),
  'cleaning: a reason found no rows, though there are some for each',
)
check(
  read === table.rows + reasons.reduce((sum, { rows }) => sum + rows, 0),
  'cleaning: rows that were dropped are not all told of',
)
const ratings = [...table]

section('3. Some people are held out: nothing is learned from them')
const everyone = [...new Set(ratings.map(({ user }) => user))]
const judged = new Set(random.some(everyone, Math.round(0.4 * everyone.length)))
const train = ratings.filter(({ user }) => !judged.has(user))
const part = new Map() // of each rating of theirs: given, or to be found
for (const rating of ratings) if (judged.has(rating.user)) part.set(rating, random.next() < 0.5 ? 'given' : 'hidden')
const given = [...part].filter(([, where]) => where === 'given').map(([rating]) => rating)
const hidden = [...part].filter(([, where]) => where === 'hidden').map(([rating]) => rating)
const likes = (some) =>
  Interactions.from(some.filter(({ stars }) => stars >= LIKED).map(({ user, item }) => ({ user, item })))
console.log(`${everyone.length - judged.size} people with ${train.length} ratings to learn from.`)
console.log(
  `${judged.size} people held out: ${given.length} of their ratings are given, ${hidden.length} are to be found.`,
)

section('4. Features')
const content = await contentOf(shop.products)
const { idf, featureNames, report: words } = content.embedder.vectorizer
console.log(`${featureNames.length} words of ${words.texts} texts; the rarest and the most common:`)
const byIdf = featureNames.map((word, n) => ({ word, idf: idf[n] })).sort((a, b) => b.idf - a.idf)
printTable([...byIdf.slice(0, 2), ...byIdf.slice(-2)])
const { pca, features: z } = await reduce(content.features, 20)
const share = pca.explainedVarianceRatio.reduce((sum, one) => sum + one, 0)
console.log(
  `Price, brand, kind and words are ${content.features.dims} numbers; PCA keeps ${z.dims}, ${(100 * share).toFixed(0)} % of the variance.`,
)
const behaviour = await behaviourOf(train, shop.products, 16)
console.log(
  `Who rated what how is ${behaviour.dims} numbers more: the truncated SVD of the ratings less each person's mean.`,
)

section('5. What earns stars (lasso over the features)')
const { lasso, found } = await whatEarnsStars(content.features, content.pipeline.featureNames, train)
console.log(
  `alpha ${lasso.alpha.toFixed(4)}: ${found.length} of ${content.features.dims} numbers have a coefficient; the largest:`,
)
printTable(found.slice(0, 5))
const brands = found
  .filter(({ name }) => name.startsWith('brand='))
  .map(({ name, coefficient }) => [name.slice(6), coefficient])
check(
  Object.fromEntries(brands).Castell > 0 && Object.fromEntries(brands).Elmo < 0,
  'lasso: it does not find that Castell is made well and Elmo badly, as the simulation has it',
)

section("6. One representation: z'' = [z, z'], and the similarity matrix A of all products")
const both = await fuse(z, behaviour)
const A = await similarityMatrix(both.matrix, both.matrix)
const shown = shop.products.slice(0, 5)
printTable(
  shown.map(({ id, title }, r) => ({
    product: `${id} ${title}`,
    ...Object.fromEntries(shown.map((one, c) => [one.id, A.row(r)[c]])),
  })),
)

section('7. Which representation finds what people like? (NDCG@10, people held out)')
const parts = { train: likes(train), history: likes(given), hidden: likes(hidden) }
const perUser = await judge({ text: z, behaviour, both }, parts)
printTable(
  Object.entries(perUser).map(([representation, values]) => {
    const { value, low, high } = interval(values)
    return { representation, people: values.length, 'ndcg@10': value, low, high }
  }),
)
for (const alone of ['text', 'behaviour']) {
  const { value, low, high } = interval(perUser.both.map((figure, n) => figure - perUser[alone][n]))
  console.log(`both - ${alone}: ${value.toFixed(3)}, 95 % interval ${low.toFixed(3)} to ${high.toFixed(3)}`)
  check(low > 0, `text and behaviour are not surely better than ${alone} alone`)
}

section("8. Predicted stars: Y' = Y A")
const known = new Map(meansOf(given).map((person) => [person.user[0].user, person]))
const errors = { 'the mean of each person': [], 'and what they gave to like products': [] }
for (const { user, item, stars } of hidden) {
  const person = known.get(user)
  if (person === undefined) continue
  const predicted = predictStars(person.user, person.mean, item, (id) => both.ids.indexOf(id), A)
  errors['the mean of each person'].push((stars - person.mean) ** 2)
  errors['and what they gave to like products'].push((stars - predicted) ** 2)
}
const rmse = (squares) => Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length)
const figures = Object.entries(errors).map(([prediction, squares]) => ({
  prediction,
  ratings: squares.length,
  rmse: rmse(squares),
}))
printTable(figures)
check(figures[1].rmse < figures[0].rmse, 'predicted stars are no better than a mean')

section('9. Lists, and what feedback does to them')
const model = await new ContentBased().fit(likes([...train, ...given]), { itemFeatures: both })
const person = shop.people.find(({ id }) => parts.history.users.has(id) && judged.has(id))
const suit = (id) => shop.suits(person, productOf.get(id))
const listOf = async () => (await model.recommend(person.id, { k: 5 })).map(({ item, score }) => ({ item, score }))
const describe = ({ item, score }) => ({
  item,
  title: productOf.get(item).title,
  style: productOf.get(item).hidden.style,
  score,
})
const before = await listOf()
console.log(`The best for ${person.id}:`)
printTable(before.map((one) => ({ ...describe(one), 'suits in truth': suit(one.item) })))
const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length
check(
  mean(before.map(({ item }) => suit(item))) > mean(shop.products.map(({ id }) => suit(id))),
  'the list suits no better than any product does',
)
const styleOf = (id) => productOf.get(id).hidden.style
const wanted = STYLE_NAMES.find((style) => before.every(({ item }) => styleOf(item) !== style))
const bought = shop.products.filter(({ hidden: own }) => own.style === wanted).slice(0, 8)
console.log(`\n${person.id} then buys and likes ${bought.length} ${wanted} products; the next list:`)
await model.update(Interactions.from(bought.map(({ id }) => ({ user: person.id, item: id }))))
const after = await listOf()
printTable(after.map(describe))
const turned = after.filter(({ item }) => styleOf(item) === wanted).length
console.log(`${turned} of 5 are ${wanted} now, none were before.`)
check(turned > 0, 'feedback does not change the list towards what was bought')
check(!after.some(({ item }) => bought.some(({ id }) => id === item)), 'what was bought is recommended again')

if (problems.length > 0) throw new Error(`\n${problems.join('\n')}`)
console.log('\nAll of this was checked: see examples/shop-features/README.md.')
