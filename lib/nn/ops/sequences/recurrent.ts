import { checkBoolean, checkOptions } from '../../../native/argument-checks.js'
import { KindredError } from '../../../native/errors.js'
import { type Dim, shapeText } from '../../graph/dim.js'
import { checkShape, type Tensor } from '../../graph/graph.js'
import { linear } from '../layers/linear.js'

/** The weights of a recurrent layer, as those of PyTorch's LSTM and GRU: weight_ih, weight_hh, bias_ih, bias_hh. */
export interface RecurrentWeights {
  /** [gates * dims, inputs] */
  input: Tensor
  /** [gates * dims, dims] */
  hidden: Tensor
  /** [gates * dims], none if absent. */
  inputBias?: Tensor
  /** [gates * dims], none if absent. */
  hiddenBias?: Tensor
}

/** Options of {@link gru}. */
export interface GruOptions {
  /** [sequences, dims], the state before the first token of each sequence. Default 0. */
  initial?: Tensor
  /** Whether sequences are read from their end to their begin. Default false. */
  reverse?: boolean
}

/** Options of {@link lstm}. */
export interface LstmOptions extends GruOptions {
  /** [sequences, dims], the cell before the first token of each sequence. Default 0. */
  initialCell?: Tensor
}

const GATES = { lstm: 4, gru: 3 } as const

/** What a recurrence takes: operands of the native operation, their sizes, and its number. */
function recurrenceOf(
  kind: 'lstm' | 'gru',
  x: Tensor,
  offsets: Tensor,
  weights: RecurrentWeights,
  options: LstmOptions,
) {
  const { input, hidden, inputBias, hiddenBias } = weights
  const { initial, initialCell, reverse = false } = options
  checkBoolean('reverse', reverse)
  const dims = hidden.fixed(1)
  const [count] = offsets.shape
  if (offsets.dtype !== 'i32' || offsets.shape.length !== 1 || (count!.symbol < 0 && count!.plus < 1))
    throw new KindredError(
      'ERR_SHAPE',
      `${kind}: expected offsets i32 [sequences + 1] but they are ${offsets.dtype} ${shapeText(offsets.shape)}.`,
    )
  const width: Dim = { symbol: -1, plus: GATES[kind] * dims, name: String(GATES[kind] * dims) }
  checkShape(kind, hidden, [width, hidden.shape[1]!])
  if (hiddenBias) checkShape(kind, hiddenBias, [width])
  const inputs = linear(x, input, inputBias)
  checkShape(kind, inputs, [x.shape[0]!, width])
  const sequences: Dim = { ...count!, plus: count!.plus - 1, name: `${count!.name} - 1` }
  for (const states of [initial, initialCell]) if (states) checkShape(kind, states, [sequences, hidden.shape[1]!])
  const four: Dim = { symbol: -1, plus: 4 * dims, name: String(4 * dims) }
  return {
    operands: [inputs, hidden, hiddenBias ?? null, offsets, initial ?? null],
    states: { shape: [x.shape[0]!, hidden.shape[1]!] },
    kept: { shape: [x.shape[0]!, four] },
    gradients: [inputs, hidden, { shape: [width] }, { shape: [sequences, hidden.shape[1]!] }],
    numbers: [reverse ? 1 : 0],
  }
}

/** What {@link lstm} gives. */
export interface LstmStates {
  /** The state after each token [tokens, dims]. */
  hidden: Tensor
  /** The cell after each token [tokens, dims]. */
  cell: Tensor
}

/**
 * A long short-term memory (Hochreiter and Schmidhuber 1997) over sequences that lie end to end, with PyTorch's equations and
 * the order of its gates: input, forget, cell, output.
 * @param x [tokens, inputs]
 * @param offsets i32 [sequences + 1], where each sequence begins
 * @returns the states and cells after each token, [tokens, dims] each
 * @throws ERR_SHAPE, ERR_VALUE for an illegal option
 */
export function lstm(x: Tensor, offsets: Tensor, weights: RecurrentWeights, options: LstmOptions = {}): LstmStates {
  options = checkOptions('lstm', options, ['initial', 'initialCell', 'reverse'])
  const { operands, states, kept, gradients, numbers } = recurrenceOf('lstm', x, offsets, weights, options)
  const inputs = [...operands, options.initialCell ?? null]
  const [hidden, cell, gates] = x.graph.add('lstm', inputs, [states, states, kept], numbers, ([dh, dc]) => {
    const given = [...inputs, hidden!, cell!, gates!, dh ?? null, dc ?? null]
    const [ofInputs, ofWeights, ofBias, ofInitial, ofCell] = x.graph.add(
      'lstm_gradient',
      given,
      [...gradients, gradients[3]!],
      numbers,
    )
    return [ofInputs, ofWeights, ofBias, undefined, ofInitial, ofCell]
  })
  return { hidden: hidden!, cell: cell! }
}

/**
 * A gated recurrent unit (Cho et al. 2014) over sequences that lie end to end, with PyTorch's equations (the reset gate works on
 * the product with the state) and the order of its gates: reset, update, new.
 * @param x [tokens, inputs]
 * @param offsets i32 [sequences + 1], where each sequence begins
 * @returns the states after each token [tokens, dims]
 * @throws ERR_SHAPE, ERR_VALUE for an illegal option
 */
export function gru(x: Tensor, offsets: Tensor, weights: RecurrentWeights, options: GruOptions = {}): Tensor {
  options = checkOptions('gru', options, ['initial', 'reverse'])
  const { operands, states, kept, gradients, numbers } = recurrenceOf('gru', x, offsets, weights, options)
  const [hidden, gates] = x.graph.add('gru', operands, [states, kept], numbers, ([dh]) => {
    const [ofInputs, ofWeights, ofBias, ofInitial] = x.graph.add(
      'gru_gradient',
      [...operands, hidden!, gates!, dh!],
      gradients,
      numbers,
    )
    return [ofInputs, ofWeights, ofBias, undefined, ofInitial]
  })
  return hidden!
}
