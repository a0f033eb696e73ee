import { type Id, toId } from '../../data/id-map.js'
import { checkFunction, checkIterable, checkString } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import { categoriesOf, type ItemAttribute } from '../base/item-values.js'

/** Which items a rule is about: those of which one of these is true. */
export interface ItemSelection {
  /** These items. */
  items?: Iterable<Id> & object
  /** The attribute of which an item has one of `values`. */
  attribute?: ItemAttribute
  /** Values of the attribute, as texts. */
  values?: Iterable<string> & object
  /** Items of which this is true; asked at each request, it must answer at once. */
  where?: (item: Id) => boolean
}

export const SELECTION = ['items', 'attribute', 'values', 'where'] as const

/** Of an item, why it is selected; undefined if it is not. @throws ERR_VALUE for a selection of nothing */
export function selectionOf(name: string, selection: ItemSelection): (item: Id) => string | undefined {
  const { items, attribute, values, where } = selection
  if (items === undefined && attribute === undefined && where === undefined)
    throw new KindredError('ERR_VALUE', `${name}: expected items, attribute and values, or where, to select items by.`)
  if ((attribute === undefined) !== (values === undefined))
    throw new KindredError('ERR_VALUE', `${name}: expected attribute and values together.`)
  const ids =
    items && new Set(Array.from(checkIterable('items', items, 'a list of ids'), (id) => toId(id, () => 'items')))
  const own = attribute && categoriesOf(`${name}.attribute`, attribute)
  const wanted =
    values &&
    new Set(Array.from(checkIterable('values', values, 'a list of texts'), (one) => checkString('values', one)))
  checkFunction('where', where)
  return (item) => {
    if (ids?.has(item)) return 'listed by the rule'
    const value = own?.(item).find((one) => wanted!.has(one))
    if (value !== undefined) return value
    return where?.(item) ? 'where the rule says so' : undefined
  }
}
