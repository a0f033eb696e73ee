import type { Resumable } from './resumable.js'

interface Numbers {
  readonly length: number
  set(source: ArrayLike<number>, offset?: number): void
  subarray(begin: number, end: number): this
  [index: number]: number
}

const BLOCK = 1 << 16

/** A typed array that grows block by block: doubling it would copy hundreds of megabytes at once. */
export class ChunkedArray<T extends Numbers> {
  readonly #create: new (
    length: number,
  ) => T
  readonly #full: T[] = []
  #block: T
  #used = 0

  constructor(create: new (length: number) => T) {
    this.#create = create
    this.#block = new create(BLOCK)
  }

  get length(): number {
    return this.#full.length * BLOCK + this.#used
  }

  push(value: number): void {
    if (this.#used === BLOCK) {
      this.#full.push(this.#block)
      this.#block = new this.#create(BLOCK)
      this.#used = 0
    }
    this.#block[this.#used++] = value
  }

  /** The numbers pushed, in one array; what was collected is released. */
  *finish(): Resumable<T> {
    const all = new this.#create(this.length)
    let end = this.length - this.#used
    all.set(this.#block.subarray(0, this.#used), end)
    for (;;) {
      const block = this.#full.pop()
      if (block === undefined) return all
      end -= BLOCK
      all.set(block, end)
      yield
    }
  }
}
