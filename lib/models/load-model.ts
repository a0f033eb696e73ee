import { checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError, show } from '../native/errors.js'
import type { BaseRecommender } from './base/base-recommender.js'
import { withSavedModel } from './base/model-file.js'
import { restoreModel } from './base/model-lifecycle.js'
import { setModelLoader } from './base/nested-models.js'
import type { Recommender } from './base/recommender.js'
import { ALGORITHMS, COMPOSITES, MODELS } from './registry.js'

/** Classes by name, without what Object.prototype holds. */
type Models = Readonly<Record<string, (new (...args: never[]) => BaseRecommender) | undefined>>

/**
 * Loads a model that `save` wrote, of whatever class; it needs no training data to recommend. The type argument is not
 * checked against the folder: where the class is known, `AlternatingLeastSquares.load(dir)` and its likes check it.
 * @throws ERR_MODEL_FILE if the folder holds no model, or a truncated, altered or newer one; ERR_IO, ERR_ABORTED
 */
export async function loadModel<Model extends Recommender = Recommender>(
  dir: string,
  options: AbortOptions = {},
): Promise<Model> {
  options = checkOptions('loadModel', options, ['signal'])
  return (await loadAny(dir, options.signal)) as unknown as Model
}

async function loadAny(dir: string, signal: AbortSignal | undefined): Promise<BaseRecommender> {
  return withSavedModel(dir, signal, async (saved) => {
    const Class = (MODELS as Models)[saved.algorithm] ?? (COMPOSITES as Models)[saved.algorithm]
    if (Class === undefined)
      throw new KindredError(
        'ERR_MODEL_FILE',
        `${dir}: holds a model of class ${show(saved.algorithm)}; this release knows ${[...ALGORITHMS, ...Object.keys(COMPOSITES)].join(', ')}.`,
      )
    return restoreModel(Class, saved)
  })
}

setModelLoader(loadAny)
