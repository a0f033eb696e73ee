import { sharesOfBoth } from './histogram-checks.js'

/** p log2(p / m), 0 where p is 0. */
const term = (p: number, m: number) => (p === 0 ? 0 : p * Math.log2(p / m))

/**
 * The Jensen-Shannon distance of two histograms over the same bins: the square root of the divergence in bits (Lin 1991),
 * from 0 for equal shares to 1 for histograms that share no bin. A metric (Endres and Schindelin 2003).
 * @param reference counts or shares [bins]
 * @param current counts or shares [bins], of the same bins
 * @throws ERR_VALUE for counts below 0 or not finite, ERR_DATA for a histogram of zeros, ERR_SHAPE for other bins
 */
export function jensenShannon(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  const [p, q] = sharesOfBoth(reference, current)
  const divergence = p.reduce((sum, share, bin) => {
    const middle = (share + q[bin]!) / 2
    return sum + (term(share, middle) + term(q[bin]!, middle)) / 2
  }, 0)
  return Math.sqrt(Math.min(1, Math.max(0, divergence)))
}
