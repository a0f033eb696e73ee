// A shop that never was: products with texts, people with tastes that we know, what they did, and the dirt of real logs.
//
// What somebody likes has two parts. One stands in the texts: a style, told in its words, and a kind of product. The other
// no text tells: how a thing is made, which only those who had it know. So texts alone and behaviour alone each see a half.
import { randomOf } from './random.mjs'

const STYLES = {
  minimal: ['plain', 'clean', 'simple', 'quiet', 'unadorned', 'pure', 'understated', 'sleek'],
  rugged: ['tough', 'waxed', 'sturdy', 'outdoor', 'canvas', 'hardwearing', 'trail', 'weatherproof'],
  vintage: ['retro', 'classic', 'worn', 'seventies', 'antique', 'patina', 'heritage', 'faded'],
  sporty: ['light', 'breathable', 'fast', 'stretch', 'mesh', 'training', 'quick', 'running'],
  luxury: ['silk', 'gold', 'fine', 'elegant', 'handmade', 'cashmere', 'precious', 'polished'],
  playful: ['bright', 'fun', 'colourful', 'cartoon', 'neon', 'cheerful', 'striped', 'happy'],
}
const KINDS = ['shoes', 'jacket', 'bag', 'lamp', 'watch', 'chair', 'scarf', 'mug']
const BRANDS = ['Alder', 'Borealis', 'Castell', 'Dunmore', 'Elmo', 'Fjell']
const FILLER = [
  'with',
  'for',
  'every',
  'day',
  'made',
  'our',
  'new',
  'you',
  'will',
  'love',
  'this',
  'in',
  'a',
  'the',
  'and',
]
const MAKINGS = 6 // directions of what no text tells

export const STYLE_NAMES = Object.keys(STYLES)
const DAY = 86_400_000
const START = Date.parse('2026-01-01T00:00:00Z')

function makeProducts(random, count) {
  return Array.from({ length: count }, (_, n) => {
    const style = random.pick(STYLE_NAMES)
    const second = random.pick(STYLE_NAMES)
    const kind = random.pick(KINDS)
    const brand = random.pick(BRANDS)
    const words = [...random.some(STYLES[style], 4), random.pick(STYLES[second]), ...random.some(FILLER, 6)]
    return {
      id: `p${String(n + 1).padStart(3, '0')}`,
      brand,
      kind,
      price: Math.round(100 * Math.exp(3 + random.normal() * 0.6 + (style === 'luxury' ? 1 : 0))) / 100,
      title: `${brand} ${random.pick(STYLES[style])} ${kind}`,
      text: `${random.some(words, words.length).join(' ')}.`,
      hidden: {
        style,
        second,
        making: Array.from({ length: MAKINGS }, random.normal),
        quality: 0.35 * random.normal() + (brand === 'Castell' ? 0.5 : 0) - (brand === 'Elmo' ? 0.5 : 0),
      },
    }
  })
}

function makePeople(random, count) {
  return Array.from({ length: count }, (_, n) => ({
    id: `u${String(n + 1).padStart(4, '0')}`,
    styles: Object.fromEntries(STYLE_NAMES.map((style) => [style, random.normal()])),
    kinds: Object.fromEntries(KINDS.map((kind) => [kind, random.normal()])),
    making: Array.from({ length: MAKINGS }, random.normal),
  }))
}

/** How well a product suits somebody: of mean 0, deviation about 1. */
function suits(person, { kind, hidden }) {
  const told = 0.75 * person.styles[hidden.style] + 0.3 * person.styles[hidden.second] + 0.45 * person.kinds[kind]
  const untold = hidden.making.reduce((sum, value, i) => sum + value * person.making[i], 0) / Math.sqrt(MAKINGS)
  return 0.7 * told + 0.75 * untold + hidden.quality
}

/** Somebody buys what suits them more often than not, and says afterwards how it was, from 1 to 5 stars. */
function makeOrders(random, people, products, each) {
  const orders = []
  for (const person of people) {
    const weights = products.map((product) => Math.exp(1.8 * suits(person, product)))
    for (let n = Math.round(each * (0.5 + random.next())); n > 0; n--) {
      const at = random.weighted(weights)
      weights[at] = 0
      const stars = Math.round(2.4 + 1.1 * suits(person, products[at]) + 0.5 * random.normal())
      orders.push({
        user: person.id,
        item: products[at].id,
        stars: Math.min(5, Math.max(1, stars)),
        time: START + random.integer(120) * DAY + random.integer(DAY),
      })
    }
  }
  return orders.sort((a, b) => a.time - b.time)
}

/** What logs hold beside orders: rows sent twice, rows without a user, stars that cannot be, clocks that were wrong, tests. */
function soil(random, orders) {
  const rows = orders.map(({ user, item, stars, time }) => ({
    user,
    item,
    stars: String(stars),
    time: new Date(time).toISOString(),
  }))
  const copies = random.some(rows.slice(0, 3000), 60).map((row) => ({ ...row }))
  for (const row of random.some(rows, 40)) row.user = null
  for (const row of random.some(rows, 30)) row.stars = random.pick(['99', '-1', '0'])
  for (const row of random.some(rows, 25)) row.stars = 'n/a'
  for (const row of random.some(rows, 15)) row.time = '1970-01-01T00:00:00.000Z'
  for (const row of random.some(rows, 10)) row.item = 'p999'
  const robot = Array.from({ length: 300 }, (_, n) => ({
    user: 'monitoring',
    item: rows[n % 50].item,
    stars: '3',
    time: new Date(START + n * 60_000).toISOString(),
  }))
  return random.some([...rows, ...copies, ...robot], rows.length + copies.length + robot.length)
}

/** The shop's tables as they come: `products` with texts, `log` with dirt; and what nobody in the shop knows: `people`. */
export function makeShop({ seed = 1, products = 240, people = 1000, each = 18 } = {}) {
  const random = randomOf(seed)
  const made = makeProducts(random, products)
  const all = makePeople(random, people)
  const log = soil(random, makeOrders(random, all, made, each))
  return { products: made, people: all, log, styles: STYLES, suits }
}
