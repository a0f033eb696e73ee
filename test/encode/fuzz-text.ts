/** Characters that BERT's normaliser treats each in a way of its own, alone or beside others. */
const SPECIAL = [
  ...'\u0300\u0301\u0316\u0334\u0344\u0345\u302e\u1b44\u0c48\u0d46\u1baa\u1b35\u05b8\u094d\u0130\u03a3\u03c2\u00df',
  ...'\u{1d165}\u{1d16d}\u{1d160}\u{1e000}\u{1e94a}\u{11938}\ufffd\u212b\ufb01\u00ad\u200b\u0000\u0085\ud800\udc00',
  ...['[SEP]', '[MASK]', '[CLS]', '[PAD]', '[UNK]', '[sep]', '[SEP', '##', '##ing'],
]

const SEPARATORS = ['', ' ', ' ', ' ', '\t', '\n', '\u00a0', '\u3000', '.', ',', '-', '\u200b', '\0', '\u0085']

/** First and last code points of what random words are made of: all planes, and denser where something happens. */
const BLOCKS: readonly (readonly [number, number])[] = [
  [0, 0x7f],
  [0x80, 0x24f],
  [0x250, 0x5ff],
  [0x300, 0x36f],
  [0x600, 0xdff],
  [0xe00, 0x1fff],
  [0x2000, 0x33ff],
  [0x3400, 0xabff],
  [0xac00, 0xd7a3],
  [0xd800, 0xffff],
  [0xf900, 0xffff],
  [0x10000, 0x1ffff],
  [0x1d100, 0x1d1ff],
  [0x20000, 0x2fa1f],
  [0xe0000, 0x10ffff],
  [0, 0x10ffff],
]

/** Random texts out of a vocabulary's tokens, joined, cut, accented and capitalised, and of any characters. */
export class FuzzText {
  #state: number
  readonly #tokens: readonly string[]

  constructor(seed: number, vocabulary: readonly string[]) {
    this.#state = seed
    this.#tokens = vocabulary.map((token) => token.replace(/^##/, ''))
  }

  text(): string {
    let out = ''
    for (let words = this.#below(13); words > 0; words--) out += this.#word() + this.#of(SEPARATORS)
    return out
  }

  texts(count: number): string[] {
    return Array.from({ length: count }, () => this.text())
  }

  #word(): string {
    const kind = this.#below(100)
    const token = this.#of(this.#tokens)
    if (kind < 25) return token
    if (kind < 35) return token + this.#of(this.#tokens)
    if (kind < 45) {
      const at = this.#below(token.length + 1)
      return token.slice(0, at) + this.#of(SPECIAL) + token.slice(at)
    }
    if (kind < 50) return this.#of(SPECIAL)
    if (kind < 55) return Array.from({ length: 1 + this.#below(8) }, () => this.#of(SPECIAL)).join('')
    if (kind < 60) return token.toUpperCase()
    if (kind < 61) return token.repeat(5 + this.#below(60))
    if (kind < 62) return 'é'.repeat(98 + this.#below(5))
    const [first, last] = this.#of(BLOCKS)
    const points = Array.from({ length: 1 + this.#below(6) }, () => first + this.#below(last - first + 1))
    return String.fromCodePoint(...points)
  }

  #of<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!
  }

  /** mulberry32 */
  #below(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * count)
  }
}
