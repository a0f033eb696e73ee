import { checkInteger, checkNumber } from '../../../native/argument-checks.js'
import { KindredError } from '../../../native/errors.js'
import { dimOf } from '../../graph/dim.js'
import { checkShape, type Tensor } from '../../graph/graph.js'

/**
 * The angles of rotary positions (Su et al. 2021, "RoFormer", section 3.4), for {@link rotary}: one tensor serves the queries
 * and keys of all heads and layers.
 * @param positions i32 [tokens], each token's place in its sequence
 * @param dims of one head, even
 * @param base of the frequencies base^(-2 i / dims); default 10,000
 * @returns of each token dims / 2 cosines, then as many sines [tokens, dims]
 * @throws ERR_VALUE, ERR_SHAPE
 */
export function rotaryAngles(positions: Tensor, dims: number, base = 10_000): Tensor {
  checkInteger('dims', dims, { min: 2 })
  if (dims % 2 !== 0) throw new KindredError('ERR_VALUE', `dims: expected an even number but received ${dims}.`)
  checkNumber('base', base, { min: 1 })
  const [tokens] = positions.shape
  if (positions.shape.length !== 1 || positions.dtype !== 'i32')
    throw new KindredError('ERR_SHAPE', 'rotaryAngles: expected positions of integers [tokens].')
  return positions.graph.add('rotary_angles', [positions], [{ shape: [tokens!, dimOf(dims)] }], [base])[0]!
}

/**
 * Queries or keys turned by their positions: in each head, number i and number dims / 2 + i (the halves are paired, as in
 * Hugging Face's models) by angle i.
 * @param x [tokens, heads * dims]
 * @param angles [tokens, dims] of {@link rotaryAngles}, whose dims tell how many heads there are
 * @throws ERR_SHAPE
 */
export function rotary(x: Tensor, angles: Tensor): Tensor {
  const dims = angles.fixed(1)
  checkShape('rotary', angles, [x.shape[0]!, dimOf(dims)])
  if (x.fixed(1) % dims !== 0)
    throw new KindredError(
      'ERR_SHAPE',
      `rotary: expected a multiple of ${dims} columns but ${x.name} has ${x.fixed(1)}.`,
    )
  const output = { shape: x.shape }
  const [y] = x.graph.add('rotary', [x, angles], [output], [0], ([dy]) => [
    x.graph.add('rotary', [dy!, angles], [output], [1])[0],
    undefined,
  ])
  return y!
}
