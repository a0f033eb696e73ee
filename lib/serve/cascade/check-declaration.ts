import {
  checkInteger,
  checkIterable,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkString,
} from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import type {
  CascadeDeclaration,
  RankingDeclaration,
  RerankingDeclaration,
  RetrievalDeclaration,
  StageDeclaration,
  StepDeclaration,
} from './declaration.js'

const STAGE = ['name', 'timeoutMs', 'fallback'] as const
/** What each type of step may say. */
const STEPS: { readonly [Type in StepDeclaration['type']]: readonly string[] } = {
  mmr: ['features', 'lambda'],
  dpp: ['features', 'theta'],
  calibration: ['attribute', 'lambda', 'alpha', 'target'],
  'category-diversity': ['attribute', 'lambda', 'target'],
  cap: ['attribute', 'limit', 'limits'],
  boost: ['items', 'attribute', 'values', 'factor', 'add'],
  freshness: ['attribute', 'halfLife', 'maxAge', 'unknown'],
  'must-include': ['items'],
  'must-not': ['items', 'attribute', 'values'],
  'exposure-cap': ['perUser', 'overall', 'record', 'window', 'parts', 'maxEntries'],
  part: ['name'],
}
/** Of these, texts that must be there. */
const NEEDED = ['features', 'attribute', 'name'] as const

/** A stage with its name, its limit and what is done without it. */
export interface StageSettings {
  readonly name: string
  readonly timeoutMs: number | undefined
  readonly fallback: 'timeout' | 'failure' | 'none'
}

/** @throws ERR_VALUE */
export function stageSettings(where: string, stage: StageDeclaration, usual: string): StageSettings {
  return {
    name: checkString(`${where}.name`, stage.name ?? usual),
    timeoutMs:
      stage.timeoutMs === undefined
        ? undefined
        : checkNumber(`${where}.timeoutMs`, stage.timeoutMs, { min: 1, max: 2 ** 31 - 1 }),
    fallback: checkOneOf(`${where}.fallback`, stage.fallback ?? 'timeout', ['timeout', 'failure', 'none']),
  }
}

/** Every key and value of a declaration looked at, but for what its names stand for. @throws ERR_VALUE */
export function checkDeclaration(declaration: CascadeDeclaration): CascadeDeclaration {
  const own = checkOptions('declaration', declaration, ['items', 'retrieval', 'ranking', 'reranking', 'compose'])
  const retrieval = Array.from(checkIterable('retrieval', own.retrieval, 'a list of sources'), checkSource)
  if (retrieval.length === 0) throw new KindredError('ERR_VALUE', 'retrieval: expected one source at least.')
  const names = retrieval.map((source, n) => sourceName(source, n))
  const twice = names.find((name, n) => names.indexOf(name) !== n)
  if (twice !== undefined)
    throw new KindredError(
      'ERR_VALUE',
      `retrieval: two sources are called ${show(twice)}. Give each a name of its own.`,
    )
  const items = own.items === undefined ? undefined : checkOptions('items', own.items, ['table', 'id'])
  if (items !== undefined) {
    checkString('items.table', items.table)
    checkString('items.id', items.id)
  }
  return {
    retrieval,
    ...(items !== undefined && { items }),
    ...(own.ranking !== undefined && { ranking: checkRanking(own.ranking) }),
    ...(own.reranking !== undefined && { reranking: checkReranking(own.reranking) }),
    ...(own.compose !== undefined && { compose: checkCompose(own.compose) }),
  }
}

/** What the answer calls a source. */
export const sourceName = ({ name, model }: RetrievalDeclaration, n: number): string =>
  name ?? (model === undefined ? `search ${n + 1}` : model)

function checkSource(given: RetrievalDeclaration, n: number): RetrievalDeclaration {
  const where = `retrieval[${n}]`
  const source = checkOptions(where, given, ['model', 'search', 'quota', ...STAGE])
  stageSettings(where, source, '')
  if ((source.model === undefined) === (source.search === undefined))
    throw new KindredError('ERR_VALUE', `${where}: expected one of model and search.`)
  if (source.model !== undefined) checkString(`${where}.model`, source.model)
  if (source.quota !== undefined) checkInteger(`${where}.quota`, source.quota, { min: 1, max: 1_000_000 })
  if (source.search === undefined) return source
  const search = checkOptions(`${where}.search`, source.search, ['features', 'index', 'encoder'])
  if ((search.features === undefined) === (search.index === undefined))
    throw new KindredError('ERR_VALUE', `${where}.search: expected one of features and index.`)
  for (const key of ['features', 'index', 'encoder'] as const)
    if (search[key] !== undefined) checkString(`${where}.search.${key}`, search[key])
  return { ...source, search }
}

function checkRanking(given: RankingDeclaration): RankingDeclaration {
  const ranking = checkOptions('ranking', given, ['model', 'depth', ...STAGE])
  stageSettings('ranking', ranking, '')
  checkString('ranking.model', ranking.model)
  if (ranking.depth !== undefined) checkInteger('ranking.depth', ranking.depth, { min: 1 })
  return ranking
}

function checkReranking(given: RerankingDeclaration): RerankingDeclaration {
  const reranking = checkOptions('reranking', given, ['steps', ...STAGE])
  stageSettings('reranking', reranking, '')
  const steps = Array.from(checkIterable('reranking.steps', reranking.steps, 'a list of steps'), (step, n) => {
    const where = `reranking.steps[${n}]`
    if (typeof step !== 'object' || step === null)
      throw new KindredError('ERR_VALUE', `${where}: expected a step with a type but received ${show(step)}.`)
    const type = checkOneOf(`${where}.type`, Object.hasOwn(step, 'type') ? step.type : undefined, TYPES)
    const own = checkOptions(where, step, ['type', ...STEPS[type]]) as Record<string, unknown>
    for (const key of NEEDED)
      if (STEPS[type].includes(key) && (own[key] !== undefined || !STEPS[type].includes('items')))
        checkString(`${where}.${key}`, own[key])
    return own as unknown as StepDeclaration
  })
  return { ...reranking, steps }
}

const TYPES = Object.keys(STEPS) as StepDeclaration['type'][]

function checkCompose(given: NonNullable<CascadeDeclaration['compose']>): NonNullable<CascadeDeclaration['compose']> {
  const compose = checkOptions('compose', given, ['text', 'top', 'composer', 'template', 'line'])
  checkString('compose.text', compose.text)
  for (const key of ['composer', 'template', 'line'] as const)
    if (compose[key] !== undefined) checkString(`compose.${key}`, compose[key])
  if (compose.top !== undefined) checkInteger('compose.top', compose.top, { min: 1 })
  if (compose.composer !== undefined && (compose.template !== undefined || compose.line !== undefined))
    throw new KindredError('ERR_VALUE', 'compose: expected either composer or a template.')
  return compose
}
