/** Bytes of a part that is worth a write of its own. */
const SMALL = 1 << 16

/** A message in Protocol Buffers' wire format, as pieces that are written one after another. */
export class Message {
  readonly parts: Uint8Array[] = []
  /** Bytes of all parts. */
  length = 0

  /** An integer of at least 0, within 2^53. */
  integer(field: number, value: number): this {
    return this.#push(Uint8Array.from([...varint(field * 8), ...varint(value)]))
  }

  float(field: number, value: number): this {
    const bytes = Buffer.alloc(4)
    bytes.writeFloatLE(value)
    return this.#push(Uint8Array.from([...varint(field * 8 + 5), ...bytes]))
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#push(Uint8Array.from([...varint(field * 8 + 2), ...varint(value.length)])).#push(value)
  }

  text(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value, 'utf8'))
  }

  message(field: number, value: Message): this {
    this.#push(Uint8Array.from([...varint(field * 8 + 2), ...varint(value.length)]))
    for (const part of value.parts) this.#push(part)
    return this
  }

  /** The whole message in few pieces: small parts are joined, large ones stay where they are. */
  pieces(): Uint8Array[] {
    const pieces: Uint8Array[] = []
    let small: Uint8Array[] = []
    const join = () => {
      if (small.length > 0) pieces.push(Buffer.concat(small))
      small = []
    }
    for (const part of this.parts) {
      if (part.length < SMALL) {
        small.push(part)
        continue
      }
      join()
      pieces.push(part)
    }
    join()
    return pieces
  }

  #push(part: Uint8Array): this {
    this.parts.push(part)
    this.length += part.length
    return this
  }
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return [...bytes, rest]
}
