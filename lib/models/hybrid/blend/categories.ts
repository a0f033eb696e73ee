import { rowIndices } from '../../../data/csr.js'
import type { Id } from '../../../data/id-map.js'
import { checkIterable, checkNumber, checkOneOf, checkOptions } from '../../../native/argument-checks.js'
import { KindredError, show } from '../../../native/errors.js'
import type { FittedLog } from '../../base/fitted-log.js'

/** The categories of items: pairs of an item and its category, or its list of categories. A Map is one. */
export type ItemCategories = Iterable<readonly [Id, string | readonly string[]]>

/** What lists are to hold of each category. */
export interface DiversityOptions {
  /** What the divergence counts for beside the loss of the ranking, from 0: about 0.1 to 10. */
  weight: number
  /**
   * The distribution of categories that lists are drawn to: that of all items ('catalogue', default), the same of each category
   * ('uniform'), or that of what each user had (calibrated; Steck 2018, "Calibrated recommendations").
   */
  target?: 'catalogue' | 'uniform' | 'history'
}

/** @throws ERR_VALUE */
export function checkDiversity(diversity: DiversityOptions | undefined): Required<DiversityOptions> | undefined {
  if (diversity === undefined) return undefined
  const own = checkOptions('diversity', diversity, ['weight', 'target'])
  return Object.freeze({
    weight: checkNumber('diversity.weight', own.weight, { min: 0 }),
    target: checkOneOf('diversity.target', own.target ?? 'catalogue', ['catalogue', 'uniform', 'history']),
  })
}

/** The categories of a log's items, each item's as shares that sum up to 1. */
export interface CategoryShares {
  names: readonly string[]
  /** [items] numbers of each item's categories, distinct */
  of: readonly Int32Array[]
}

/** What an item without categories counts as: a category of its own. */
const NONE = ''

/** @throws ERR_VALUE for what is no category, ERR_DATA if no item of the log has one */
export function categoryShares(categories: ItemCategories, { items }: FittedLog): CategoryShares {
  const numbers = new Map<string, number>()
  const numberOf = (name: string) => {
    const number = numbers.get(name) ?? numbers.size
    numbers.set(name, number)
    return number
  }
  const of = new Array<Int32Array | undefined>(items.size)
  let known = 0
  for (const entry of checkIterable('categories', categories, 'pairs of an item and its categories')) {
    if (!Array.isArray(entry) || entry.length !== 2)
      throw new KindredError('ERR_VALUE', `categories: expected [item, categories] but received ${show(entry)}.`)
    const [item, given] = entry as [Id, unknown]
    const names = Array.isArray(given) ? given : [given]
    for (const name of names)
      if (typeof name !== 'string')
        throw new KindredError(
          'ERR_VALUE',
          `categories: expected a name, or a list of names, for item ${show(item)} but received ${show(name)}.`,
        )
    const row = items.indexOf(item)
    if (row < 0 || names.length === 0) continue
    if (of[row] === undefined) known++
    of[row] = Int32Array.from(new Set(names.map((name) => numberOf(name as string))))
  }
  if (known === 0)
    throw new KindredError(
      'ERR_DATA',
      `categories: none of the log's ${items.size} items has one. Do the ids have the same type?`,
    )
  const none = known < items.size ? Int32Array.of(numberOf(NONE)) : undefined
  return { of: Array.from(of, (own) => own ?? none!), names: [...numbers.keys()] }
}

/** The distribution of categories over these items [categories]. */
export function distributionOf({ names, of }: CategoryShares, items: Iterable<number>): Float64Array {
  const shares = new Float64Array(names.length)
  let count = 0
  for (const item of items) {
    const own = of[item]!
    for (const category of own) shares[category]! += 1 / own.length
    count++
  }
  return count === 0 ? shares : shares.map((share) => share / count)
}

/** What the list of each user is drawn to, by row of the user. */
export function targetsOf(
  categories: CategoryShares,
  target: Required<DiversityOptions>['target'],
  { seen, items }: FittedLog,
): (user: number) => Float64Array {
  const { names } = categories
  const uniform = new Float64Array(names.length).fill(1 / names.length)
  if (target === 'uniform') return () => uniform
  const catalogue = distributionOf(
    categories,
    Int32Array.from({ length: items.size }, (_, item) => item),
  )
  if (target === 'catalogue') return () => catalogue
  return (user) => {
    const history = rowIndices(seen, user)
    return history.length === 0 ? catalogue : distributionOf(categories, history)
  }
}
