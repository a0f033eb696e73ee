import { type FileHandle, open } from 'node:fs/promises'
import { systemError } from '../../../../native/system-errors.js'
import { LoopYielder } from '../../../yield-to-event-loop.js'

/** Numbers read at a time. */
const AT_ONCE = 1 << 16
/** Values of 16 bits. */
const DIGITS = 1 << 16

/** Numbers in a temporary file, in the order in which they were added: statistics of more than memory holds. */
export class NumberFile {
  count = 0
  readonly #file: FileHandle
  readonly #path: string
  readonly #signal: AbortSignal | undefined

  private constructor(file: FileHandle, path: string, signal: AbortSignal | undefined) {
    this.#file = file
    this.#path = path
    this.#signal = signal
  }

  /** @param path of a file that there is not yet. @throws ERR_IO */
  static async create(path: string, signal: AbortSignal | undefined): Promise<NumberFile> {
    const file = await open(path, 'wx+').catch((cause) => {
      throw systemError(`${path}: cannot be written`, cause)
    })
    return new NumberFile(file, path, signal)
  }

  /** @throws ERR_IO */
  async add(numbers: Float64Array): Promise<void> {
    const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
    let at = this.count * Float64Array.BYTES_PER_ELEMENT
    try {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, at)
        done += bytesWritten
        at += bytesWritten
      }
    } catch (cause) {
      throw systemError(`${this.#path}: cannot be written`, cause)
    }
    this.count += numbers.length
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  async *#blocks(): AsyncGenerator<Float64Array, void, undefined> {
    const block = new Float64Array(AT_ONCE)
    const bytes = new Uint8Array(block.buffer)
    const yielder = new LoopYielder(this.#signal)
    for (let begin = 0; begin < this.count; begin += AT_ONCE) {
      const rows = Math.min(AT_ONCE, this.count - begin)
      for (let done = 0; done < rows * 8; ) {
        const { bytesRead } = await this.#file.read(bytes, done, rows * 8 - done, begin * 8 + done)
        if (bytesRead === 0) throw systemError(`${this.#path}: cannot be read`, new Error('it was cut short'))
        done += bytesRead
      }
      yield block.subarray(0, rows)
      if (yielder.due) await yielder.yieldToLoop()
    }
  }

  async #total(of: (value: number) => number): Promise<number> {
    // Neumaier 1974: what is lost of each addition is kept.
    let sum = 0
    let lost = 0
    for await (const block of this.#blocks())
      for (const number of block) {
        const value = of(number)
        const next = sum + value
        lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum
        sum = next
      }
    return sum + lost
  }

  /** The mean, and the standard deviation (of the whole: divided by n). NaN where there are no numbers. */
  async meanAndDeviation(): Promise<{ mean: number; deviation: number }> {
    const mean = (await this.#total((value) => value)) / this.count
    const squares = await this.#total((value) => (value - mean) ** 2)
    return { mean, deviation: Math.sqrt(squares / this.count) }
  }

  /**
   * Quantiles by linear interpolation between the two nearest (Hyndman, Fan 1996, the seventh definition), exact: four passes,
   * each of which finds 16 more bits of the numbers at the ranks that are wanted. NaN where there are no numbers.
   */
  async quantiles(shares: readonly number[]): Promise<number[]> {
    if (this.count === 0) return shares.map(() => Number.NaN)
    const places = shares.map((share) => share * (this.count - 1))
    const wanted = [...new Set(places.flatMap((place) => [Math.floor(place), Math.ceil(place)]))]
    const found = await this.#atRanks(wanted)
    return places.map((place) => {
      const low = found.get(Math.floor(place))!
      return low + (found.get(Math.ceil(place))! - low) * (place - Math.floor(place))
    })
  }

  /** The numbers at these places of the ascending order. */
  async #atRanks(ranks: readonly number[]): Promise<Map<number, number>> {
    // `prefix`: the bits that are known; `rank`: the place among the numbers that begin with them.
    let open = ranks.map((rank) => ({ asked: rank, rank, prefix: '' }))
    for (let level = 0; level < 4; level++) {
      const counts = new Map(open.map(({ prefix }) => [prefix, new Float64Array(DIGITS)]))
      for await (const block of this.#blocks()) countDigits(block, level, counts)
      open = open.map(({ asked, rank, prefix }) => {
        const own = counts.get(prefix)!
        let digit = 0
        for (; rank >= own[digit]!; digit++) rank -= own[digit]!
        return { asked, rank, prefix: prefix + String.fromCharCode(digit) }
      })
    }
    return new Map(open.map(({ asked, prefix }) => [asked, numberOf(prefix)]))
  }
}

/** Counts, for each prefix of `level` digits, which digit of 16 bits comes next. */
function countDigits(block: Float64Array, level: number, counts: ReadonlyMap<string, Float64Array>): void {
  const words = new Uint32Array(block.buffer, block.byteOffset, 2 * block.length)
  const digits = [0, 0, 0, 0]
  const prefixes = [...counts].map(([prefix, own]) => ({
    digits: Array.from({ length: level }, (_, n) => prefix.charCodeAt(n)),
    own,
  }))
  for (let i = 0; i < words.length; i += 2) {
    // Bits of negative numbers are turned round, so that they ascend as the numbers do.
    const isNegative = words[i + 1]! >>> 31 === 1
    const low = isNegative ? ~words[i]! >>> 0 : words[i]!
    const high = (isNegative ? ~words[i + 1]! : words[i + 1]! ^ 0x80000000) >>> 0
    digits[0] = high >>> 16
    digits[1] = high & 0xffff
    digits[2] = low >>> 16
    digits[3] = low & 0xffff
    for (const { digits: known, own } of prefixes) {
      let n = 0
      while (n < level && known[n] === digits[n]) n++
      if (n === level) own[digits[level]!]!++
    }
  }
}

/** The number of these four digits. */
function numberOf(prefix: string): number {
  const digit = (n: number) => prefix.charCodeAt(n)
  let high = ((digit(0) << 16) | digit(1)) >>> 0
  let low = ((digit(2) << 16) | digit(3)) >>> 0
  if (high >>> 31 === 0) {
    high = ~high >>> 0
    low = ~low >>> 0
  } else high = (high ^ 0x80000000) >>> 0
  return new Float64Array(Uint32Array.of(low, high).buffer)[0]!
}
