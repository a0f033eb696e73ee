import { checkBoolean, checkOptions } from '../../../native/argument-checks.js'
import { KindredError } from '../../../native/errors.js'
import { type Dim, shapeText } from '../../graph/dim.js'
import { checkShape, type OutputType, type Tensor } from '../../graph/graph.js'
import { multiply } from '../layers/arithmetic.js'
import { gatherRows } from '../layers/gather.js'

/** Of a gradient that is not wanted. */
const NOTHING: Dim = { symbol: -1, plus: 0, name: '0' }

/** Gradients of labels, factors and excluded classes. */
const NONE = [undefined, undefined, undefined]

/** @throws ERR_SHAPE unless states, weights and bias fit */
function checkOperands(operation: string, x: Tensor, weights: Tensor, bias: Tensor | undefined, labels: Tensor): void {
  const [rows, dims] = x.shape
  const [classes] = weights.shape
  if (rows === undefined || dims === undefined || classes === undefined)
    throw new KindredError('ERR_SHAPE', `${operation}: expected x [rows, dims] and weights [classes, dims].`)
  checkShape(operation, weights, [classes, dims])
  if (bias) checkShape(operation, bias, [classes])
  checkShape(operation, labels, [rows])
}

/** Options of {@link linearCrossEntropy}. */
export interface LinearCrossEntropyOptions {
  /**
   * f32 [rows], what each row's loss is multiplied by, of either sign, such as the rewards of a policy gradient; the mean is
   * still that of the rows with a label. They get no gradient. 1 if absent.
   */
  factors?: Tensor
  /** i32 [rows, n], classes whose probability is 0 in a row, negative ones for none; a row's own label always counts. */
  excluded?: Tensor
  /**
   * Whether each run computes the gradient with the loss, which then costs no product more than the two operations: for
   * graphs that train. Logits of all classes of some rows are in memory, but beyond 2^16 classes. Default false.
   */
  withGradient?: boolean
}

/** @throws ERR_SHAPE unless they are i32 [rows, n] */
function checkExcluded(operation: string, x: Tensor, excluded: Tensor | undefined): void {
  if (excluded === undefined) return
  if (excluded.dtype !== 'i32')
    throw new KindredError('ERR_SHAPE', `${operation}: expected excluded classes of integers but they are f32.`)
  checkShape(operation, excluded, [x.shape[0]!, excluded.shape[1] ?? NOTHING])
}

/**
 * `crossEntropy(linear(x, weights, bias), labels)` for many classes, such as the words of a vocabulary: the logits
 * [rows, classes] are never in memory together, for the gradient computes them again, block by block (as does "Cut your losses",
 * Wijmans et al. 2025). It costs one product more than the two operations, unless `withGradient` is set.
 * @param x [rows, dims]
 * @param weights [classes, dims]; their gradient is dense
 * @param bias [classes], none if absent
 * @param labels i32 [rows], from 0; rows with a negative label do not count and cost nothing
 * @throws ERR_SHAPE, ERR_VALUE for an illegal option
 */
export function linearCrossEntropy(
  x: Tensor,
  weights: Tensor,
  bias: Tensor | undefined,
  labels: Tensor,
  options: LinearCrossEntropyOptions = {},
): Tensor {
  options = checkOptions('linearCrossEntropy', options, ['factors', 'excluded', 'withGradient'])
  const { factors, excluded } = options
  const withGradient = checkBoolean('withGradient', options.withGradient ?? false)
  checkOperands('linearCrossEntropy', x, weights, bias, labels)
  if (factors) checkShape('linearCrossEntropy', factors, [x.shape[0]!])
  checkExcluded('linearCrossEntropy', x, excluded)
  const { graph } = x
  const inputs = [x, weights, bias ?? null, labels, factors ?? null, excluded ?? null]
  if (withGradient) return lossWithGradient(inputs)
  const outputs = [{ shape: [] }, { shape: [x.shape[0]!] }]
  const [loss, losses] = graph.add('linear_cross_entropy', inputs, outputs, [], ([dy], wanted) => {
    const isWanted = [0, 1, 2].map((n) => wanted[n] === true)
    const found = graph.add(
      'linear_cross_entropy_gradient',
      [...inputs, losses!, dy!],
      isWanted.map((is, n) => ({ shape: is ? inputs[n]!.shape : [NOTHING] })),
      isWanted.map(Number),
    )
    return [...found.map((gradient, n) => (isWanted[n] ? gradient : undefined)), ...NONE]
  })
  return loss!
}

/** The loss with its gradient, which the gradient of the whole is then a multiple of. */
function lossWithGradient(inputs: readonly (Tensor | null)[]): Tensor {
  const { graph } = inputs[0]!
  const operands = inputs.slice(0, 3)
  const made = operands.map((operand) => ({ shape: operand ? operand.shape : [NOTHING] }))
  const isThere = operands.map((operand) => (operand ? 1 : 0))
  const [loss, ...found] = graph.add(
    'linear_cross_entropy_with_gradient',
    inputs,
    [{ shape: [] }, ...made],
    isThere,
    ([dy], wanted) => [...found.map((gradient, n) => (wanted[n] ? multiply(gradient, dy!) : undefined)), ...NONE],
  )
  return loss!
}

