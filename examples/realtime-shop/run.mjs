// A shop in real time: lists while clicks come in, kept lists and several threads, content that is good or bad.
//   node examples/realtime-shop/run.mjs          npm run examples runs it too
// With VALKEY_URL, such as redis://localhost:6379, features of visitors are kept there. It ends with an error where a list that
// was kept differs from one that is computed, or a click does not change the very next answer.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import {
  AlternatingLeastSquares,
  Catalogue,
  EventLog,
  FeatureStore,
  Features,
  Interactions,
  LiveModel,
  RecommendationServer,
} from 'kindred'
import { printTable, section } from '../shop-features/print.mjs'
import { randomOf } from '../shop-features/random.mjs'
import { judgeContent } from './content.mjs'
import { load, percentile, post } from './load.mjs'
import { makeShop, STYLE_NAMES } from './shop.mjs'

const seed = Number(process.env.SHOP_SEED ?? 1)
const rate = { count: 400, perSecond: 100, seed }
const problems = []
const check = (isTrue, problem) => {
  if (!isTrue) problems.push(problem)
}
const work = await mkdtemp(join(tmpdir(), 'kindred-realtime-'))
const folder = join(work, 'model')

/** A service in a thread; `end` waits for its end. */
async function inThread(cachedLists) {
  const worker = new Worker(new URL('worker.mjs', import.meta.url), { workerData: { folder, cachedLists } })
  const url = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  const end = () => new Promise((resolve) => worker.once('exit', resolve).postMessage('end'))
  return { url, end }
}

