import type { Catalogue } from '../../data/catalogue.js'
import type { Features } from '../../data/features.js'
import type { Embedder } from '../../encode/embedder.js'
import type { Recommender } from '../../models/base/recommender.js'
import { checkBoolean, checkFunction, checkInteger, checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { limitsOf, type ServiceLimits } from './limits.js'
import { type CascadeSource, isLiveSource, type LiveSource } from './live-source.js'
import { tokenCheck } from './tokens.js'

/** How many requests one client may make. */
export interface RateLimit {
  /** Requests of one address within the window. */
  max: number
  /** The window in milliseconds. Default 1000. */
  milliseconds?: number
}

/** What the routes of a service are made of, whatever brings their requests. */
export interface ServiceOptions {
  /** The model, or what it is taken from once for each request. A model alone takes no events. */
  model: Recommender | LiveSource
  /** Makes vectors of texts, for `/embed`, `/search` and `/readers`. */
  embedder?: Embedder
  /** Vectors of items that the same embedder has made, for `/search` and `/readers`. */
  features?: Features
  /** Titles of items, which an answer has where the request says `titles: true`, and the page. */
  titles?: Catalogue
  /** Makes lists in stages, for `/cascade`. */
  cascade?: CascadeSource
  /** Whoever has one of these may use the service, by `Authorization: Bearer TOKEN`. None given: everybody may. */
  tokens?: readonly string[]
  /** Refuses what one address asks beyond it, with 429. Default: no limit. */
  rateLimit?: RateLimit
  /** What one request may ask for. */
  limits?: ServiceLimits
  /** How many lists are kept while the model stays as it is, those asked for last. 0 keeps none. Default 10,000. */
  cachedLists?: number
  /** Makes spans with `@opentelemetry/api`, which the provider that the application registered records. Default false. */
  traces?: boolean
  /** Whether the page at `/` is there. Default true. */
  page?: boolean
  /** What POST /reload does; there is no such route without it, nor without `tokens`. */
  reload?: () => Promise<void>
}

/** @internal The names of {@link ServiceOptions}. */
export const SERVICE_OPTIONS = [
  'model',
  'embedder',
  'features',
  'titles',
  'cascade',
  'tokens',
  'rateLimit',
  'limits',
  'cachedLists',
  'traces',
  'page',
  'reload',
]

/** @internal The options with their defaults, checked. */
export interface CheckedOptions {
  source: LiveSource
  embedder: Embedder | undefined
  features: Features | undefined
  titles: Catalogue | undefined
  cascade: CascadeSource | undefined
  isAllowed: ((header: string | undefined) => boolean) | undefined
  rateLimit: Required<RateLimit> | undefined
  limits: Required<ServiceLimits>
  cachedLists: number
  traces: boolean
  page: boolean
  reload: (() => Promise<void>) | undefined
}

/** A source of one model that never changes. */
function fixed(model: Recommender): LiveSource {
  if (typeof model !== 'object' || model === null || typeof model.recommendMany !== 'function')
    throw new KindredError('ERR_VALUE', `model: expected a Recommender or a LiveSource but received ${show(model)}.`)
  return {
    current: model,
    version: '1',
    accept: async () => {
      throw new KindredError(
        'ERR_NOT_SUPPORTED',
        'This service has a model without a log of events. Give it a LiveModel.',
      )
    },
  }
}

function rateLimitOf(limit: RateLimit | undefined): Required<RateLimit> | undefined {
  if (limit === undefined) return undefined
  const { max, milliseconds } = checkOptions('rateLimit', limit, ['max', 'milliseconds'])
  return {
    max: checkInteger('rateLimit.max', max, { min: 1 }),
    milliseconds: checkInteger('rateLimit.milliseconds', milliseconds ?? 1000, { min: 1 }),
  }
}

/** @internal Checks what {@link ServiceOptions} says. @throws ERR_VALUE */
export function checkService(options: ServiceOptions): CheckedOptions {
  const { model, embedder, features, titles, cascade, tokens } = options
  checkFunction('reload', options.reload)
  if (features !== undefined && embedder === undefined)
    throw new KindredError('ERR_VALUE', 'features: of an embedder, which is missing. Give the one that made them.')
  return {
    source: isLiveSource(model) ? model : fixed(model),
    embedder,
    features,
    titles,
    cascade,
    isAllowed: tokens === undefined ? undefined : tokenCheck(tokens),
    rateLimit: rateLimitOf(options.rateLimit),
    limits: limitsOf(options.limits),
    cachedLists: checkInteger('cachedLists', options.cachedLists ?? 10_000, { min: 0, max: 2 ** 24 }),
    traces: checkBoolean('traces', options.traces ?? false),
    page: checkBoolean('page', options.page ?? true),
    reload: tokens === undefined ? undefined : options.reload,
  }
}
