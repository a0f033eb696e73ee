/** 2 / sqrt(pi) exp(-x^2) times the series of terms 2^n x^(2n+1) / (1 3 5 ... (2n+1)), all of one sign. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x)
  let term = x
  let sum = x
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1)
    sum += term
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
const clip = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high)
/** Above 20 PyTorch takes x itself. */
const softplus = (x: number) => (x > 20 ? x : Math.log1p(Math.exp(x)))
const elu = (x: number, alpha: number) => (x > 0 ? x : alpha * Math.expm1(x))

/** PyTorch's activations with their default parameters, by the names of their classes. */
export const ACTIVATIONS: Readonly<Record<string, (x: number) => number>> = {
  Identity: (x) => x,
  Tanh: Math.tanh,
  ReLU: (x) => Math.max(x, 0),
  ReLU6: (x) => clip(x, 0, 6),
  LeakyReLU: (x) => (x > 0 ? x : 0.01 * x),
  GELU: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  Sigmoid: sigmoid,
  SiLU: (x) => x * sigmoid(x),
  Mish: (x) => x * Math.tanh(softplus(x)),
  Softplus: softplus,
  Softsign: (x) => x / (1 + Math.abs(x)),
  ELU: (x) => elu(x, 1),
  SELU: (x) => 1.0507009873554805 * elu(x, 1.6732632423543772),
  Hardtanh: (x) => clip(x, -1, 1),
  Hardswish: (x) => (x * clip(x + 3, 0, 6)) / 6,
}
