import type { Random } from '../../data/random.js'
import { checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import { gradients } from '../graph/gradients.js'
import { Graph, type Tensor } from '../graph/graph.js'
import { Program } from '../graph/program.js'
import { add, scale } from '../ops/layers/elementwise.js'
import { linear, linearIn, productNumbers } from '../ops/layers/linear.js'
import { product, scaleRows } from '../ops/layers/product.js'
import { rowDots } from '../ops/layers/vectors.js'
import { squaredError } from '../ops/losses/losses.js'
import type { Weights } from '../weights.js'
import { type Adapter, type AdapterStep, type Products, plainDense } from './adapter.js'
import { GREATEST_SIZE, targetProducts } from './targets.js'

/** Options of AdaLoRA. */
export interface AdaLoraOptions {
  /**
   * Low ranks that differ by matrix (Zhang et al. 2023, "AdaLoRA"): W x + (alpha / rank) P diag(l) Q x. All matrices begin with
   * more than `rank`; those of their terms that matter least are set to 0 until a mean of `rank` is left.
   */
  kind: 'adalora'
  /** The mean rank at the end, from 1. Default 8. */
  rank?: number
  /** The rank of each at first, at least `rank`. Default 1.5 times `rank`. */
  initialRank?: number
  /** Factor of what they add, over `rank`. Default `rank`, which is a factor of 1. */
  alpha?: number
  /** Which products get one, as for LoRA. Default all: which of them need it is what is learnt. */
  targets?: readonly string[]
  /** Weight of the sum of |P'P - 1|^2 and |QQ' - 1|^2, which keeps terms comparable. Default 0.1. */
  orthogonality?: number
  /** Share of the steps at the beginning during which no term is removed. Default 0.1. */
  warmup?: number
  /** Share of the steps at the end during which no other is removed or comes back. Default 0.5. */
  fixed?: number
  /** Steps between two looks at which terms matter. Default 10. */
  every?: number
  /** Decays of the means of sensitivity and of its uncertainty, each below 1. Default 0.85. */
  beta1?: number
  /** See `beta1`. */
  beta2?: number
}

/** Standard deviation of new P and Q, as the authors' code has it. */
const DEVIATION = 0.02

/** How many terms of a matrix are left, in the mean: equation 12. */
export function budgetAt(
  { step, steps }: AdapterStep,
  { rank, initialRank, warmup, fixed }: { rank: number; initialRank: number; warmup: number; fixed: number },
): number {
  const begin = Math.ceil(warmup * steps)
  const end = steps - Math.floor(fixed * steps)
  if (step < begin) return initialRank
  if (step >= end) return rank
  return rank + (initialRank - rank) * (1 - (step - begin) / (end - begin)) ** 3
}

/** The parts of a product's adapter: P [rank, outputs], which is transposed, Q [rank, inputs], and a factor l of each term. */
const PARTS = ['P', 'Q', 'l'] as const

/** @internal @throws ERR_VALUE naming the option */
export function adalora(options: AdaLoraOptions, products: Products): Adapter {
  options = checkOptions('adapter', options, [
    ...[
      'kind',
      'rank',
      'initialRank',
      'alpha',
      'targets',
      'orthogonality',
      'warmup',
      'fixed',
      'every',
      'beta1',
      'beta2',
    ],
  ] as never)
  const share = (name: 'warmup' | 'fixed' | 'beta1' | 'beta2', fallback: number) =>
    checkNumber(`adapter.${name}`, options[name] ?? fallback, { min: 0, max: 1 - 2 ** -20 })
  const rank = checkInteger('adapter.rank', options.rank ?? 8, { min: 1, max: GREATEST_SIZE })
  const initialRank = checkInteger('adapter.initialRank', options.initialRank ?? Math.ceil(1.5 * rank), {
    min: rank,
    max: 2 * GREATEST_SIZE,
  })
  const alpha = checkNumber('adapter.alpha', options.alpha ?? rank, { min: 0 })
  const orthogonality = checkNumber('adapter.orthogonality', options.orthogonality ?? 0.1, { min: 0 })
  const every = checkInteger('adapter.every', options.every ?? 10, { min: 1 })
  const [warmup, fixed] = [share('warmup', 0.1), share('fixed', 0.5)]
  const [beta1, beta2] = [share('beta1', 0.85), share('beta2', 0.85)]
  if (warmup + fixed >= 1)
    throw new KindredError(
      'ERR_VALUE',
      `adapter.fixed: expected less than 1 with warmup, but they are ${warmup + fixed}.`,
    )
  const targets = options.targets === undefined ? [...products.keys()] : targetProducts(products, options.targets)
  const isTarget = new Set(targets)

  const own = (name: string, part: string) => `${name}.adalora${initialRank}.${part}`
  const identity = `adalora${initialRank}.identity`
  const shapes = new Map<string, readonly number[]>([[identity, [initialRank, initialRank]]])
  const constants = [identity]
  for (const name of targets) {
    const [outputs, inputs] = products.get(name)!
    const of = { P: [initialRank, outputs], Q: [initialRank, inputs], l: [initialRank] }
    shapes.set(own(name, 'mask'), [initialRank])
    constants.push(own(name, 'mask'))
    for (const part of PARTS) {
      shapes.set(own(name, part), of[part])
      for (const kind of ['mean', 'uncertainty']) {
        shapes.set(own(name, `${part}.${kind}`), of[part])
        constants.push(own(name, `${part}.${kind}`))
      }
    }
  }
  const settings = { rank, initialRank, alpha, orthogonality, warmup, fixed, every, beta1, beta2, targets }
  let ranks: Record<string, number> | undefined

  /** [rank, inputs]: each row of Q times its factor, that of a term that was removed for good being 0. */
  const scaled = (graph: Graph, name: string) => {
    const of = (part: string) => graph.parameter(own(name, part))
    return scaleRows(scaleRows(scale(of('Q'), alpha / rank), of('l')), of('mask'))
  }

  /** How much each term of each product matters: of its factor, and the means of its row of P and its row of Q (equation 7). */
  async function scoresOf(weights: Weights): Promise<Float64Array[]> {
    const graph = new Graph(weights)
    const outputs = targets.flatMap((name) =>
      PARTS.map((part) => {
        const [mean, uncertainty] = ['mean', 'uncertainty'].map((kind) => graph.parameter(own(name, `${part}.${kind}`)))
        const [, cols = 1] = shapes.get(own(name, part))!
        return scale(rowDots(mean!, uncertainty!), 1 / cols)
      }),
    )
    const found = await new Program(graph, outputs).run({}, {})
    return targets.map((_, n) =>
      Float64Array.from({ length: initialRank }, (_, i) =>
        PARTS.reduce((sum, _, part) => sum + found[n * PARTS.length + part]![i]!, 0),
      ),
    )
  }

  return {
    options: { kind: 'adalora', ...settings },
    shapes,
    constants,
    get ranks() {
      return ranks
    },
    initial(name: string, random: Random) {
      const [rows, cols] = shapes.get(name) as [number, number]
      if (name === identity) return Float32Array.from({ length: rows * cols }, (_, n) => (n % (cols + 1) === 0 ? 1 : 0))
      if (name.endsWith('.mask')) return new Float32Array(rows).fill(1)
      if (!/\.[PQ]$/.test(name)) return undefined
      return Float32Array.from({ length: rows * cols }, () => DEVIATION * random.normal())
    },
    dense(x: Tensor, name: string): Tensor {
      const y = plainDense(x, name)
      if (!isTarget.has(name)) return y
      return add(y, product(linear(x, scaled(x.graph, name)), x.graph.parameter(own(name, 'P'))))
    },
    trains: () => false,
    merged(graph: Graph, name: string) {
      if (!isTarget.has(name)) return undefined
      const weight = graph.parameter(`${name}.weight`)
      const [difference] = graph.add(
        'linear_weight_gradient', // P' diag(l) Q
        [graph.parameter(own(name, 'P')), scaled(graph, name)],
        [{ shape: weight.shape }],
        productNumbers('f32'),
      )
      return add(weight, difference!)
    },
    penalty(graph: Graph): Tensor | undefined {
      if (orthogonality === 0) return undefined
      const one = graph.parameter(identity)
      const terms = targets.flatMap((name) =>
        ['P', 'Q'].map((part) => {
          const rows = graph.parameter(own(name, part))
          return squaredError(linearIn('f32', rows, rows), one)
        }),
      )
      return scale(add(...terms), (orthogonality * initialRank ** 2) / targets.length)
    },
    observe(loss: Tensor) {
      const { graph } = loss
      const names = targets.flatMap((name) => PARTS.map((part) => own(name, part)))
      const found = gradients(
        loss,
        names.map((name) => graph.parameter(name)),
      ) as Tensor[]
      for (const [n, name] of names.entries()) {
        const changed = ['mean', 'uncertainty'].map((kind) => graph.parameter(`${name}.${kind}`))
        // An operation that changes weights reads none: it is given a copy.
        graph.update('smoothed_sensitivity', [scale(graph.parameter(name), 1), found[n]!], changed, [beta1, beta2])
      }
    },
    async afterStep(weights: Weights, at: AdapterStep) {
      const end = at.steps - Math.floor(fixed * at.steps)
      const isLast = at.step === end
      if (at.step > end || at.step < Math.ceil(warmup * at.steps) || (at.step % every !== 0 && !isLast)) return
      const scores = await scoresOf(weights)
      const masks = await Promise.all(targets.map((name) => weights.read(own(name, 'mask'))))
      const all = scores.flatMap((of, n) =>
        Array.from(of, (score, i) => ({ n, i, score })).filter(({ i }) => masks[n]![i] !== 0),
      )
      all.sort((a, b) => b.score - a.score || a.n - b.n || a.i - b.i)
      const removed = all.slice(Math.round(budgetAt(at, settings) * targets.length))
      const factors = await Promise.all(targets.map((name) => weights.read(own(name, 'l'))))
      for (const { n, i } of removed) {
        factors[n]![i] = 0
        if (isLast) masks[n]![i] = 0
      }
      for (const [n, name] of targets.entries()) {
        await weights.write(own(name, 'l'), factors[n]!)
        if (isLast) await weights.write(own(name, 'mask'), masks[n]!)
      }
    },
    async settle(weights: Weights) {
      const found: Record<string, number> = {}
      for (const name of targets) {
        const [factors, mask] = await Promise.all(['l', 'mask'].map((part) => weights.read(own(name, part))))
        found[name] = factors!.filter((factor, n) => factor !== 0 && mask![n] !== 0).length
      }
      ranks = found
    },
  }
}
