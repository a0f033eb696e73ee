import { rowIndices } from '../data/csr.js'
import { type Id, toId } from '../data/id-map.js'
import { createRandom } from '../data/random.js'
import type { Ids } from '../models/base/recommend-options.js'
import type { RankingModel } from '../models/base/recommender.js'
import { checkIterable } from '../native/argument-checks.js'
import { KindredError, show } from '../native/errors.js'
import type { GroundTruth } from './ground-truth.js'
import { positionsById, seedOf } from './id-order.js'
import { rowScorer } from './row-scorer.js'

/** Given negatives by user. @throws ERR_VALUE, ERR_DUPLICATE for a user that comes twice */
export function givenNegatives(negatives: Iterable<readonly [Id, Ids]>): Map<Id, Ids> {
  const given = new Map<Id, Ids>()
  for (const entry of checkIterable('negatives', negatives, 'a number or a list of [user, items]')) {
    if (!Array.isArray(entry) || entry.length !== 2)
      throw new KindredError('ERR_VALUE', `negatives: expected entries [user, items] but received ${show(entry)}.`)
    const user = toId(entry[0], () => 'negatives: a user')
    const where = `negatives of user ${show(user)}`
    const items = [...checkIterable(where, entry[1] as Ids, 'a list of item ids')].map((item) =>
      toId(item, () => where),
    )
    if (given.has(user)) throw new KindredError('ERR_DUPLICATE', `${where}: given twice. Put them into one list.`)
    given.set(user, items)
  }
  return given
}

/** What became of the negatives of all users. */
export interface NegativeCounts {
  negatives: number
  dropped: number
  unknown: number
}

/** The candidate items of evaluated users [begin, end): a bitmap each, the held-out items set from the start. */
export class CandidateBlock {
  /** [end - begin, ceil(items / 8)] */
  readonly bits: Uint8Array
  readonly #bytes: number

  constructor(
    readonly groundTruth: GroundTruth,
    readonly begin: number,
    end: number,
    items: number,
    readonly counts: NegativeCounts,
  ) {
    this.#bytes = Math.ceil(items / 8)
    this.bits = new Uint8Array(this.#bytes * (end - begin))
    for (let i = begin; i < end; i++) for (const row of rowIndices(groundTruth.heldOut.items, i)) this.#set(i, row)
  }

  /** Adds a negative of evaluated user `i`; adding one twice changes nothing, a held-out item is counted as dropped. */
  add(i: number, row: number): void {
    const known = this.bits[this.#byte(i, row)]! & (1 << (row & 7))
    if (known && rowIndices(this.groundTruth.heldOut.items, i).includes(row)) this.counts.dropped++
    if (known) return
    this.#set(i, row)
    this.counts.negatives++
  }

  #byte(i: number, row: number): number {
    return (i - this.begin) * this.#bytes + (row >> 3)
  }

  #set(i: number, row: number): void {
    this.bits[this.#byte(i, row)]! |= 1 << (row & 7)
  }
}

/** Adds the given negatives of evaluated user `i`. */
export function addGiven(block: CandidateBlock, i: number, model: RankingModel, items: Ids): void {
  for (const item of items) {
    const row = model.items.indexOf(item)
    if (row < 0) block.counts.unknown++
    else block.add(i, row)
  }
}

/**
 * Adds `count` random negatives to a user (fewer only where fewer exist): drawn for each user by the seed and the user's id
 * from the items in the order of their ids, so that neither the order of the log nor other users matter.
 * @throws ERR_ABORTED
 */
export async function negativeSampler(
  model: RankingModel,
  count: number,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<(block: CandidateBlock, i: number) => void> {
  const scorer = rowScorer(model)
  const { items } = model
  const rows = await positionsById([...items], signal)
  return (block, i) => {
    const { users, userRows } = block.groundTruth
    const random = createRandom(seedOf(seed, users[i]!))
    const excluded = new Set([
      ...scorer.seen(userRows.subarray(i, i + 1)).indices,
      ...rowIndices(block.groundTruth.heldOut.items, i),
    ])
    const sampleSize = Math.min(count, items.size - excluded.size)
    if (sampleSize * 2 > items.size - excluded.size) {
      const free = rows.filter((row) => !excluded.has(row))
      for (const row of random.shuffle(free).subarray(0, sampleSize)) block.add(i, row)
      return
    }
    for (let sampled = 0; sampled < sampleSize; ) {
      const row = rows[random.integer(items.size)]!
      if (excluded.has(row)) continue
      excluded.add(row)
      block.add(i, row)
      sampled++
    }
  }
}
