import { join } from 'node:path'
import { KindredError } from '../../native/errors.js'
import type { LoadClickModelOptions } from '../ctr/base/base-click-model.js'
import { BaseClickModel } from '../ctr/base/base-click-model.js'
import { BaseRecommender } from './base-recommender.js'
import type { SavedModel } from './model-file.js'

type Loader = (dir: string, options: LoadClickModelOptions) => Promise<BaseRecommender | BaseClickModel>

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

async function loadPart(saved: SavedModel, name: string): Promise<BaseRecommender | BaseClickModel> {
  const folder = partFolder(saved, name)
  if (loadModel === undefined)
    throw new KindredError('ERR_INTERNAL', 'loadNested: the registry of models is not there.')
  return loadModel(folder, { signal: saved.signal, embedders: saved.embedders })
}

/** A model that another one was saved with. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
export async function loadNested(saved: SavedModel, name: string): Promise<BaseRecommender> {
  const model = await loadPart(saved, name)
  if (model instanceof BaseRecommender) return model
  throw new KindredError('ERR_MODEL_FILE', `${saved.dir}: expected a recommender in ${name}. Save the model again.`)
}

/** A model of clicks that another one was saved with. @throws ERR_MODEL_FILE, ERR_VALUE if an embedder is missing, ERR_IO, ERR_ABORTED */
export async function loadNestedClickModel(saved: SavedModel, name: string): Promise<BaseClickModel> {
  const model = await loadPart(saved, name)
  if (model instanceof BaseClickModel) return model
  throw new KindredError('ERR_MODEL_FILE', `${saved.dir}: expected a model of clicks in ${name}. Save the model again.`)
}
