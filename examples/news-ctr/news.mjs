// A simulated news site: articles of topics, readers with tastes, and what they were shown and clicked in two weeks.
import { randomOf } from '../shop-features/random.mjs'

const TOPICS = {
  football: 'striker goal league coach penalty derby keeper transfer stadium squad',
  tennis: 'serve racket final set champion court seed rally umpire volley',
  markets: 'shares bonds rally investors index profit yield trading bank merger',
  politics: 'minister parliament vote senate treaty coalition reform election cabinet veto',
  science: 'telescope genome particle fossil climate laboratory vaccine orbit theory species',
  gadgets: 'phone laptop battery chip screen software update headset camera robot',
  films: 'director premiere actor script festival sequel drama comedy studio award',
  music: 'album concert singer guitar orchestra tour chart festival drummer melody',
  food: 'recipe chef bakery cheese wine soup harvest kitchen spice dessert',
  travel: 'island airline hotel beach train border museum cruise passport hiking',
}
const OPENINGS = ['how the', 'why a', 'the new', 'inside the', 'what the', 'a look at the', 'no more', 'all about the']
const ENDINGS = [
  'this week',
  'explained',
  'in pictures',
  'after all',
  'once again',
  'says report',
  'in numbers',
  'at last',
]
/** What makes any title better or worse, which words alone tell. */
const TONES = { exclusive: 1, live: 0.6, sponsored: -1.2, archive: -0.8 }
const HOUR = 3600e3
const START = Date.UTC(2026, 5, 1)

/** Every word of the titles. */
export function vocabulary() {
  const all = [...Object.values(TOPICS), ...OPENINGS, ...ENDINGS, Object.keys(TONES).join(' ')].join(' ')
  return [...new Set(all.split(' '))]
}

const sigmoid = (x) => 1 / (1 + Math.exp(-x))

/**
 * @returns {{ articles: { id: string, title: string, topic: string, time: number }[], shown: { user: string, item: string,
 *   time: number, click: number }[] }} what was shown, by time
 */
export function newsOf(seed, { readers = 200, articles: count = 300, days = 14, visits = 15, perVisit = 6 } = {}) {
  const random = randomOf(seed)
  const topics = Object.keys(TOPICS)
  const articles = Array.from({ length: count }, (_, n) => {
    const topic = random.pick(topics)
    const tone = random.next() < 0.4 ? random.pick(Object.keys(TONES)) : ''
    const words = random.some(TOPICS[topic].split(' '), 3)
    const title = [tone, random.pick(OPENINGS), ...words, random.pick(ENDINGS)].filter(Boolean).join(' ')
    return {
      id: `a${n}`,
      title,
      topic,
      tone: TONES[tone] ?? 0,
      time: START + Math.floor((days * 24 * n) / count) * HOUR,
    }
  })
  const tastes = Array.from({ length: readers }, () => {
    const liked = random.some(topics, 2)
    return Object.fromEntries(
      topics.map((topic) => [topic, liked.includes(topic) ? 2.2 : -0.9 + 0.4 * random.normal()]),
    )
  })
  const shown = []
  for (const [user, taste] of tastes.entries())
    for (let visit = 0; visit < visits; visit++) {
      const time = START + (36 + random.next() * (days * 24 - 36)) * HOUR
      const fresh = articles.filter((article) => article.time <= time && article.time > time - 60 * HOUR)
      for (const article of random.some(fresh, perVisit)) {
        const age = (time - article.time) / HOUR
        const score = -1.1 + taste[article.topic] + article.tone - 0.012 * age + 0.3 * random.normal()
        shown.push({ user: `u${user}`, item: article.id, time, click: random.next() < sigmoid(score) ? 1 : 0 })
      }
    }
  shown.sort((a, b) => a.time - b.time)
  return { articles, shown }
}
