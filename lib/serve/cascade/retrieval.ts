import type { Id } from '../../data/id-map.js'
import type { Embedder } from '../../encode/embedder.js'
import type { Recommendation } from '../../models/base/recommend-options.js'
import { KindredError } from '../../native/errors.js'
import type { RankedItem } from '../../rank/base/ranked-list.js'
import { SimilarityIndex } from '../../search/similarity-index.js'
import { type StageSettings, sourceName, stageSettings } from './check-declaration.js'
import type { CascadeModel, RetrievalDeclaration } from './declaration.js'
import type { Parts } from './parts.js'
import type { CheckedRequest } from './request.js'
import { runStage, type StageReport } from './stage.js'

/** The k of reciprocal rank fusion (Cormack, Clarke, Buettcher 2009). */
const RANK_CONSTANT = 60

/** A source of candidates, ready to be asked. */
export interface Source {
  readonly stage: StageSettings
  readonly quota: number
  /** The model that is asked; undefined of a search. */
  readonly model: (() => CascadeModel) | undefined
  readonly search: { readonly index: SimilarityIndex; readonly encoder: Embedder } | undefined
}

/** @throws ERR_VALUE, ERR_IO, ERR_MODEL_FILE */
export async function sourceOf(declared: RetrievalDeclaration, n: number, parts: Parts): Promise<Source> {
  const where = `retrieval[${n}]`
  const stage = stageSettings(where, declared, sourceName(declared, n))
  const quota = declared.quota ?? 200
  const { model, search } = declared
  if (search === undefined)
    return { stage, quota, model: await parts.model(`${where}.model`, model!), search: undefined }
  const encoder = await parts.encoder(`${where}.search.encoder`, search.encoder)
  const index =
    search.index === undefined
      ? await SimilarityIndex.build(await parts.features(`${where}.search.features`, search.features!), {
          metric: 'cosine',
        })
      : await parts.index(`${where}.search.index`, search.index)
  return { stage, quota, model: undefined, search: { index, encoder } }
}

/**
 * The candidates of all sources, which are asked at once, each item once. One source: its order and scores. Several: by reciprocal
 * rank fusion, ties by the order of the sources.
 * @param models of each source, as they are in this request
 * @throws ERR_TIMEOUT where every source that was asked took too long, and what sources throw
 */
export async function retrieve(
  sources: readonly Source[],
  models: readonly (CascadeModel | undefined)[],
  request: CheckedRequest,
  had: ReadonlySet<Id>,
): Promise<{ items: RankedItem[]; stages: StageReport[] }> {
  // Where a query alone is given, what is popular is no answer to it.
  const isSearch = request.query !== undefined && request.user === undefined && request.history === undefined
  const asked = sources.flatMap((source, n) => {
    const isAsked = source.search ? request.query !== undefined : !isSearch
    return isAsked ? [{ source, model: models[n] }] : []
  })
  if (asked.length === 0)
    throw new KindredError(
      'ERR_VALUE',
      isSearch
        ? 'query: the cascade has no source that searches. Give a user or a history, or declare one.'
        : 'query: the cascade has no source but those that search. Give a query.',
    )
  const found = await settled(
    asked.map(({ source, model }) =>
      runStage(
        source.stage,
        request.signal,
        (signal) => candidatesOf(source, model, request, had, signal),
        () => [],
      ),
    ),
  )
  if (found.every(({ report }) => report.fallback !== undefined))
    throw new KindredError(
      'ERR_TIMEOUT',
      `No source gave candidates: ${found.map(({ report }) => `${report.name} ${report.fallback}`).join('; ')}.`,
    )
  const stages = found.map(({ report }) => report)
  const merged = new Map<Id, RankedItem>()
  for (const [n, { value, report }] of found.entries())
    for (const [rank, { item, score }] of value.entries()) {
      const own = found.length === 1 ? score : 1 / (RANK_CONSTANT + rank + 1)
      const known = merged.get(item) ?? { item, score: 0, reasons: [] }
      const reason = `found by ${report.name} at ${rank + 1}`
      merged.set(item, { item, score: n === 0 ? own : known.score + own, reasons: [...known.reasons, reason] })
    }
  const items = [...merged.values()]
  if (found.length > 1) items.sort((a, b) => b.score - a.score)
  return { items, stages }
}

/** All of them, or the first error once all have ended, so that none goes on behind an answer. */
async function settled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const all = await Promise.allSettled(promises)
  return all.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}

async function candidatesOf(
  { search, quota }: Source,
  model: CascadeModel | undefined,
  request: CheckedRequest,
  had: ReadonlySet<Id>,
  signal: AbortSignal,
): Promise<Recommendation[]> {
  if (search !== undefined) {
    const { vectors } = await search.encoder.embed([request.query!], { signal })
    const [list] = await search.index.searchItems(vectors, { k: quota, exclude: [...request.exclude, ...had], signal })
    return list!
  }
  const options = { k: quota, exclude: { seen: true, items: [...request.exclude, ...had] }, signal }
  return askModel(model!, request, options)
}

/** The list of the request's history, or of its user if there is none and the model knows them. */
export function askModel(
  model: CascadeModel,
  { user, history }: CheckedRequest,
  options: Parameters<CascadeModel['recommendFor']>[1] & object,
): Promise<Recommendation[]> {
  if (history === undefined && user !== undefined && model.users.has(user)) return model.recommend(user, options)
  return model.recommendFor(history ?? [], { ...options, unknown: 'ignore' })
}
