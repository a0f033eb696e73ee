// Makes readers.csv: SIMULATED readers of the books in books.jsonl, from the generative model that README.md describes.
// It sees subjects, never a description or an encoder's vectors. node assets/classics/make-readers.mjs (after a build)
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const { createRandom } = createRequire(import.meta.url)('../../dist/data/random.js')

const SEED = 1851
const READERS = 600
const TASTE = 6 // pull of a book all of whose subjects lie in a reader's first theme
const SECOND = 0.7 // the second theme pulls this much as strongly
const FAME = 0.7 // spread of the books' fame (log-normal)
const SHELF = { shortest: 8, mean: 20 }

/** What readers have a taste for: groups of subjects. */
const THEMES = {
  voyages: ['sea', 'exploration', 'islands', 'arctic', 'desert', 'travel', 'adventure', 'mountains', 'west'],
  hearts: ['love', 'courtship', 'marriage', 'women'],
  manners: ['society', 'comedy', 'satire', 'money'],
  shadows: ['gothic', 'ghosts', 'horror', 'madness'],
  crimes: ['mystery', 'detective', 'crime', 'justice', 'law', 'prison'],
  futures: ['science fiction', 'time travel', 'invention', 'utopia'],
  wonders: ['fantasy', 'fairy tales', 'myth', 'epic', 'medieval'],
  ideas: ['philosophy', 'psychology', 'essays', 'education'],
  nature: ['nature', 'animals', 'science', 'medicine', 'country life'],
  struggle: ['poverty', 'labour', 'slavery', 'race', 'revolution', 'city life'],
  power: ['war', 'politics', 'history', 'economics', 'ambition', 'rome', 'greece', 'renaissance'],
  spirit: ['religion', 'faith', 'death', 'orient'],
  youth: ['childhood', 'family', 'coming of age', 'school', 'friendship'],
  stage: ['drama', 'tragedy', 'theatre', 'revenge'],
  verse: ['poetry', 'art', 'music'],
  lives: ['memoir', 'biography', 'loneliness', 'exile'],
}

export function makeReaders(books) {
  const random = createRandom(SEED)
  const gumbel = () => -Math.log(-Math.log(random.next() || Number.MIN_VALUE))
  const themes = Object.values(THEMES)
  // [books][themes]: the share of a book's subjects that lie in a theme
  const share = books.map(({ subjects }) =>
    themes.map((theme) => subjects.filter((subject) => theme.includes(subject)).length / subjects.length),
  )
  const fame = books.map(() => FAME * random.normal())

  const rows = ['reader,book,position']
  for (let reader = 1; reader <= READERS; reader++) {
    const first = random.integer(themes.length)
    const second = random.integer(themes.length)
    const length = SHELF.shortest + Math.floor(-Math.log(1 - random.next()) * (SHELF.mean - SHELF.shortest))
    // A book is chosen with probability proportional to exp(utility), without replacement (Gumbel top-k).
    rows.push(
      ...books
        .map(({ id }, b) => {
          const taste = TASTE * (share[b][first] + SECOND * share[b][second])
          return [taste + fame[b] + gumbel(), id]
        })
        .sort((a, b) => b[0] - a[0])
        .slice(0, Math.min(length, books.length / 4))
        .map(([, id]) => [random.next(), id])
        .sort((a, b) => a[0] - b[0])
        .map(([, id], position) => `reader-${reader},${id},${position + 1}`),
    )
  }
  return `${rows.join('\n')}\n`
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const here = (name) => new URL(name, import.meta.url)
  const books = readFileSync(here('books.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  writeFileSync(here('readers.csv'), makeReaders(books))
}
