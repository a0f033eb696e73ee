import type { Activation } from '../../../native/addon.js'
import { checkOneOf } from '../../../native/argument-checks.js'
import { KindredError, show } from '../../../native/errors.js'
import type { Tensor } from '../../graph/graph.js'
import { combine, haveOneShape } from './broadcast.js'

export type { Activation }

/** @internal In the order of the native enumeration. */
export const ACTIVATIONS: readonly Activation[] = ['relu', 'gelu', 'gelu-tanh', 'tanh', 'sigmoid', 'silu']

/** The sum of tensors, of one shape or of shapes that fit as in `subtract`. @throws ERR_SHAPE, ERR_VALUE for none */
export function add(...terms: readonly Tensor[]): Tensor {
  const [first] = terms
  if (first === undefined) throw new KindredError('ERR_VALUE', 'add: expected at least one tensor.')
  if (!haveOneShape(terms))
    return terms
      .slice(1)
      .reduce((sum, term) => combine('add', 'combine_add', sum, term, [(dy) => dy, (dy) => dy]), first)
  const [sum] = first.graph.add('add', terms, [{ shape: first.shape }], [], ([dy]) => terms.map(() => dy))
  return sum!
}

/** A tensor times a number. */
export function scale(x: Tensor, factor: number): Tensor {
  const [y] = x.graph.add('scale', [x], [{ shape: x.shape }], [factor], ([dy]) => [scale(dy!, factor)])
  return y!
}

/** A function of each number. @throws ERR_VALUE for an unknown one */
export function activation(x: Tensor, kind: Activation): Tensor {
  const number = ACTIVATIONS.indexOf(checkOneOf('activation', kind, ACTIVATIONS))
  const output = { shape: x.shape }
  const [y] = x.graph.add('activation', [x], [output], [number], ([dy]) => [
    x.graph.add('activation_gradient', [x, dy!], [output], [number])[0],
  ])
  return y!
}

/** @internal `rate` if it is in [0, 1). @throws ERR_VALUE */
export function checkRate(name: string, rate: number): number {
  if (rate >= 0 && rate < 1) return rate
  throw new KindredError('ERR_VALUE', `${name}: expected a rate in [0, 1) but received ${show(rate)}.`)
}

/**
 * Numbers fall away with this probability, the others grow to make up for it (Srivastava et al. 2014). Which do depends on
 * the run's input 'seed' (two 32-bit integers) and their place alone.
 * @param rate in [0, 1); 0 gives x itself
 */
export function dropout(x: Tensor, rate: number): Tensor {
  checkRate('dropout', rate)
  if (rate === 0) return x
  const { graph } = x
  const seed = graph.seed()
  const numbers = [rate, graph.nextDropout()]
  const output = { shape: x.shape }
  const [y] = graph.add('dropout', [x, seed], [output], numbers, ([dy]) => [
    graph.add('dropout', [dy!, seed], [output], numbers)[0],
    undefined,
  ])
  return y!
}
