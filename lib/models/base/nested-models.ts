import { join } from 'node:path'
import { KindredError } from '../../native/errors.js'
import type { BaseRecommender } from './base-recommender.js'
import type { SavedModel } from './model-file.js'

type Loader = (dir: string, signal: AbortSignal | undefined) => Promise<BaseRecommender>

let loadModel: Loader | undefined

/** Says how a model of any class is loaded: the registry knows all classes, which cannot know the registry. */
export function setModelLoader(loader: Loader): void {
  loadModel = loader
}

/** The folder of a part of a saved model. @throws ERR_MODEL_FILE if it has no parts */
export function partFolder({ dir, parts }: SavedModel, name: string): string {
  if (parts === undefined)
    throw new KindredError('ERR_MODEL_FILE', `${dir}: its config.json names no parts. Save the model again.`)
  return join(parts, name)
}

/** A model that another one was saved with. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
export async function loadNested(saved: SavedModel, name: string): Promise<BaseRecommender> {
  const folder = partFolder(saved, name)
  if (loadModel === undefined)
    throw new KindredError('ERR_INTERNAL', 'loadNested: the registry of models is not there.')
  return loadModel(folder, saved.signal)
}
