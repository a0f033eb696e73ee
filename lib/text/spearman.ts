import { pearson } from './pearson.js'

/** Ranks from 1, equal values sharing the mean of theirs. */
function ranks(values: ArrayLike<number>): Float64Array {
  const order = Int32Array.from({ length: values.length }, (_, n) => n).sort((a, b) => values[a]! - values[b]!)
  const out = new Float64Array(values.length)
  for (let begin = 0; begin < order.length; ) {
    let end = begin + 1
    while (end < order.length && values[order[end]!] === values[order[begin]!]) end++
    for (let n = begin; n < end; n++) out[order[n]!] = (begin + end + 1) / 2
    begin = end
  }
  return out
}

/** @internal Spearman's correlation of two lists of numbers: that of their ranks; 0 where one of them is constant. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return pearson(ranks(a), ranks(b))
}
