let table: Float32Array | undefined

/** The value of each of the 65,536 bit patterns of a 16-bit IEEE float. */
function values(): Float32Array {
  if (table !== undefined) return table
  table = new Float32Array(1 << 16)
  for (let bits = 0; bits < 1 << 15; bits++) {
    const exponent = bits >> 10
    const fraction = (bits & 1023) / 1024
    const finite = exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15)
    const value = exponent < 31 ? finite : fraction === 0 ? Infinity : Number.NaN
    table[bits] = value
    table[bits | (1 << 15)] = -value
  }
  return table
}

/** The numbers of a tensor of 16-bit floats: their bits, or a Float16Array where Node has one. Exact. */
export function fromHalfFloats(data: Uint16Array | ArrayLike<number>): Float32Array {
  if ((data as Uint16Array)[Symbol.toStringTag] !== 'Uint16Array') return Float32Array.from(data)
  const floats = values()
  return Float32Array.from(data, (bits) => floats[bits]!)
}
