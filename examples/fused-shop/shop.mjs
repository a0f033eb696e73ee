// A shop that never was: products with texts and drawn pictures, people with tastes that we know, and what they bought.
//
// What somebody likes has three parts, and each modality tells one of them best. The style stands in the words of the text. The
// colour is to be seen in the picture, and only now and then named. How a product is made neither tells: only those who had it know.
// What kind of product it is, which both tell louder than all else, matters little.
import { randomOf } from '../shop-features/random.mjs'

const STYLES = {
  minimal: ['plain', 'clean', 'simple', 'quiet', 'unadorned', 'pure', 'understated', 'sleek'],
  rugged: ['tough', 'waxed', 'sturdy', 'outdoor', 'canvas', 'hardwearing', 'trail', 'weatherproof'],
  vintage: ['retro', 'classic', 'worn', 'seventies', 'antique', 'patina', 'heritage', 'faded'],
  luxury: ['silk', 'gold', 'fine', 'elegant', 'handmade', 'cashmere', 'precious', 'polished'],
  playful: ['fun', 'cartoon', 'cheerful', 'happy', 'funny', 'bouncy', 'silly', 'party'],
}
export const COLOURS = {
  red: '#c8202c',
  orange: '#ef8a1d',
  green: '#2f8f3e',
  blue: '#2457c5',
  violet: '#7a3fa8',
  black: '#26262a',
}
/** What each kind looks like, in a square of 100 x 100. */
const SHAPES = {
  mug: '<rect x="25" y="30" width="40" height="45" rx="5"/><path d="M65 38h14v26h-14" fill="none" stroke-width="7"/>',
  lamp: '<path d="M32 20h36l12 32H20z"/><rect x="46" y="52" width="8" height="28"/><rect x="32" y="80" width="36" height="6"/>',
  chair:
    '<rect x="28" y="14" width="8" height="72"/><rect x="28" y="48" width="44" height="9"/><rect x="64" y="48" width="8" height="38"/>',
  bag: '<rect x="20" y="40" width="60" height="42" rx="6"/><path d="M34 40c0-26 32-26 32 0" fill="none" stroke-width="6"/>',
  watch:
    '<circle cx="50" cy="50" r="22"/><rect x="42" y="8" width="16" height="22"/><rect x="42" y="70" width="16" height="22"/>',
  scarf: '<path d="M20 28c20 18 40 18 60 0l4 12c-22 18-46 18-68 0z"/><rect x="56" y="44" width="15" height="44"/>',
}
export const KINDS = Object.keys(SHAPES)
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
  'and',
  'your',
  'home',
]
const MAKINGS = 4 // directions of what neither text nor picture tells

function makeProducts(random, count) {
  return Array.from({ length: count }, (_, n) => {
    const [style, colour, kind] = [Object.keys(STYLES), Object.keys(COLOURS), KINDS].map((list) => random.pick(list))
    const words = [...random.some(STYLES[style], 3), ...random.some(FILLER, 8)]
    if (random.next() < 0.5) words.push(colour)
    return {
      id: `p${String(n + 1).padStart(3, '0')}`,
      title: `${random.pick(STYLES[style])} ${kind}`,
      text: `${random.some(words, words.length).join(' ')}.`,
      hidden: { style, colour, kind, making: Array.from({ length: MAKINGS }, random.normal) },
    }
  })
}

/** A product as a shop photographs it: before white, a little larger or smaller, turned and aside, its colour not quite pure. */
export function drawingOf({ hidden: { colour, kind } }, random) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const pure = Number.parseInt(COLOURS[colour].slice(at, at + 2), 16)
    return Math.min(255, Math.max(0, Math.round(pure + 22 * random.normal())))
  })
  const fill = `rgb(${red},${green},${blue})`
  const [x, y, turn, size] = [4, 4, 5, 0.08].map((spread) => spread * random.normal())
  return `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="120" viewBox="0 0 100 100">
<rect width="100" height="100" fill="#fdfdfb"/>
<g fill="${fill}" stroke="${fill}" stroke-width="0" transform="translate(${50 + x} ${50 + y}) rotate(${turn}) scale(${0.9 + size}) translate(-50 -50)">${SHAPES[kind]}</g></svg>`
}

function makePeople(random, count) {
  const tastes = (names) => Object.fromEntries(names.map((name) => [name, random.normal()]))
  return Array.from({ length: count }, (_, n) => ({
    id: `u${String(n + 1).padStart(4, '0')}`,
    styles: tastes(Object.keys(STYLES)),
    colours: tastes(Object.keys(COLOURS)),
    kinds: tastes(KINDS),
    making: Array.from({ length: MAKINGS }, random.normal),
  }))
}

/** How well a product suits somebody: of mean 0, deviation about 1. */
export function suits(person, { hidden: { style, colour, kind, making } }) {
  const untold = making.reduce((sum, value, i) => sum + value * person.making[i], 0) / Math.sqrt(MAKINGS)
  return 0.65 * person.styles[style] + 0.65 * person.colours[colour] + 0.1 * person.kinds[kind] + 0.4 * untold
}

/** Somebody buys what suits them more often than not. */
function makeOrders(random, people, products, each) {
  return people.flatMap((person) => {
    const weights = products.map((product) => Math.exp(2.2 * suits(person, product)))
    return Array.from({ length: Math.round(each * (0.5 + random.next())) }, () => {
      const at = random.weighted(weights)
      weights[at] = 0
      return { user: person.id, item: products[at].id }
    })
  })
}

/** The shop's products, with an SVG each, and orders; and what nobody in the shop knows: `people`. */
export function makeShop({ seed = 1, products = 300, people = 500, each = 20 } = {}) {
  const random = randomOf(seed)
  const made = makeProducts(random, products).map((product) => ({ ...product, svg: drawingOf(product, random) }))
  const all = makePeople(random, people)
  return { products: made, people: all, orders: makeOrders(random, all, made, each) }
}
