/** Ranks from 0, ties at their mean. */
function ranks(values) {
  const order = [...values.keys()].sort((a, b) => values[a] - values[b])
  const out = new Float64Array(values.length)
  for (let begin = 0; begin < order.length; ) {
    let end = begin
    while (end < order.length && values[order[end]] === values[order[begin]]) end++
    for (let i = begin; i < end; i++) out[order[i]] = (begin + end - 1) / 2
    begin = end
  }
  return out
}

/** Spearman's correlation. */
export function spearman(a, b) {
  const [x, y] = [ranks(a), ranks(b)].map((r) => r.map((v) => v - (r.length - 1) / 2))
  const dot = (p, q) => p.reduce((sum, v, i) => sum + v * q[i], 0)
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y))
}
