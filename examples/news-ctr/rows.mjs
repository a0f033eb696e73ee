// What models learn from: who, when, how old, and what texts say of the article and of the articles clicked before.
import { PCA, Table } from 'kindred'

/** Articles clicked before that stand for a reader. */
const REMEMBERED = 10

/** The articles that each reader had clicked before each row, the latest last: never what comes later. */
export function histories(shown) {
  const clicked = new Map()
  // A visit shows several articles at one moment: none of them is known at it.
  let waiting = []
  return shown.map(({ user, item, time, click }) => {
    if (waiting.length > 0 && waiting[0].time < time) {
      for (const one of waiting) clicked.set(one.user, [...(clicked.get(one.user) ?? []), one.item].slice(-REMEMBERED))
      waiting = []
    }
    if (click) waiting.push({ user, item, time })
    return clicked.get(user) ?? []
  })
}

const dot = (a, b) => a.reduce((sum, x, d) => sum + x * b[d], 0)

function unit(vector) {
  const norm = Math.sqrt(dot(vector, vector))
  return norm > 0 ? Float32Array.from(vector, (x) => x / norm) : vector
}

/** The mean of vectors, of length 1; undefined of none. */
function meanOf(vectors) {
  if (vectors.length === 0) return undefined
  const sum = new Float32Array(vectors[0].length)
  for (const vector of vectors) for (const [d, x] of vector.entries()) sum[d] += x
  return unit(sum)
}

/**
 * A table of all rows.
 * @param vectors of texts by article, a Matrix in the order of `articles`; undefined: what is known without any text
 */
export async function rowsOf({ articles, shown }, past, vectors) {
  const at = new Map(articles.map((article, row) => [article.id, { ...article, row }]))
  const columns = {
    user: shown.map(({ user }) => user),
    hour: shown.map(({ time }) => `h${new Date(time).getUTCHours() >> 2}`),
    age: shown.map(({ item, time }) => (time - at.get(item).time) / 3600e3),
    clicks: past.map((items) => items.length),
    click: shown.map(({ click }) => click),
  }
  if (vectors === undefined) return Table.from(columns)
  const units = articles.map((_, row) => unit(vectors.row(row)))
  const fewer = await (await new PCA({ components: 12 }).fit(vectors)).transform(vectors)
  const profiles = past.map((items) => meanOf(items.map((id) => units[at.get(id).row])))
  return Table.from({
    ...columns,
    match: shown.map(({ item }, n) => (profiles[n] ? dot(profiles[n], units[at.get(item).row]) : null)),
    nearest: shown.map(({ item }, n) =>
      past[n].length > 0 ? Math.max(...past[n].map((id) => dot(units[at.get(id).row], units[at.get(item).row]))) : null,
    ),
    text: shown.map(({ item }) => fewer.row(at.get(item).row)),
  })
}
