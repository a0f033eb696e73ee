/**
 * How many letters must be put in, left out, changed or swapped with their neighbour to make `a` of `b` (Damerau 1964, "A
 * technique for computer detection and correction of spelling errors", each letter changed once).
 */
export function spellingDistance(a: string, b: string): number {
  let twoBefore: number[] = []
  let before = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = before[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? twoBefore[j - 2]! + 1 : Infinity
      row.push(Math.min(before[j]! + 1, row[j - 1]! + 1, changed, swapped))
    }
    twoBefore = before
    before = row
  }
  return before[b.length]!
}

/** The legal word that `word` is most likely meant to be, or undefined where none is near: a third of its letters. */
export function nearestSpelling(word: string, legal: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '')
  let best: string | undefined
  let least = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of legal) {
    const distance = spellingDistance(plain(word), plain(candidate))
    if (distance >= least) continue
    best = candidate
    least = distance
  }
  return best
}
