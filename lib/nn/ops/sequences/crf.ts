import { KindredError } from '../../../native/errors.js'
import { shapeText } from '../../graph/dim.js'
import { checkShape, type Tensor } from '../../graph/graph.js'

/** The weights of a linear-chain conditional random field, besides what gives the emissions. */
export interface CrfWeights {
  /** [tags, tags], the score of the column's tag after the row's. */
  transitions: Tensor
  /** [tags], the score of each tag at the start of a sequence. */
  start: Tensor
  /** [tags], the score of each tag at its end. */
  end: Tensor
}

/** @throws ERR_SHAPE */
function weightsOf(operation: string, emissions: Tensor, { transitions, start, end }: CrfWeights): Tensor[] {
  const tags = emissions.shape[1]
  if (tags === undefined)
    throw new KindredError(
      'ERR_SHAPE',
      `${operation}: expected emissions [tokens, tags] but they are ${shapeText(emissions.shape)}.`,
    )
  checkShape(operation, transitions, [tags, tags])
  checkShape(operation, start, [tags])
  checkShape(operation, end, [tags])
  return [transitions, start, end]
}

/**
 * The mean over sequences (that have tokens) of minus the logarithm of the probability of their labels under a linear-chain
 * conditional random field (Lafferty, McCallum, Pereira 2001), by the forward algorithm in logarithms and in double precision.
 * @param emissions [tokens, tags], the score of each tag of each token
 * @param labels i32 [tokens], from 0; a run throws ERR_VALUE for one that is no tag
 * @param offsets i32 [sequences + 1], where each sequence begins
 * @throws ERR_SHAPE
 */
export function crfLoss(emissions: Tensor, labels: Tensor, offsets: Tensor, weights: CrfWeights): Tensor {
  const { graph } = emissions
  const own = weightsOf('crfLoss', emissions, weights)
  checkShape('crfLoss', labels, [emissions.shape[0]!])
  const inputs = [emissions, labels, offsets, ...own]
  const [loss] = graph.add('crf_loss', inputs, [{ shape: [] }], [], ([dy]) => {
    const shapes = [emissions, ...own].map(({ shape }) => ({ shape }))
    const [ofEmissions, ...ofWeights] = graph.add('crf_loss_gradient', [...inputs, dy!], shapes)
    return [ofEmissions, undefined, undefined, ...ofWeights]
  })
  return loss!
}

/**
 * The tags of the greatest probability (Viterbi 1967); of equal ones the lower tag, from the end of the sequence on. It has no
 * gradient.
 * @param emissions [tokens, tags]
 * @param offsets i32 [sequences + 1], where each sequence begins
 * @returns i32 [tokens]
 * @throws ERR_SHAPE
 */
export function crfDecode(emissions: Tensor, offsets: Tensor, weights: CrfWeights): Tensor {
  const inputs = [emissions, offsets, ...weightsOf('crfDecode', emissions, weights)]
  return emissions.graph.add('crf_decode', inputs, [{ shape: [emissions.shape[0]!], dtype: 'i32' }])[0]!
}
