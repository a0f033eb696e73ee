import { checkNumber } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'

/** `range` if it is two ascending numbers. @throws ERR_VALUE */
export function checkRange(name: string, range: unknown): readonly [number, number] {
  if (!Array.isArray(range) || range.length !== 2)
    throw new KindredError('ERR_VALUE', `${name}: expected [low, high] but received ${show(range)}.`)
  const [low, high] = [checkNumber(`${name}[0]`, range[0]), checkNumber(`${name}[1]`, range[1])]
  if (low >= high)
    throw new KindredError('ERR_VALUE', `${name}: expected [low, high] with low < high but received [${low}, ${high}].`)
  return [low, high]
}
