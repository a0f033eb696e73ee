// Items whose kind two modalities tell in part each: one says the first half of it, the other the second, both under noise.
import { Features, Interactions, Matrix } from 'kindred'
import { createRandom } from '#lib/data/random.js'

/** Kinds: pairs of a half that the first modality tells and one that the second does. */
export const KINDS = 16
const HALVES = 4

export interface Made {
  text: Features
  image: Features
  /** Of each item. */
  labels: Map<number, string>
  /** Each user has a favourite half of either sort, and chooses items that have both, or one of them. */
  behaviour: Interactions
}

/** Items 0, 1, ... with vectors of 12 and 10 numbers, of which few tell anything. */
export function makeModalities({ items = 240, users = 120, noise = 0.25, seed = 1 } = {}): Made {
  const random = createRandom(seed)
  const dims = { text: 12, image: 10 }
  const loud = (row: Float32Array) => {
    // What tells nothing is louder than what tells something.
    for (let d = HALVES; d < row.length; d++) row[d] = 0.7 * random.normal()
  }
  const [text, image] = [new Matrix(items, dims.text), new Matrix(items, dims.image)]
  const labels = new Map<number, string>()
  const halves = Array.from({ length: items }, () => [random.integer(HALVES), random.integer(HALVES)] as const)
  for (const [item, [first, second]] of halves.entries()) {
    for (const [matrix, half] of [
      [text, first],
      [image, second],
    ] as const) {
      const row = matrix.row(item)
      loud(row)
      for (let d = 0; d < HALVES; d++) row[d] = (d === half ? 1 : 0) + noise * random.normal()
    }
    labels.set(item, `${first}-${second}`)
  }
  const rows = []
  for (let user = 0; user < users; user++) {
    const [first, second] = [random.integer(HALVES), random.integer(HALVES)]
    for (const [item, own] of halves.entries()) {
      const shared = Number(own[0] === first) + Number(own[1] === second)
      if (random.next() < [0.01, 0.15, 0.8][shared]!) rows.push({ user, item })
    }
  }
  const ids = Array.from({ length: items }, (_, item) => item)
  return {
    text: Features.from(ids, text),
    image: Features.from(ids, image),
    labels,
    behaviour: Interactions.from(rows),
  }
}

/** The vectors of some items. */
export function some(features: Features, isKept: (id: number) => boolean): Features {
  const ids = ([...features.ids] as number[]).filter(isKept)
  return Features.from(
    ids,
    ids.map((id) => features.vector(id)),
  )
}

/** How many of the ten nearest among `known` share the label, on the mean over the others. */
export function sharedLabels(features: Features, labels: ReadonlyMap<number, string>, known: (id: number) => boolean) {
  const ids = [...features.ids] as number[]
  const cosine = (a: number, b: number) => {
    const [u, v] = [features.vector(a), features.vector(b)]
    const dot = (p: Float32Array, q: Float32Array) => p.reduce((sum, value, d) => sum + value * q[d]!, 0)
    return dot(u, v) / Math.sqrt(dot(u, u) * dot(v, v) || 1)
  }
  const shares = ids
    .filter((id) => !known(id))
    .map((id) => {
      const near = ids.filter(known).sort((a, b) => cosine(id, b) - cosine(id, a))
      return near.slice(0, 10).filter((other) => labels.get(other) === labels.get(id)).length / 10
    })
  return shares.reduce((sum, share) => sum + share, 0) / shares.length
}
