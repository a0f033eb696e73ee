import type { Interactions } from '../../../data/log/interactions.js'
import type { BaseRecommender } from '../../base/base-recommender.js'
import type { FitOptions } from '../../base/recommend-options.js'

/** Told after each model. */
export type Steps = () => void

/** Progress in fitted models, of a fit that fits so many. */
export function memberSteps(total: number, { onProgress }: FitOptions): Steps {
  let done = 0
  return () => onProgress?.({ done: ++done, total })
}

/** Progress of a fit that has so many phases, each told in hundredths. */
export interface Phases {
  /** Told at the end of each. */
  next: Steps
  /** Told within one: which part of it is done, 0 to 1. */
  within(part: number): void
}

export function phasesOf(total: number, { onProgress }: FitOptions): Phases {
  let done = 0
  const tell = (part: number) => onProgress?.({ done: 100 * done + Math.floor(100 * part), total: 100 * total })
  return {
    within: tell,
    next() {
      done++
      tell(0)
    },
  }
}

/** New models of the same classes and options, fitted on the log. @throws what their `fit` throws */
export async function fitMembers(
  models: readonly BaseRecommender[],
  log: Interactions,
  { itemFeatures, signal }: FitOptions,
  step: Steps,
): Promise<BaseRecommender[]> {
  const fitted: BaseRecommender[] = []
  for (const model of models) {
    const own = model.fresh()
    await own.fit(log, { signal, ...(own.capabilities.itemFeatures && { itemFeatures }) })
    fitted.push(own)
    step()
  }
  return fitted
}

/** The models as they are. @throws ERR_NOT_FITTED */
export function keptMembers(models: readonly BaseRecommender[]): BaseRecommender[] {
  return models.map((model) => {
    model.users // throws where it was not fitted
    return model.copy()
  })
}
