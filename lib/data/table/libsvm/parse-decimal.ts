/** A number, and where it ends: at its begin if there is none. The same object each time. */
export interface ParsedDecimal {
  value: number
  end: number
}

const PLUS = 43
const MINUS = 45
const POINT = 46
const ZERO = 48
const NINE = 57
const LETTER_E = 101

/** Powers of ten that 64-bit floats hold exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, n) => Number(`1e${n}`))
const EXACT_DIGITS = 15

const parsed: ParsedDecimal = { value: 0, end: 0 }

/**
 * The decimal number at `begin`, rounded as JavaScript does: up to 15 digits times or by a power of ten up to 22 is one
 * rounding of exact numbers (Clinger 1990, "How to read floating point numbers accurately"); the others take Number.
 */
export function parseDecimal(bytes: Uint8Array, begin: number): ParsedDecimal {
  let at = begin
  const isNegative = bytes[at] === MINUS
  if (isNegative || bytes[at] === PLUS) at++
  const first = at
  let mantissa = 0
  let digits = 0
  let scale = 0
  for (; bytes[at]! >= ZERO && bytes[at]! <= NINE; at++, digits++) mantissa = mantissa * 10 + bytes[at]! - ZERO
  if (bytes[at] === POINT) {
    at++
    for (; bytes[at]! >= ZERO && bytes[at]! <= NINE; at++, digits++, scale--)
      mantissa = mantissa * 10 + bytes[at]! - ZERO
  }
  parsed.end = begin
  parsed.value = 0
  if (digits === 0) return parsed
  if ((bytes[at]! | 32) === LETTER_E) {
    let exponent = 0
    const mark = at++
    const isDown = bytes[at] === MINUS
    if (isDown || bytes[at] === PLUS) at++
    const power = at
    for (; bytes[at]! >= ZERO && bytes[at]! <= NINE; at++) exponent = Math.min(9999, exponent * 10 + bytes[at]! - ZERO)
    if (at === power) at = mark
    else scale += isDown ? -exponent : exponent
  }
  parsed.end = at
  if (digits <= EXACT_DIGITS && scale >= -22 && scale <= 22)
    parsed.value = scale < 0 ? mantissa / POWERS[-scale]! : mantissa * POWERS[scale]!
  else parsed.value = Number(Buffer.from(bytes.subarray(first, at)).toString('latin1'))
  if (isNegative) parsed.value = -parsed.value
  return parsed
}
