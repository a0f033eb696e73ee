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

/** @internal Spearman's correlation of two lists of numbers; 0 where one of them is constant. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [x, y] = [ranks(a), ranks(b)]
  const mean = (x.length + 1) / 2
  let [xy, xx, yy] = [0, 0, 0]
  for (let n = 0; n < x.length; n++) {
    const [dx, dy] = [x[n]! - mean, y[n]! - mean]
    xy += dx * dy
    xx += dx * dx
    yy += dy * dy
  }
  return xx === 0 || yy === 0 ? 0 : xy / Math.sqrt(xx * yy)
}
