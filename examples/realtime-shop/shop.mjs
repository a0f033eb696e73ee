// A shop that never was: products of six styles with descriptions, good and bad, and people who like one or two styles.
import { randomOf } from '../shop-features/random.mjs'

const STYLES = {
  rugged: ['tough', 'waxed', 'sturdy', 'outdoor', 'canvas', 'trail'],
  vintage: ['retro', 'classic', 'worn', 'antique', 'faded', 'heritage'],
  luxury: ['silk', 'gold', 'fine', 'elegant', 'handmade', 'cashmere'],
  playful: ['fun', 'cartoon', 'cheerful', 'funny', 'bouncy', 'party'],
  minimal: ['plain', 'clean', 'simple', 'quiet', 'pure', 'sleek'],
  sporty: ['light', 'fast', 'running', 'elastic', 'breathable', 'training'],
}
export const STYLE_NAMES = Object.keys(STYLES)
const KINDS = ['mug', 'lamp', 'chair', 'bag', 'watch', 'scarf', 'jacket', 'shoe']
const GOOD = ['useful', 'well made', 'comfortable', 'lasting', 'practical', 'carefully finished', 'honest', 'reliable']
const BAD = [
  'miracle',
  'act now',
  'guaranteed winner',
  'free money',
  'click here',
  'secret trick',
  'fake brand',
  'no refund',
]
const FILLER = ['for every day', 'made for you', 'in our shop', 'new this week', 'for the home', 'a gift idea']

/** Text of a description; a good one has a bad phrase now and then, and the other way round. */
function describe(random, style, kind, isGood) {
  const phrase = () => random.pick(random.next() < 0.7 === isGood ? GOOD : BAD)
  return [
    ...random.some(STYLES[style], 2),
    kind,
    phrase(),
    random.pick(FILLER),
    phrase(),
    random.pick(FILLER),
    phrase(),
  ].join(' ')
}

/** Products { id, style, text, isGood }, people with their tastes, and what they bought. */
export function makeShop({ seed, products: count = 1500, people = 500 }) {
  const random = randomOf(seed)
  const products = Array.from({ length: count }, (_, n) => {
    const [style, kind] = [random.pick(STYLE_NAMES), random.pick(KINDS)]
    const isGood = random.next() < 0.75
    return { id: `p${n + 1}`, style, text: describe(random, style, kind, isGood), isGood }
  })
  const byStyle = new Map(STYLE_NAMES.map((style) => [style, products.filter((one) => one.style === style)]))
  const tastes = Array.from({ length: people }, () => random.some(STYLE_NAMES, 2))
  const orders = tastes.flatMap((styles, user) =>
    Array.from({ length: 12 }, () => {
      const style = random.next() < 0.9 ? random.pick(styles) : random.pick(STYLE_NAMES)
      return { user, item: random.pick(byStyle.get(style)).id }
    }),
  )
  return { products, tastes, orders }
}
