/**
 * The k largest inner products of one query and all items, in double precision: what every contestant is held against.
 * @returns {{ scores: Float64Array, tolerance: number }} best first; tolerance: how far a float32 sum of the same
 *   products may lie off, dims * 2^-24 * |query| * the largest |item|
 */
export function referenceScores(items, query, k) {
  const { rows, cols, data } = items
  const best = new Float64Array(Math.min(k, rows)).fill(-Infinity)
  let largest = 0
  for (let row = 0; row < rows; row++) {
    let dot = 0
    let squares = 0
    for (let d = 0, at = row * cols; d < cols; d++, at++) {
      dot += query[d] * data[at]
      squares += data[at] * data[at]
    }
    if (squares > largest) largest = squares
    if (best.length === 0 || dot <= best[best.length - 1]) continue
    let place = best.length - 1
    for (; place > 0 && best[place - 1] < dot; place--) best[place] = best[place - 1]
    best[place] = dot
  }
  const norm = Math.sqrt(query.reduce((sum, x) => sum + x * x, 0) * largest)
  return { scores: best, tolerance: cols * 2 ** -24 * norm }
}

/** Up to `count` of `length` places, evenly spread, the first and the last among them. */
export const sample = (length, count) => {
  const taken = Math.min(length, count)
  return Array.from({ length: taken }, (_, i) => (taken === 1 ? 0 : Math.round((i * (length - 1)) / (taken - 1))))
}

/**
 * A validation of searches by inner product: place by place, the scores of a sample of queries are the reference's, each
 * row listed has the score told, none is listed twice; and all queries have the scores of the first contestant's. An
 * approximate rival is held to its rows' own scores, and its recall is told.
 * @returns validate(contestant, { indices, scores }) for compete
 */
export function neighborsValidator({ items, queries, k, sampled = 3 }) {
  const { cols } = items
  const reference = new Map(sample(queries.rows, sampled).map((q) => [q, referenceScores(items, queries.row(q), k)]))
  const tolerance = Math.max(...[...reference.values()].map((one) => one.tolerance))
  let first
  return ({ name, exact = true }, { indices, scores }) => {
    const fail = (q, place, expected, found) => {
      throw new Error(`${name}, query ${q}, place ${place}: expected ${expected} but found ${found}.`)
    }
    for (const [q, { scores: wanted }] of reference) {
      const listed = indices.subarray(q * k, (q + 1) * k)
      if (new Set(listed).size !== listed.length) fail(q, 'any', 'no row twice', [...listed])
      for (let place = 0; place < k; place++) {
        const [score, row] = [scores[q * k + place], listed[place]]
        const own = queries.row(q).reduce((sum, x, d) => sum + x * items.data[row * cols + d], 0)
        if (!(Math.abs(score - own) <= tolerance)) fail(q, place, `the score of row ${row}, ${own}`, score)
        if (exact && !(Math.abs(score - wanted[place]) <= tolerance)) fail(q, place, wanted[place], score)
      }
    }
    first ??= { indices, scores }
    if (!exact) return { recall: recall(indices, first.indices, k) }
    for (let i = 0; i < queries.rows * k; i++)
      if (!(Math.abs(scores[i] - first.scores[i]) <= 2 * tolerance))
        fail(Math.floor(i / k), i % k, `as the first contestant, ${first.scores[i]}`, scores[i])
  }
}

/** The share of the exact lists [queries, k] that the found ones hold. */
export function recall(found, exact, k) {
  let hits = 0
  for (let begin = 0; begin < exact.length; begin += k) {
    const list = new Set(found.subarray(begin, begin + k))
    for (let i = begin; i < begin + k; i++) if (list.has(exact[i])) hits++
  }
  return hits / exact.length
}
