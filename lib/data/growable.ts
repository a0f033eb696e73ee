interface Numbers {
  readonly length: number
  set(source: ArrayLike<number>): void
  subarray(begin: number, end: number): this
  slice(begin: number, end: number): this
  [index: number]: number
}

/** A typed array that grows by doubling. */
export class Growable<T extends Numbers> {
  readonly #create: new (
    length: number,
  ) => T
  #data: T
  #length = 0

  constructor(create: new (length: number) => T) {
    this.#create = create
    this.#data = new create(1024)
  }

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    if (this.#length === this.#data.length) {
      const grown = new this.#create(this.#length * 2)
      grown.set(this.#data)
      this.#data = grown
    }
    this.#data[this.#length++] = value
  }

  /** The numbers pushed, in an array of exactly their length. */
  finish(): T {
    return this.#length === this.#data.length ? this.#data : this.#data.slice(0, this.#length)
  }
}
