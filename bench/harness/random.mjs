/** xorshift32 (Marsaglia 2003), as numbers in [0, 1). Same seed, same numbers, everywhere. */
export function generator(seed) {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** `count` numbers, uniform in [-1, 1). */
export function uniform(count, seed) {
  const next = generator(seed)
  const out = new Float32Array(count)
  for (let i = 0; i < count; i++) out[i] = 2 * next() - 1
  return out
}

/**
 * Unit vectors [rows, dims] around `centres` directions, as embeddings lie and random vectors do not: graph indexes live
 * off such structure. `directions` fixes the centres, `seed` what is drawn around them.
 */
export function clustered(rows, dims, { centres, directions, seed }) {
  const centre = uniform(centres * dims, directions)
  const next = generator(seed)
  const out = new Float32Array(rows * dims)
  for (let row = 0; row < rows; row++) {
    const from = Math.floor(next() * centres) * dims
    const own = out.subarray(row * dims, (row + 1) * dims)
    let squares = 0
    for (let d = 0; d < dims; d++) {
      own[d] = centre[from + d] + 0.8 * (2 * next() - 1)
      squares += own[d] * own[d]
    }
    for (let d = 0; d < dims; d++) own[d] /= Math.sqrt(squares)
  }
  return out
}

/**
 * Draws i with probability weights[i] / their sum, in constant time (Walker 1977; Vose 1991).
 * @returns a function of a generator
 */
export function aliasTable(weights) {
  const n = weights.length
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / n
  const share = Float64Array.from(weights, (weight) => weight / mean)
  const alias = new Int32Array(n)
  const [small, large] = [[], []]
  for (let i = 0; i < n; i++) (share[i] < 1 ? small : large).push(i)
  while (small.length > 0 && large.length > 0) {
    const [less, more] = [small.pop(), large.at(-1)]
    alias[less] = more
    share[more] -= 1 - share[less]
    if (share[more] < 1) small.push(large.pop())
  }
  for (const i of [...small, ...large]) share[i] = 1
  return (next) => {
    const at = next() * n
    const i = Math.floor(at)
    return at - i < share[i] ? i : alias[i]
  }
}
