// Simulated viewers: what they watch next follows a rule, so that it can be told how true a list is.

const GENRES = ['western', 'noir', 'musical', 'horror', 'space', 'comedy', 'war', 'romance']
const FILMS_OF_GENRE = 12
const STAYS = 0.85

/** Numbers in [0, 1) from a seed (mulberry32, Tommy Ettinger). */
export function randomOf(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Films by id: 'noir-3' is the fourth of its genre, in the order in which they were made. */
export const FILMS = GENRES.flatMap((genre) => Array.from({ length: FILMS_OF_GENRE }, (_, n) => `${genre}-${n}`))

/** Whether a film goes on from another: the next of its genre, the first after the last. */
export function goesOn(film, next) {
  const [genre, n] = film.split('-')
  return next === `${genre}-${(Number(n) + 1) % FILMS_OF_GENRE}`
}

/** Rows of a log: each viewer goes through genres by year, and now and then changes to another. No film comes twice. */
export function watch({ viewers = 400, films = 24, seed = 1 } = {}) {
  const random = randomOf(seed)
  const rows = []
  for (let user = 0; user < viewers; user++) {
    const seen = new Set()
    let item = FILMS[Math.floor(random() * FILMS.length)]
    for (let time = 0; time < films; time++) {
      rows.push({ user, item, time })
      seen.add(item)
      const next = FILMS.find((film) => goesOn(item, film))
      const left = FILMS.filter((film) => !seen.has(film))
      item = random() < STAYS && !seen.has(next) ? next : left[Math.floor(random() * left.length)]
    }
  }
  return rows
}
