import { checkNumber } from '../../native/argument-checks.js'
import type { TrainingSettings } from './training-options.js'

/** Number of the layer that a weight of an encoder is of. */
const LAYER = /^encoder\.layer\.(\d+)\./

/**
 * What the learning rate of each weight is multiplied by: `learningRateFactor`, times `layerDecay` for each layer above it.
 * @param layers of the encoder
 */
export function layerRates(
  layers: number,
  { layerDecay, learningRateFactor }: Pick<TrainingSettings, 'layerDecay' | 'learningRateFactor'>,
): (name: string) => number {
  const above = (name: string) => {
    const layer = LAYER.exec(name)
    if (layer) return layers - 1 - Number(layer[1])
    return /^(?:embeddings|encoder)\./.test(name) ? layers : 0
  }
  // Checked before the product makes a number of what is none.
  const factorOf = (name: string) => checkNumber(`learningRateFactor of ${name}`, learningRateFactor(name), { min: 0 })
  return (name) => layerDecay ** above(name) * factorOf(name)
}
