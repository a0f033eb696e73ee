/** @internal Pearson's correlation of two lists of numbers; 0 where one of them is constant. */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const mean = (values: ArrayLike<number>) => {
    let sum = 0
    for (let n = 0; n < values.length; n++) sum += values[n]!
    return sum / values.length
  }
  const [x, y] = [mean(a), mean(b)]
  let [xy, xx, yy] = [0, 0, 0]
  for (let n = 0; n < a.length; n++) {
    const [dx, dy] = [a[n]! - x, b[n]! - y]
    xy += dx * dy
    xx += dx * dx
    yy += dy * dy
  }
  return xx === 0 || yy === 0 ? 0 : xy / Math.sqrt(xx * yy)
}
