import { createRandom } from '../../../data/random.js'
import type { EncodedRows } from '../fields/encoded-rows.js'
import { type FieldPlan, SHARED_ROWS, UNSEEN } from '../fields/field-plan.js'
import type { RowEncoder } from '../fields/row-encoder.js'

/** Calls `take` for each of `count` with probability `share`, by skips of geometric lengths. */
function each(count: number, share: number, next: () => number, take: (n: number) => void): void {
  const scale = 1 / Math.log1p(-share)
  for (let n = Math.floor(Math.log1p(-next()) * scale); n < count; n += 1 + Math.floor(Math.log1p(-next()) * scale))
    take(n)
}

/** Makes some values of a batch unseen, so that the embeddings of unseen categories learn what they stand for. */
export class UnseenDraws {
  readonly #encoder: RowEncoder
  readonly #share: number
  readonly #seed: number
  readonly #fixed: readonly number[]
  readonly #bags: readonly number[]

  /** @param hasRare whether there are values of this field that are unseen anyway */
  constructor(encoder: RowEncoder, hasRare: (plan: FieldPlan) => boolean, share: number, seed: number) {
    this.#encoder = encoder
    this.#share = share
    this.#seed = seed
    const wanting = (plan: FieldPlan) => plan.kind !== 'numeric' && !hasRare(plan)
    this.#fixed = [...encoder.fixed.keys()].filter((n) => wanting(encoder.fixed[n]!))
    this.#bags = [...encoder.multi.keys()].filter((n) => wanting(encoder.multi[n]!))
  }

  /** Changes the ids of a batch that is of no other use. @param draw another number for each batch */
  apply({ rows, ids, bags }: EncodedRows, draw: number): void {
    if (this.#share === 0 || this.#fixed.length + this.#bags.length === 0) return
    const random = createRandom((this.#seed % 2 ** 20) * 2 ** 32 + draw)
    const next = () => random.next()
    const width = this.#encoder.fixed.length
    for (const place of this.#fixed) {
      const begin = this.#encoder.beginOf(this.#encoder.fixed[place]!)
      each(rows, this.#share, next, (row) => {
        const at = row * width + place
        if (ids[at]! >= begin + SHARED_ROWS) ids[at] = begin + UNSEEN
      })
    }
    for (const n of this.#bags) {
      const begin = this.#encoder.beginOf(this.#encoder.multi[n]!)
      const own = bags[n]!.ids
      each(own.length, this.#share, next, (at) => {
        if (own[at]! >= begin + SHARED_ROWS) own[at] = begin + UNSEEN
      })
    }
  }
}