/** Options of {@link sampleLinear}. */
export interface SampleLinearOptions {
  /** [classes], none if absent. */
  bias?: Tensor
  /** i32 [rows, n], classes that a row cannot get, negative ones for none. */
  excluded?: Tensor
}

/**
 * A class of each row, drawn from softmax(linear(x, weights, bias)) without the excluded ones: a step of generating
 * sequences. What is drawn depends on the run's input 'seed' (two 32-bit integers) and the row's number alone; no more logits
 * than 4 MiB are in memory. It has no gradient.
 * @param x [rows, dims]
 * @param weights [classes, dims]
 * @returns i32 [rows]
 * @throws ERR_SHAPE, ERR_VALUE for an illegal option; a run throws ERR_VALUE where every class is excluded, ERR_NOT_FINITE
 * for logits that are no finite numbers
 */
export function sampleLinear(x: Tensor, weights: Tensor, options: SampleLinearOptions = {}): Tensor {
  const { bias, excluded } = checkOptions('sampleLinear', options, ['bias', 'excluded'])
  const { graph } = x
  const ids: OutputType = { shape: [x.shape[0] ?? NOTHING], dtype: 'i32' }
  checkShape('sampleLinear', weights, [weights.shape[0] ?? NOTHING, x.shape[1] ?? NOTHING])
  if (bias) checkShape('sampleLinear', bias, [weights.shape[0]!])
  checkExcluded('sampleLinear', x, excluded)
  const inputs = [x, weights, bias ?? null, excluded ?? null, graph.seed()]
  return graph.add('sample_linear', inputs, [ids], [graph.nextDropout()])[0]!
}

/** Options of {@link sampledSoftmax}. */
export interface SampledSoftmaxOptions {
  /** [classes], none if absent. */
  bias?: Tensor
  /**
   * f32 [classes], the logarithm of the probability with which each class is drawn as a negative: it is taken from the logits,
   * so that the gradient nears that of the whole softmax (Bengio and Senécal 2008). Without it the classes drawn are taken
   * for the whole vocabulary (Jean et al. 2015, section 3).
   */
  logProbabilities?: Tensor
}

/**
 * The mean over rows of minus the logarithm of the softmax at the row's label, over that label and the negatives alone. A
 * negative that is a row's label does not count for that row. Only rows of the weights that are named get a gradient.
 * @param x [rows, dims]
 * @param weights [classes, dims]
 * @param labels i32 [rows], from 0 (here none may be negative)
 * @param negatives i32 [n] of a fixed size n, such as an input: the classes that all rows are compared with
 * @throws ERR_SHAPE, ERR_VALUE for an illegal option; a run throws ERR_VALUE for ids that are no class
 */
export function sampledSoftmax(
  x: Tensor,
  weights: Tensor,
  labels: Tensor,
  negatives: Tensor,
  options: SampledSoftmaxOptions = {},
): Tensor {
  options = checkOptions('sampledSoftmax', options, ['bias', 'logProbabilities'])
  const { bias, logProbabilities } = options
  checkOperands('sampledSoftmax', x, weights, bias, labels)
  if (logProbabilities) checkShape('sampledSoftmax', logProbabilities, [weights.shape[0]!])
  if (negatives.dtype !== 'i32' || labels.dtype !== 'i32' || negatives.shape.length !== 1)
    throw new KindredError(
      'ERR_SHAPE',
      `sampledSoftmax: expected labels and negatives [n] of integers but negatives are ${negatives.dtype} ${shapeText(negatives.shape)}.`,
    )
  const { graph } = x
  const [rows] = x.shape
  const samples = negatives.fixed(0)
  const all: Dim = { ...rows!, plus: rows!.plus + samples, name: `${rows!.name} + ${samples}` }
  const [ids] = graph.add('join_ids', [labels, negatives], [{ shape: [all], dtype: 'i32' }])
  const numbersOf = (table: Tensor | undefined) =>
    table
      ? graph.add('gather_rows', [table, ids!], [{ shape: [all] }], [], ([dy]) => [
          graph.add('scatter_rows', [dy!, ids!], [table])[0],
          undefined,
        ])[0]!
      : null
  const inputs = [x, gatherRows(weights, ids!), numbersOf(bias), numbersOf(logProbabilities), ids!]
  const outputs = [
    { shape: [] },
    { shape: [rows!, { symbol: -1, plus: samples, name: `${samples}` }] },
    { shape: [rows!] },
  ]
  const [loss, p, own] = graph.add('sampled_softmax', inputs, outputs, [], ([dy]) => {
    const [dx, dw, dbias] = graph.add(
      'sampled_softmax_gradient',
      [...inputs, p!, own!, dy!],
      [x, inputs[1]!, { shape: [all] }],
    )
    return [dx, dw, bias && dbias, undefined, undefined]
  })
  return loss!
}
