import type { Id } from '../../data/id-map.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { BaseStep } from '../base/base-step.js'
import type { Limits } from '../base/limits.js'
import { movedToFront, type RankedItem, type RankRequest, relevanceOf, told } from '../base/ranked-list.js'

/** Shares by category. */
export type CategoryShares = ReadonlyMap<string, number>

/** Candidates that have the same categories: they change a list's shares alike. */
interface CategoryClass {
  /** Numbers of its categories. */
  of: readonly number[]
  /** What its items change of the divergence, beside what all change. */
  change: number
}

/** What an item without categories counts as: a category of its own. */
const NONE = ''
const namesOf = (own: readonly string[]) => (own.length === 0 ? [NONE] : own)

/** Shares that sum up to 1, of weights. */
export function sharesOf(weights: ReadonlyMap<string, number>): CategoryShares {
  let sum = 0
  for (const weight of weights.values()) sum += weight
  return new Map(Array.from(weights, ([name, weight]) => [name, weight / sum]))
}

/** The shares of categories over items, of which each has its weight, divided among its categories; those of weight 0 or less do not count. */
export function sharesOfItems(
  items: Iterable<{ readonly item: Id; readonly weight: number }>,
  categories: (item: Id) => readonly string[],
): CategoryShares {
  const weights = new Map<string, number>()
  for (const { item, weight } of items) {
    if (!(weight > 0)) continue
    const own = namesOf(categories(item))
    for (const name of own) weights.set(name, (weights.get(name) ?? 0) + weight / own.length)
  }
  return sharesOf(weights)
}

/** What chooses items so that the categories of the list have shares near to a target: greedily, as Steck 2018 does. */
export abstract class CategoryStep extends BaseStep {
  /** @internal */
  protected abstract readonly categories: (item: Id) => readonly string[]
  /** @internal What the divergence counts for, from 0 to 1; relevance counts for the rest. */
  protected abstract readonly weight: number
  /** @internal Shares that the list is drawn to; empty: there is nothing to draw it to. */
  protected abstract target(list: readonly RankedItem[], request: RankRequest): CategoryShares
  /** @internal What a category adds to the divergence of which `wanted` is the target and the list has `share`. */
  protected abstract term(wanted: number, share: number): number

  /** @internal */
  override async ranked(
    list: readonly RankedItem[],
    request: RankRequest,
    limits: Limits,
  ): Promise<readonly RankedItem[]> {
    const target = this.target(list, request)
    if (target.size === 0) return list
    const numbers = new Map<string, number>()
    const wanted: number[] = []
    const numberOf = (name: string) => {
      let number = numbers.get(name)
      if (number === undefined) {
        number = numbers.size
        numbers.set(name, number)
        wanted.push(target.get(name) ?? 0)
      }
      return number
    }
    for (const name of target.keys()) numberOf(name)
    const classes = new Map<string, CategoryClass>()
    const classOf = list.map(({ item }) => {
      const of = namesOf(this.categories(item))
        .map(numberOf)
        .sort((a, b) => a - b)
      const key = of.join()
      const known = classes.get(key) ?? { of, change: 0 }
      classes.set(key, known)
      return known
    })
    const open = limits.open(list, request.k)
    const relevance = relevanceOf(list)
    const sums = new Float64Array(wanted.length)
    const chosen: number[] = []
    const names = [...numbers.keys()]
    const reasons: string[] = []
    const yielder = new LoopYielder(request.signal)
    while (open.places > 0) {
      if (yielder.due) await yielder.yieldToLoop()
      const length = chosen.length + 1
      for (const own of classes.values()) {
        own.change = 0
        for (const g of own.of)
          own.change +=
            this.term(wanted[g]!, (sums[g]! + 1 / own.of.length) / length) - this.term(wanted[g]!, sums[g]! / length)
      }
      let [best, most] = [-1, -Infinity]
      for (let row = 0; row < list.length; row++) {
        const gain = (1 - this.weight) * relevance[row]! - this.weight * classOf[row]!.change
        if (gain > most && open.takes(row)) [best, most] = [row, gain]
      }
      if (best < 0) break
      open.take(best)
      chosen.push(best)
      const { of } = classOf[best]!
      for (const g of of) sums[g]! += 1 / of.length
      const shares = of.slice(0, 2).map((g) => {
        const name = names[g] === NONE ? 'no category' : names[g]!
        return `${name} ${told(sums[g]! / length)} so far, ${told(wanted[g]!)} wanted`
      })
      reasons.push(`${this.name}: ${shares.join('; ')}`)
    }
    return movedToFront(list, chosen, (place) => reasons[place]!)
  }
}

guardReceivers(CategoryStep)
