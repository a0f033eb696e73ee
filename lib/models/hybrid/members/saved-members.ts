import type { Tensor } from '../../../data/storage/safetensors.js'
import { vectorTensor } from '../../../data/storage/saved-tensors.js'
import { KindredError } from '../../../native/errors.js'
import type { BaseRecommender } from '../../base/base-recommender.js'
import type { SavedModel } from '../../base/model-file.js'
import { loadNested } from '../../base/nested-models.js'
import { type MemberState, membersIn } from './member-model.js'

const MOST = 1000

const loaded = new WeakMap<SavedModel, readonly BaseRecommender[]>()

/** What is saved of the state beside the members, which have folders of their own: 0, 1, ... */
export function stateTensors({ weights, itemOffsets }: MemberState): Record<string, Tensor> {
  return {
    weights: vectorTensor(weights),
    ...(itemOffsets !== null && { 'items.offsets': vectorTensor(itemOffsets) }),
  }
}

/** The members of a saved model, which are loaded once. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
export async function restoredMembers(saved: SavedModel): Promise<readonly BaseRecommender[]> {
  const known = loaded.get(saved)
  if (known !== undefined) return known
  const weights = savedWeights(saved)
  const models: BaseRecommender[] = []
  for (let n = 0; n < weights.length; n++) models.push(await loadNested(saved, String(n)))
  loaded.set(saved, models)
  return models
}

function savedWeights({ tensors, dir }: SavedModel): Float64Array {
  const weights = tensors.vector('weights', Float64Array)
  if (weights.length === 0 || weights.length > MOST || !weights.every((weight) => weight >= 0 && weight <= 1))
    throw new KindredError(
      'ERR_MODEL_FILE',
      `${dir}: weights: expected 1 to ${MOST} numbers from 0 to 1. Save the model again.`,
    )
  return weights
}

/** The state that {@link stateTensors} and the members were saved of. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
export async function restoredState(saved: SavedModel): Promise<MemberState> {
  const { log, members } = await membersIn(saved.log, await restoredMembers(saved), saved.signal)
  if (log.items.size !== saved.log.items.size)
    throw new KindredError(
      'ERR_MODEL_FILE',
      `${saved.dir}: its parts know items that it does not. Save the model again.`,
    )
  const { tensors } = saved
  const itemOffsets = tensors.has('items.offsets')
    ? tensors.vector('items.offsets', Float32Array, log.items.size)
    : null
  return { log, members, weights: savedWeights(saved), itemOffsets }
}
