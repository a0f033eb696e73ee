// Tails of distributions, for p-values: relative precision down to the least numbers there are.

/** Coefficients of Lanczos for g = 7, n = 9. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]
const STEPS = 10_000
const SMALL = 1e-300
const PRECISION = 1e-16

/** log Gamma(x), x > 0 (Lanczos 1964). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  let sum = LANCZOS[0]!
  for (let n = 1; n < LANCZOS.length; n++) sum += LANCZOS[n]! / (x - 1 + n)
  const t = x + 6.5
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum)
}

/** A continued fraction b0 + a1 / (b1 + a2 / (b2 + ...)) by the modified method of Lentz. @param term n from 1 on -> [a, b] */
function continuedFraction(b0: number, term: (n: number) => readonly [number, number]): number {
  let value = b0 === 0 ? SMALL : b0
  let c = value
  let d = 0
  for (let n = 1; n < STEPS; n++) {
    const [a, b] = term(n)
    d = b + a * d
    c = b + a / c
    if (d === 0) d = SMALL
    if (c === 0) c = SMALL
    d = 1 / d
    value *= c * d
    if (Math.abs(c * d - 1) < PRECISION) break
  }
  return value
}

/** The regularised upper incomplete gamma function Q(a, x). */
function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a))
  if (x < a + 1) {
    let term = 1 / a
    let sum = term
    for (let n = 1; n < STEPS && term > sum * PRECISION; n++) {
      term *= x / (a + n)
      sum += term
    }
    return 1 - scale * sum
  }
  return scale / continuedFraction(x + 1 - a, (n) => [-n * (n - a), x + 2 * n + 1 - a])
}

/** The regularised incomplete beta function I_x(a, b), given 1 - x as well, of which one may be tiny. */
export function incompleteBeta(x: number, rest: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (rest <= 0) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(rest, x, b, a)
  const scale = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(rest))
  const fraction = continuedFraction(1, (n) => {
    const m = Math.floor(n / 2)
    if (n % 2 === 0) return [(m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)), 1]
    return [(-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)), 1]
  })
  return scale / (a * fraction)
}

/** The probability that a chi-squared variable of `freedom` degrees is above `value`; NaN for NaN. */
export function chiSquaredTail(value: number, freedom: number): number {
  return Number.isNaN(value) ? Number.NaN : upperGamma(freedom / 2, value / 2)
}

/** The probability that an F variable of these degrees of freedom is above `value`; NaN for NaN. */
export function fTail(value: number, between: number, within: number): number {
  if (Number.isNaN(value)) return Number.NaN
  if (value === Number.POSITIVE_INFINITY) return 0
  const whole = within + between * value
  return incompleteBeta(within / whole, (between * value) / whole, within / 2, between / 2)
}
