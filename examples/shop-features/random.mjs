/** Numbers in [0, 1) from a seed (mulberry32, Tommy Ettinger), and what is drawn with them. */
export function randomOf(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const integer = (below) => Math.floor(below * next())
  return {
    next,
    integer,
    pick: (list) => list[integer(list.length)],
    /** Normal, of mean 0 and deviation 1 (Box and Muller 1958). */
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    /** `count` of the list, each at most once. */
    some: (list, count) => {
      const left = [...list]
      return Array.from({ length: Math.min(count, left.length) }, () => left.splice(integer(left.length), 1)[0])
    },
    /** An index drawn in proportion to the weights. */
    weighted: (weights) => {
      let left = next() * weights.reduce((sum, weight) => sum + weight, 0)
      for (const [i, weight] of weights.entries()) {
        left -= weight
        if (left < 0) return i
      }
      return 0
    },
  }
}
