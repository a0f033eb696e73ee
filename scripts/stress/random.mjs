import { createHash } from 'node:crypto'

/** Numbers that `seed` and the case's number determine alone, so that a case can be run again by itself. */
export function randomOf(seed, number) {
  let state = createHash('sha256').update(`${seed}:${number}`).digest().readUInt32LE(0)
  const unit = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    unit,
    /** An integer of [0, end). */
    below: (end) => Math.floor(unit() * end),
    pick: (list) => list[Math.floor(unit() * list.length)],
    chance: (share) => unit() < share,
  }
}
