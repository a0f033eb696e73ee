import { checkOptions } from '../native/argument-checks.js'
import { KindredError, show } from '../native/errors.js'
import type { BaseRecommender } from './base/base-recommender.js'
import { modelOf, withFolder } from './base/model-file.js'
import { restoreModel } from './base/model-lifecycle.js'
import { setModelLoader } from './base/nested-models.js'
import type { Recommender } from './base/recommender.js'
import { type BaseClickModel, type LoadClickModelOptions, restoreClickModel } from './ctr/base/base-click-model.js'
import type { ClickModel } from './ctr/base/click-model.js'
import { clickModelOf } from './ctr/base/click-model-file.js'
import { ALGORITHMS, CLICK_MODELS, type ClickAlgorithm, COMPOSITES, MODELS } from './registry.js'

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
  return loadAny(dir, options)
}

function loadAny(dir: string, options: LoadClickModelOptions): Promise<BaseRecommender | BaseClickModel> {
  const { embedders, signal } = options
  return withFolder(dir, signal, async (folder) => {
    const { algorithm } = folder.config
    if (typeof algorithm === 'string' && Object.hasOwn(CLICK_MODELS, algorithm)) {
      const Class = CLICK_MODELS[algorithm as ClickAlgorithm]
      return restoreClickModel<BaseClickModel>(Class as never, clickModelOf(dir, folder, signal), embedders)
    }
    const saved = await modelOf(dir, folder, signal)
    const known: Record<string, unknown> = { ...MODELS, ...COMPOSITES }
    if (!Object.hasOwn(known, saved.algorithm))
      throw new KindredError(
        'ERR_MODEL_FILE',
        `${dir}: holds a model of class ${show(saved.algorithm)}; this release knows ${[...ALGORITHMS, ...Object.keys(COMPOSITES), ...Object.keys(CLICK_MODELS)].join(', ')}.`,
      )
    return restoreModel<BaseRecommender>(known[saved.algorithm] as never, { ...saved, embedders })
  })
}

setModelLoader(loadAny)
