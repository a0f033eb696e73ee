import { KindredError, show } from '../../native/errors.js'
import type { Products } from './adapter.js'

/** Those of the paper of LoRA (Hu et al. 2021, section 4.2), and of peft. */
const QUERY_AND_VALUE = ['query', 'value']

/** The greatest rank or size of an adapter: more than any product has. */
export const GREATEST_SIZE = 2 ** 16

/**
 * The names of products that end in one of these, at a point.
 * @throws ERR_VALUE for an ending that no product has, and for what is no list of names
 */
export function targetProducts(products: Products, targets: unknown): string[] {
  const names = [...products.keys()]
  const isOf = (target: string) => (name: string) => name === target || name.endsWith(`.${target}`)
  if (targets === undefined) return names.filter((name) => QUERY_AND_VALUE.some((target) => isOf(target)(name)))
  if (!Array.isArray(targets) || targets.length === 0 || targets.some((target) => typeof target !== 'string'))
    throw new KindredError('ERR_VALUE', `adapter.targets: expected names of products but received ${show(targets)}.`)
  for (const target of targets as string[])
    if (!names.some(isOf(target)))
      throw new KindredError(
        'ERR_VALUE',
        `adapter.targets: there is no product ${show(target)}. Legal are the endings of their names, such as ${names.slice(0, 6).map(show).join(', ')}.`,
      )
  return names.filter((name) => (targets as string[]).some((target) => isOf(target)(name)))
}
