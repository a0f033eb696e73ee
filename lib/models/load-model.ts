import { checkOptions } from '../native/argument-checks.js'
import { KindredError, show } from '../native/errors.js'
import { modelOf, readModelFolder } from './base/model-file.js'
import { restoreModel } from './base/model-lifecycle.js'
import type { Recommender } from './base/recommender.js'
import { type BaseClickModel, type LoadClickModelOptions, restoreClickModel } from './ctr/base/base-click-model.js'
import type { ClickModel } from './ctr/base/click-model.js'
import { clickModelOf } from './ctr/base/click-model-file.js'
import { ALGORITHMS, type Algorithm, CLICK_MODELS, type ClickAlgorithm, MODELS } from './registry.js'

/**
 * Loads a model that `save` wrote, of whatever class; it needs no training data to recommend or to predict. The type argument is
 * not checked against the folder: where the class is known, `AlternatingLeastSquares.load(dir)` and its likes check it.
 * @throws ERR_MODEL_FILE if the folder holds no model, or a truncated, altered or newer one; ERR_VALUE if an embedder is missing;
 * ERR_IO, ERR_ABORTED
 */
export function loadModel<Model extends Recommender = Recommender>(
  dir: string,
  options?: LoadClickModelOptions,
): Promise<Model>
export function loadModel<Model extends ClickModel>(dir: string, options?: LoadClickModelOptions): Promise<Model>
export async function loadModel(dir: string, options: LoadClickModelOptions = {}): Promise<Recommender | ClickModel> {
  options = checkOptions('loadModel', options, ['embedders', 'signal'])
  const folder = await readModelFolder(dir, options.signal)
  const { algorithm } = folder.config
  if (typeof algorithm === 'string' && Object.hasOwn(CLICK_MODELS, algorithm)) {
    const Class = CLICK_MODELS[algorithm as ClickAlgorithm]
    const saved = clickModelOf(dir, folder, options.signal)
    return restoreClickModel<BaseClickModel>(Class as never, saved, options.embedders)
  }
  const saved = await modelOf(dir, folder, options.signal)
  if (!Object.hasOwn(MODELS, saved.algorithm))
    throw new KindredError(
      'ERR_MODEL_FILE',
      `${dir}: holds a model of class ${show(saved.algorithm)}; this release knows ${[...ALGORITHMS, ...Object.keys(CLICK_MODELS)].join(', ')}.`,
    )
  const Class = MODELS[saved.algorithm as Algorithm]
  return (await restoreModel(Class as never, saved)) as unknown as Recommender
}
