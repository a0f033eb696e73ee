import type { Id } from '../../data/id-map.js'
import { EMBED_OPTIONS, type Embedder, type EmbedOptions } from '../../encode/embedder.js'
import type { Recommendation, RecommendOptions } from '../../models/base/recommend-options.js'
import type { Recommender } from '../../models/base/recommender.js'
import { checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, show } from '../../native/errors.js'
import { type Gathered, type GatherOptions, type GatherStatistics, gather } from './gather.js'

const GATHER_OPTIONS = ['deadlineMs', 'maxBatch', 'maxQueue', 'maxConcurrent'] as const

/** How calls of a model are gathered; inputs at fault alone get an error. */
export type GatherModelOptions = Omit<GatherOptions, 'onError'>

/** How calls of {@link gatherEmbeddings} are gathered, and how all texts are embedded. */
export interface GatherEmbeddingsOptions
  extends Omit<GatherOptions, 'onError'>,
    Omit<EmbedOptions, 'signal' | 'onProgress'> {}

/** As `recommend` of a model, but calls that come together become one `recommendMany`. */
export interface GatheredRecommend {
  /** The best items for a user. @throws as `Recommender.recommend`, ERR_OVERLOADED */
  (user: Id, options?: RecommendOptions): Promise<Recommendation[]>
  /** What it has met. */
  readonly statistics: GatherStatistics
}

function gatherOptionsOf(options: GatherModelOptions): GatherOptions {
  const own: Record<string, unknown> = { onError: 'split' }
  for (const name of GATHER_OPTIONS) if (options[name] !== undefined) own[name] = options[name]
  return own
}

/**
 * The vector of one text [dims], in memory of its own: calls that come together become one `embed`. A text at fault, such as one
 * too long under `truncation: 'error'`, fails alone.
 * @throws ERR_VALUE for illegal options and what is no encoder
 */
export function gatherEmbeddings(
  embedder: Embedder,
  options: GatherEmbeddingsOptions = {},
): Gathered<string, Float32Array> {
  const embedding = EMBED_OPTIONS.filter((name) => name !== 'signal' && name !== 'onProgress')
  options = checkOptions('gatherEmbeddings', options, [...GATHER_OPTIONS, ...embedding])
  if (typeof embedder?.embed !== 'function')
    throw new KindredError('ERR_VALUE', `embedder: expected an encoder of texts but received ${show(embedder)}.`)
  const how = Object.fromEntries(
    embedding
      .map((name) => [name, options[name as keyof GatherEmbeddingsOptions]])
      .filter(([, value]) => value !== undefined),
  )
  return gather(async (texts: string[], { signal }: AbortOptions) => {
    const { vectors } = await embedder.embed(texts, { ...how, signal })
    return texts.map((_, i) => vectors.row(i).slice())
  }, gatherOptionsOf(options))
}

interface Asked {
  readonly user: Id
  readonly options: RecommendOptions
  /** What calls that can be one have in common; undefined: there is no other such. */
  readonly group: string | undefined
}

const RECOMMEND_OPTIONS = ['k', 'minScore', 'fallback', 'exclude', 'candidates', 'unknown', 'signal']

function groupOf({ k, minScore, fallback, exclude, candidates, unknown }: RecommendOptions): string | undefined {
  if (candidates !== undefined || (exclude !== undefined && typeof exclude !== 'string')) return undefined
  return JSON.stringify([k, minScore, fallback, exclude, unknown])
}

/** What is asked with the same options, together. */
function grouped(asked: readonly Asked[]): number[][] {
  const groups = new Map<string | number, number[]>()
  for (const [i, { group }] of asked.entries()) {
    const key = group ?? i
    const members = groups.get(key)
    if (members === undefined) groups.set(key, [i])
    else members.push(i)
  }
  return [...groups.values()]
}

/**
 * `recommend` of a model whose calls are gathered: those of the same options become one `recommendMany`, those with lists of
 * candidates or exclusions a call of their own. All of a batch get the model of one moment. A user at fault fails alone.
 * @param model the model, or a function that gives the one to use now, called once a batch
 * @throws ERR_VALUE for illegal options
 */
export function gatherRecommendations(
  model: Recommender | (() => Recommender),
  options: GatherModelOptions = {},
): GatheredRecommend {
  options = checkOptions('gatherRecommendations', options, GATHER_OPTIONS)
  const current = typeof model === 'function' ? model : () => model
  if (typeof model !== 'function' && typeof model?.recommendMany !== 'function')
    throw new KindredError('ERR_VALUE', `model: expected a Recommender or a function but received ${show(model)}.`)
  const ask = gather(async (asked: Asked[], { signal }: AbortOptions) => {
    const now = current()
    const lists: Recommendation[][] = new Array(asked.length)
    await Promise.all(
      grouped(asked).map(async (members) => {
        const users = members.map((i) => asked[i]!.user)
        const many = await now.recommendMany(users, { ...asked[members[0]!]!.options, signal })
        for (const [j, i] of members.entries()) lists[i] = many[j]!
      }),
    )
    return lists
  }, gatherOptionsOf(options))
  const recommend = async (user: Id, own: RecommendOptions = {}) => {
    const { signal, ...given } = checkOptions('recommend', own, RECOMMEND_OPTIONS)
    const asked = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
    return ask({ user, options: asked, group: groupOf(given) }, signal === undefined ? {} : { signal })
  }
  Object.defineProperty(recommend, 'statistics', { get: () => ask.statistics, enumerable: true })
  return recommend as unknown as GatheredRecommend
}
