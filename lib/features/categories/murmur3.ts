const C1 = 0xcc9e2d51
const C2 = 0x1b873593

function mixWord(hash: number, word: number): number {
  let k = Math.imul(word, C1)
  k = Math.imul((k << 15) | (k >>> 17), C2)
  hash ^= k
  hash = (hash << 13) | (hash >>> 19)
  return (Math.imul(hash, 5) + 0xe6546b64) | 0
}

function finish(hash: number, rest: number, length: number): number {
  if (rest !== 0) {
    const k = Math.imul(rest, C1)
    hash ^= Math.imul((k << 15) | (k >>> 17), C2)
  }
  hash ^= length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

function hashBytes(bytes: Uint8Array, seed: number): number {
  let hash = seed | 0
  const whole = bytes.length & ~3
  for (let i = 0; i < whole; i += 4)
    hash = mixWord(hash, bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24))
  let rest = 0
  for (let i = bytes.length - 1; i >= whole; i--) rest = (rest << 8) | bytes[i]!
  return finish(hash, rest, bytes.length)
}

/** MurmurHash3_x86_32 (Appleby 2011) of the UTF-8 bytes of a text, as a signed 32-bit integer. */
export function murmur3(text: string, seed = 0): number {
  let hash = seed | 0
  let word = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) return hashBytes(Buffer.from(text, 'utf8'), seed)
    word |= unit << (8 * (i & 3))
    if ((i & 3) === 3) {
      hash = mixWord(hash, word)
      word = 0
    }
  }
  return finish(hash, word, text.length)
}
