import { checkBoolean, checkNumber, checkOptions } from '../../../native/argument-checks.js'
import { checkShape, Tensor } from '../../graph/graph.js'
import { divide } from '../layers/arithmetic.js'
import { add, scale } from '../layers/elementwise.js'
import { linearIn } from '../layers/linear.js'
import { rowDots, unitRows } from '../layers/vectors.js'
import { crossEntropy } from './losses.js'

/** Options of losses with a margin. */
export interface MarginOptions {
  /** Differences beyond it cost nothing. */
  margin?: number
}

/** Options of {@link inBatchContrastive}. */
export interface InBatchOptions {
  /** Cosines are divided by it before the softmax, above 0; or a tensor [1], such as one that is learnt. Default 0.05. */
  temperature?: number | Tensor
  /** Whether each row of `b` has to find its row of `a`, too; the loss is the mean of both. Default false. */
  symmetric?: boolean
}

function marginOf(name: string, x: Tensor, signs: Tensor | undefined, margin: number): Tensor {
  checkNumber('margin', margin)
  if (signs) checkShape(name, signs, x.shape)
  const { graph, shape } = x
  const inputs = [x, signs ?? null]
  const [loss] = graph.add(name, inputs, [{ shape: [] }], [margin], ([dy]) => [
    graph.add(`${name}_gradient`, [...inputs, dy!], [{ shape }], [margin])[0],
    undefined,
  ])
  return loss!
}

/**
 * The mean of max(0, margin - sign x): of numbers that should be at least the margin, or at most minus it where the sign is not
 * above 0.
 * @param x of any shape
 * @param signs f32 of the same shape, 1 or -1; all 1 if absent. They get no gradient
 * @param options.margin default 1
 * @throws ERR_SHAPE, ERR_VALUE for an illegal option
 */
export function hingeLoss(x: Tensor, signs?: Tensor, options: MarginOptions = {}): Tensor {
  options = checkOptions('hingeLoss', options, ['margin'])
  return marginOf('hinge', x, signs, options.margin ?? 1)
}

/**
 * The mean over rows of max(0, |anchor - positive|^2 - |anchor - negative|^2 + margin) (Schroff, Kalenichenko, Philbin 2015,
 * "FaceNet", equation 3).
 * @param anchor [rows, dims], as are positive and negative
 * @param options.margin default 0.2
 * @throws ERR_SHAPE, ERR_VALUE for an illegal option
 */
export function tripletLoss(anchor: Tensor, positive: Tensor, negative: Tensor, options: MarginOptions = {}): Tensor {
  options = checkOptions('tripletLoss', options, ['margin'])
  const distance = (to: Tensor) => {
    const difference = add(anchor, scale(to, -1))
    return rowDots(difference, difference)
  }
  return marginOf('hinge', add(distance(negative), scale(distance(positive), -1)), undefined, options.margin ?? 0.2)
}

/**
 * The mean over rows of 1 - cosine(a, b) where the sign is above 0, else of max(0, cosine(a, b) - margin): PyTorch's
 * CosineEmbeddingLoss.
 * @param a [rows, dims]
 * @param b alike
 * @param signs f32 [rows], 1 for rows that belong together, else -1; they get no gradient
 * @param options.margin default 0
 * @throws ERR_SHAPE, ERR_VALUE for an illegal option
 */
export function cosineEmbeddingLoss(a: Tensor, b: Tensor, signs: Tensor, options: MarginOptions = {}): Tensor {
  options = checkOptions('cosineEmbeddingLoss', options, ['margin'])
  return marginOf('cosine_embedding', rowDots(unitRows(a), unitRows(b)), signs, options.margin ?? 0)
}

/**
 * Of all rows of `b` each row of `a` shall find the one of its own number: the cross-entropy of the softmax of their cosines over
 * the temperature, all others being negatives (Henderson et al. 2017, section 4.4; Chen et al. 2020, "SimCLR", equation 1).
 * @param a [rows, dims]
 * @param b alike
 * @throws ERR_SHAPE, ERR_VALUE for an illegal option
 */
export function inBatchContrastive(a: Tensor, b: Tensor, options: InBatchOptions = {}): Tensor {
  options = checkOptions('inBatchContrastive', options, ['temperature', 'symmetric'])
  const { temperature = 0.05 } = options
  if (!(temperature instanceof Tensor)) checkNumber('temperature', temperature, { min: 1e-6 })
  const isSymmetric = checkBoolean('symmetric', options.symmetric ?? false)
  checkShape('inBatchContrastive', b, a.shape)
  const [first, second] = [unitRows(a), unitRows(b)]
  const [own] = a.graph.add('row_numbers', [], [{ shape: [a.shape[0]!], dtype: 'i32' }])
  const logits = (cosines: Tensor) =>
    temperature instanceof Tensor ? divide(cosines, temperature) : scale(cosines, 1 / temperature)
  const oneWay = (from: Tensor, to: Tensor) => crossEntropy(logits(linearIn('f32', from, to)), own!)
  return isSymmetric ? scale(add(oneWay(first, second), oneWay(second, first)), 0.5) : oneWay(first, second)
}
