import { EMBED_OPTIONS } from '../../encode/embedder.js'
import { checkOneOf, checkOptions, ownOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { VOCABULARY_OPTIONS } from '../categories/vocabulary.js'
import { CATEGORY_KINDS } from './category-kinds.js'
import { planCyclic } from './cyclic-feature.js'
import type { FeatureKind } from './declaration.js'
import type { FeaturePlan } from './feature.js'
import { planMultiLabel } from './multi-label-feature.js'
import { NUMBER_KINDS } from './number-kinds.js'
import { planGeohash, planPlace } from './place-feature.js'
import { planText } from './text-feature.js'
import { planVector } from './vector-feature.js'

const PLACE = ['latitude', 'longitude']

const KINDS: Readonly<
  Record<
    FeatureKind,
    { readonly options: readonly string[]; readonly plan: (name: string, options: never) => FeaturePlan }
  >
> = {
  ...NUMBER_KINDS,
  ...CATEGORY_KINDS,
  'multi-label': { options: ['column', 'unseen', ...VOCABULARY_OPTIONS], plan: planMultiLabel },
  cyclic: { options: ['column', 'parts', 'timeZone'], plan: planCyclic },
  place: { options: [...PLACE, 'points'], plan: planPlace },
  geohash: { options: [...PLACE, 'precision', 'encode', 'buckets', ...VOCABULARY_OPTIONS], plan: planGeohash },
  vector: { options: ['column', 'normalize'], plan: planVector },
  text: {
    options: ['column', 'embedder', ...EMBED_OPTIONS.filter((name) => name !== 'signal' && name !== 'onProgress')],
    plan: planText,
  },
}

const NAMES = Object.keys(KINDS) as FeatureKind[]

function planFeature(name: string, given: unknown): FeaturePlan {
  const where = `feature ${show(name)}`
  const declaration = typeof given === 'string' ? { kind: given } : (given as { kind: string })
  const { kind: word } = ownOptions(where, declaration, ['kind'])
  const kind = checkOneOf('kind', word, NAMES)
  const { options, plan } = KINDS[kind]
  const checked = checkOptions(where, declaration, ['kind', ...options]) as { column?: unknown }
  for (const option of ['column', 'latitude', 'longitude'] as const) {
    const column = (checked as Record<string, unknown>)[option]
    if (column !== undefined && typeof column !== 'string')
      throw new KindredError('ERR_VALUE', `${option}: expected the name of a column but received ${show(column)}.`)
  }
  return plan(name, checked as never)
}

/** What the features are to do, in order. @throws ERR_VALUE naming the feature */
export function planFeatures(features: Iterable<readonly [string, unknown]>): Map<string, FeaturePlan> {
  const plans = new Map<string, FeaturePlan>()
  for (const [name, declaration] of features)
    try {
      plans.set(name, planFeature(name, declaration))
    } catch (error) {
      const { code, message } = error as KindredError
      if (code === undefined) throw error
      throw new KindredError(code, `FeaturePipeline, feature ${show(name)}: ${message}`, { cause: error })
    }
  return plans
}
