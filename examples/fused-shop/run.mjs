// A shop whose products have texts, pictures and a history: three modalities in one vector, taught by what people bought.
//   node examples/fused-shop/run.mjs          npm run examples runs it too
// With KINDRED_REAL it goes on with 627 photos of fashion. It ends with an error where the fused vectors are not better than a
// concatenation, or where texts do not find pictures far above chance.
import { ContentBased, Interactions, loadEmbedder } from 'kindred'
import sharp from 'sharp'
import { interval } from '../shop-features/judge.mjs'
import { printTable, section } from '../shop-features/print.mjs'
import { judgePhotos, readPhotos } from './photos.mjs'
import { behaviourVectors, judge, learn, pictureVectors, textVectors, without } from './representations.mjs'
import { findPictures, learnSearch } from './search.mjs'
import { makeShop } from './shop.mjs'

const SEED = Number(process.env.SHOP_SEED ?? 1)
const problems = []
const check = (isTrue, problem) => {
  if (!isTrue) problems.push(problem)
}

section('1. What the shop has')
const shop = makeShop({ seed: SEED })
const productOf = new Map(shop.products.map((product) => [product.id, product]))
const log = Interactions.from(shop.orders)
console.log(`${shop.products.length} products, ${log.users.size} people, ${log.size} orders.`)
printTable(shop.products.slice(0, 3).map(({ id, title, text }) => ({ id, title, text })))

section('2. Some products are new: nobody has bought them yet')
const parts = log.split({ by: 'cold-items', fraction: 0.2, minInteractions: 5, seed: SEED })
const isNew = (id) => parts.test.items.has(id)
console.log(`${parts.test.items.size} new products; ${parts.test.size} orders of theirs, which are to be foreseen.`)

section('3. Three modalities')
const ids = shop.products.map(({ id }) => id)
const blocks = {
  text: await textVectors(
    ids,
    shop.products.map(({ title, text }) => `${title}. ${text}`),
  ),
  picture: await pictureVectors(
    ids,
    await Promise.all(shop.products.map(({ svg }) => sharp(Buffer.from(svg)).jpeg({ quality: 85 }).toBuffer())),
  ),
  behaviour: await behaviourVectors(parts.train, 16),
}
printTable(Object.entries(blocks).map(([block, { size, dims }]) => ({ block, products: size, numbers: dims })))

section('4. One representation')
const known = without(blocks, isNew)
const models = await learn(
  known,
  { behaviour: parts.train },
  { dims: 64, epochs: 40, batchSize: 64, modalityDropout: 0.5 },
)
const { fusion } = models
console.log(`The loss fell from ${fusion.history[0].loss.toFixed(2)} to ${fusion.history.at(-1).loss.toFixed(2)}.`)
const attention = await fusion.attention(blocks)
const shares = (id) => Object.fromEntries(fusion.blocks.map((block, n) => [block, attention.vector(id)[n]]))
console.log('How much each modality counts, for products with a history and without one:')
const shown = [...ids.filter((id) => !isNew(id)).slice(0, 3), ...ids.filter(isNew).slice(0, 3)]
printTable(shown.map((id) => ({ product: id, title: productOf.get(id).title, ...shares(id) })))
check(
  shown.every((id) => Math.abs(Object.values(shares(id)).reduce((a, b) => a + b, 0) - 1) < 1e-4),
  'the shares of attention do not add up to 1',
)
check(
  ids.filter(isNew).every((id) => shares(id).behaviour === 0),
  'new products, which nobody has bought, get a share of behaviour',
)

section('5. New products, foreseen: NDCG@10 of a concatenation and of the fusion')
const half = new Map(ids.filter(isNew).map((id, n) => [id, n % 2 === 0 ? 'text' : 'picture']))
const judged = {
  'text and picture': blocks,
  'one of the two': without(blocks, (id, block) => half.get(id) === block),
}
const rows = []
for (const [what, given] of Object.entries(judged)) rows.push({ what, ...(await judge(models, given, parts)) })
printTable(rows)
for (const { what, low } of rows)
  check(low > 0, `new products with ${what}: the fusion is not better than a concatenation beyond doubt`)

section('6. A list for somebody')
const fused = await fusion.transform(blocks)
const model = await new ContentBased().fit(parts.train, { itemFeatures: fused })
const person = shop.people.find(({ id }) => parts.train.users.has(id))
const describe = (id) => {
  const { title, hidden } = productOf.get(id)
  return { product: id, title, colour: hidden.colour, style: hidden.style, new: isNew(id) ? 'new' : '' }
}
const best = (tastes) => Object.entries(tastes).reduce((a, b) => (b[1] > a[1] ? b : a))[0]
console.log(`${person.id} likes ${best(person.styles)} things, and ${best(person.colours)} ones:`)
const list = await model.recommend(person.id, { k: 6 })
printTable(list.map(({ item, score }) => ({ ...describe(item), score })))

section('7. Texts find pictures, and pictures texts')
const isHeldOut = (id) => ids.indexOf(id) % 4 === 0
const { projection, recalls } = await learnSearch(blocks.text, blocks.picture, isHeldOut, { dims: 24 })
printTable(recalls)
for (const { looks, chance, ...own } of recalls)
  check(own['recall@10'] > 4 * chance, `${looks}: recall@10 is not four times that of chance`)
const encoder = await loadEmbedder()
for (const query of ['red mug', 'blue lamp']) {
  const { vectors } = await encoder.embed([query])
  const found = await findPictures(projection, blocks.picture, vectors, 4)
  console.log(
    `"${query}": ${found.map((id) => `${productOf.get(id).hidden.colour} ${productOf.get(id).hidden.kind}`).join(', ')}`,
  )
}

const real = process.env.KINDRED_REAL
if (real) {
  section('8. 627 photos of fashion: the kind of article, told by the ten nearest others')
  const photos = await readPhotos(real)
  const right = await judgePhotos(photos)
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length
  const figures = Object.entries(right).map(([what, { concatenation, fusion: own }]) => {
    const { value, low, high } = interval(own.map((one, n) => one - concatenation[n]))
    return { what, concatenation: mean(concatenation), fusion: mean(own), difference: value, low, high }
  })
  printTable(figures)
  for (const { what, low } of figures) check(low > 0, `photos, ${what}: the fusion is not better beyond doubt`)
  const held = new Set(photos.ids.filter((_, n) => n % 5 === 0))
  const photoSearch = await learnSearch(photos.blocks.text, photos.blocks.picture, (id) => held.has(id))
  printTable(photoSearch.recalls)
  for (const { looks, chance, ...own } of photoSearch.recalls)
    check(own['recall@10'] > 10 * chance, `photos, ${looks}: recall@10 is not ten times that of chance`)
}

if (problems.length > 0) throw new Error(`\n${problems.join('\n')}`)
console.log('\nAll of this was checked: see examples/fused-shop/README.md.')