try {
  section('1. What the shop has')
  const { products, tastes, orders } = makeShop({ seed })
  console.log(`${products.length} products, ${tastes.length} people, ${orders.length} orders. For example:`)
  printTable(products.slice(0, 3).map(({ id, text, isGood }) => ({ id, text, content: isGood ? 'good' : 'bad' })))

  section('2. Good or bad content: several classifiers and their mean')
  const { embedder, vectors, good, ensemble, members, median, tested } = await judgeContent(products, seed)
  const row = (what, { loss, accuracy }) => ({ what, 'log loss': loss.toFixed(4), accuracy: accuracy.toFixed(3) })
  printTable([row('best member', members[0]), row('median member', median), row('mean of all', ensemble)])
  const shown = new Set(products.filter((_, n) => good[n] >= 0.5).map(({ id }) => id))
  console.log(
    `Judged on ${tested} held out. ${shown.size} products are shown, ${products.length - shown.size} withheld.`,
  )
  check(ensemble.loss < median.loss, "the ensemble's mean is no better than its median member")
  check(ensemble.accuracy > 0.75, 'the ensemble does not tell good from bad')

  section('3. A service')
  const sold = Interactions.from(orders.filter(({ item }) => shown.has(item)))
  const model = await new AlternatingLeastSquares({ factors: 32, iterations: 10, seed }).fit(sold)
  await model.save(folder)
  const listed = products.flatMap(({ id }, n) => (shown.has(id) ? [n] : []))
  const features = Features.from(
    listed.map((n) => products[n].id),
    listed.map((n) => vectors.row(n)),
  )
  const titles = Catalogue.from(products, { id: 'id', text: '{text}' })
  const log = await EventLog.open(join(work, 'events'))
  const live = new LiveModel(model, { log })
  const server = await RecommendationServer.start({ model: live, embedder, features, titles })
  console.log(
    `${sold.users.size} visitors, ${sold.items.size} products. For visitor 7, who likes ${tastes[7].join(' and ')}:`,
  )
  const { items } = await post(server.url, '/recommend', { user: 7, k: 3, titles: true, reasons: true })
  printTable(items.map(({ item, score, title }) => ({ item, score, title })))
  console.log(`${items[0].item} ${items[0].reasons[0]}`)
  const { items: found } = await post(server.url, '/search', { text: 'a sturdy bag for the trail', k: 2, titles: true })
  console.log(`"a sturdy bag for the trail": ${found.map(({ title }) => title).join('; ')}`)

  section('4. Clicks during requests')
  const random = randomOf(seed + 1)
  const visitors = [...sold.users]
  const goods = [...sold.items]
  let changed = 0
  const clicks = (async () => {
    for (let n = 0; n < 25; n++) {
      const user = visitors[n]
      const before = await post(server.url, '/recommend', { user, k: 10 })
      const { item } = before.items[random.integer(5)]
      await post(server.url, '/events', [{ user, item, weight: 1 }])
      const after = await post(server.url, '/recommend', { user, k: 10 })
      if (!after.items.some((one) => one.item === item) && after.version !== before.version) changed++
    }
  })()
  const mixed = await load([server.url], rate, ({ pick, next }) => {
    if (next() >= 0.05) return { route: '/recommend', body: { user: pick(visitors), k: 10 } }
    return { route: '/events', body: [{ user: pick(visitors), item: pick(goods) }] }
  })
  await clicks
  console.log(
    `25 clicks, ${changed} changed the very next answer; ${mixed.failed} of ${rate.count} other requests failed.`,
  )
  check(changed === 25, 'a click does not change the very next answer')
  check(mixed.failed === 0, 'requests failed')

  section('5. Kept lists, and threads')
  const threads = { 'without cache': [await inThread(0)], 'with cache': [await inThread(10_000)] }
  threads['2 threads, with cache'] = [threads['with cache'][0], await inThread(10_000)]
  const reads = ({ integer }) => ({ route: '/recommend', body: { user: visitors[integer(100)], k: 10 } })
  const times = []
  for (const [what, services] of Object.entries(threads)) {
    const { p50, p99, failed } = await load(
      services.map(({ url }) => url),
      rate,
      reads,
    )
    times.push({ what, 'p50, ms': p50, 'p99, ms': p99, failed })
    check(failed === 0, `${what}: requests failed`)
  }
  printTable([{ what: 'with clicks', 'p50, ms': mixed.p50, 'p99, ms': mixed.p99, failed: mixed.failed }, ...times])
  let equal = 0
  for (const user of visitors.slice(0, 100)) {
    const [plain, kept] = ['without cache', 'with cache'].map((what) => threads[what][0].url)
    const body = { user, k: 10 }
    const [computed, first, again] = [
      await post(plain, '/recommend', body),
      await post(kept, '/recommend', body),
      await post(kept, '/recommend', body),
    ]
    if ([first, again].every((one) => JSON.stringify(one.items) === JSON.stringify(computed.items))) equal++
  }
  console.log(`${equal} of 100 lists out of the cache are those that are computed, to the bit.`)
  check(equal === 100, 'a list that was kept differs from one that is computed')
  for (const { end } of new Set(Object.values(threads).flat())) await end()

  section('6. Features of visitors')
  const url = process.env.VALKEY_URL
  const store = await FeatureStore.open({
    views: { visitor: { columns: STYLE_NAMES, defaults: STYLE_NAMES.map(() => 0) } },
    ...(url === undefined ? {} : { store: { url, stale: 'error' } }),
  })
  const styleOf = new Map(products.map(({ id, style }) => [id, style]))
  const counts = new Map()
  for (const { user, item } of orders) {
    const own = counts.get(user) ?? Object.fromEntries(STYLE_NAMES.map((style) => [style, 0]))
    own[styleOf.get(item)]++
    counts.set(user, own)
  }
  await store.putMany(
    'visitor',
    Array.from(counts, ([id, values]) => ({ id, values })),
  )
  const reading = []
  for (let n = 0; n < 500; n++) {
    const start = performance.now()
    await store.get([{ view: 'visitor', id: n % tastes.length }])
    reading.push(performance.now() - start)
  }
  const [{ values }] = await store.get([{ view: 'visitor', id: 7 }])
  console.log(
    `${url === undefined ? 'In this process' : 'In Valkey'}: p50 ${percentile(reading, 50).toFixed(3)} ms, p99 ${percentile(reading, 99).toFixed(3)} ms.`,
  )
  console.log(`Visitor 7 bought: ${STYLE_NAMES.map((style, n) => `${style} ${values[n]}`).join(', ')}`)
  const most = STYLE_NAMES[[...values].indexOf(Math.max(...values))]
  check(tastes[7].includes(most), 'the features of a visitor are not what they bought')

  store.dispose()
  await server.close()
  await live.settled()
  await log.close()
  embedder.dispose()
} finally {
  await rm(work, { recursive: true, force: true })
}
if (problems.length > 0) throw new Error(`Expected otherwise: ${problems.join('; ')}.`)
