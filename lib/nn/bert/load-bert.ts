import { bertShapes } from '../../encode/bert/bert-config.js'
import { type BertFolder, readTensor } from '../../encode/bert/bert-folder.js'
import { wholeShape, withoutHeads } from '../../encode/bert/removed-heads.js'
import type { Weights } from '../weights.js'

/** Declares the encoder's weights and fills them. @throws ERR_ENCODER, ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
export async function loadBertWeights(weights: Weights, folder: BertFolder, signal?: AbortSignal): Promise<void> {
  for (const [name, shape] of bertShapes(folder.config)) {
    weights.declare(name, shape)
    const whole = await readTensor(folder, name, wholeShape(folder.config, name, shape), signal)
    await weights.write(name, withoutHeads(folder.config, name, shape, whole))
  }
}
