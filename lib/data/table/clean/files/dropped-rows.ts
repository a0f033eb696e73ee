/** Which rows of a file are dropped: a bit for each, up to the last of them. */
export class DroppedRows {
  #bits = new Uint8Array(1 << 10)

  add(row: number): void {
    const byte = row >>> 3
    if (byte >= this.#bits.length) {
      const larger = new Uint8Array(Math.max(byte + 1, 2 * this.#bits.length))
      larger.set(this.#bits)
      this.#bits = larger
    }
    this.#bits[byte]! |= 1 << (row & 7)
  }

  /** [rows] 1 for each of the rows from `begin` on that is dropped. */
  flags(begin: number, rows: number): Uint8Array {
    const flags = new Uint8Array(rows)
    const end = Math.min(rows, 8 * this.#bits.length - begin)
    for (let i = 0; i < end; i++) flags[i] = (this.#bits[(begin + i) >>> 3]! >>> ((begin + i) & 7)) & 1
    return flags
  }
}
