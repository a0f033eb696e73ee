import { checkOptions } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError, show } from '../native/errors.js'
import { readModel } from './base/model-file.js'
import { restoreModel } from './base/model-lifecycle.js'
import type { Recommender } from './base/recommender.js'
import { ALGORITHMS, type Algorithm, MODELS } from './registry.js'

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
  const saved = await readModel(dir, options.signal)
  if (!Object.hasOwn(MODELS, saved.algorithm))
    throw new KindredError(
      'ERR_MODEL_FILE',
      `${dir}: holds a model of class ${show(saved.algorithm)}; this release knows ${ALGORITHMS.join(', ')}.`,
    )
  const Class = MODELS[saved.algorithm as Algorithm]
  return (await restoreModel(Class as never, saved)) as unknown as Model
}
