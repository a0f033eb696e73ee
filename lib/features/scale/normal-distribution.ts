/** a[0] + a[1] x + a[2] x^2 + ... */
function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * x + coefficients[i]!
  return sum
}

const CENTRE = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
] as const
const TAIL = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
] as const
const FAR = [
  [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
] as const

/** Φ⁻¹(p) of the standard normal distribution, to about 16 digits (Wichura 1988, algorithm AS 241, PPND16). */
export function normalQuantile(p: number): number {
  const q = p - 0.5
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q
    return (q * polynomial(CENTRE[0], r)) / polynomial(CENTRE[1], r)
  }
  const tail = q < 0 ? p : 1 - p
  if (tail <= 0) return tail < 0 ? Number.NaN : q < 0 ? -Infinity : Infinity
  const r = Math.sqrt(-Math.log(tail))
  const [[above, below], x] = r <= 5 ? [TAIL, r - 1.6] : [FAR, r - 5]
  const value = polynomial(above, x) / polynomial(below, x)
  return q < 0 ? -value : value
}

/** Beyond it the continued fraction converges faster than the series. */
const SERIES_END = 3

/**
 * Φ(x) of the standard normal distribution, to about 15 digits, in the lower tail too: near 0 its series of positive terms
 * (Abramowitz, Stegun 26.2.11), beyond it the continued fraction (26.2.14).
 */
export function normalCdf(x: number): number {
  const z = Math.abs(x)
  const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)
  if (z < SERIES_END) {
    let term = z
    let sum = z
    for (let n = 1; term > sum * 1e-17; n++) {
      term *= (z * z) / (2 * n + 1)
      sum += term
    }
    return x < 0 ? 0.5 - density * sum : 0.5 + density * sum
  }
  let fraction = z
  for (let n = 60; n > 0; n--) fraction = z + n / fraction
  const upper = z === Infinity ? 0 : density / fraction
  return x < 0 ? upper : x > 0 ? 1 - upper : Number.NaN
}
