import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { HistoryEntry } from '../../models/base/recommend-options.js'
import { checkOptions, checkString } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { systemError } from '../../native/system-errors.js'
import { attributeOf, textsOf } from '../../rank/base/item-values.js'
import type { RankedItem } from '../../rank/base/ranked-list.js'
import { ReRanker } from '../../rank/re-ranker.js'
import { checkDeclaration, type StageSettings, stageSettings } from './check-declaration.js'
import { type ComposedItem, type Composer, partsOf, templateComposer } from './compose.js'
import type { CascadeDeclaration, CascadeModel, CascadeParts } from './declaration.js'
import { Parts } from './parts.js'
import { type Ranking, rankCandidates } from './ranking.js'
import { type CascadeRequest, type CheckedRequest, checkRequest, hadItems } from './request.js'
import { retrieve, type Source, sourceOf } from './retrieval.js'
import { runStage, type StageReport } from './stage.js'
import { isRule, stepOf } from './steps.js'

/** What {@link Cascade.load} is given beside the declaration and its parts. */
export interface LoadCascadeOptions extends AbortOptions {
  /** The folder of what the declaration names and is no part. Default: that of its file; of an object none. */
  root?: string
}

/** The answer to a request. */
export interface CascadeAnswer {
  /** The items, best first, with what each stage did with them. */
  items: RankedItem[]
  /** How each stage went, in their order. */
  stages: StageReport[]
}

/** An answer in words. */
export interface ComposedAnswer extends CascadeAnswer {
  /** The answer. */
  text: string
}

/** An answer in words, as they come. */
export interface StreamedAnswer extends CascadeAnswer {
  /** Its parts; to be read once. */
  text: AsyncIterable<string>
}

interface Composing {
  readonly composer: Composer
  readonly top: number
  readonly textOf: (item: RankedItem) => string
}

interface Loaded {
  readonly parts: Parts
  readonly sources: readonly Source[]
  readonly ranking: Ranking | undefined
  readonly reranking: { readonly stage: StageSettings; readonly whole: ReRanker; readonly rules: ReRanker } | undefined
  readonly composing: Composing | undefined
}

/**
 * Retrieval, ranking, re-ranking, declared once: sources give candidates (models, searches by text, several at once, each up to its
 * quota), a model ranks them (a RetrieveAndRank by clicks, or any other), rules and diversity make the list. Each stage is timed, and
 * may have a limit and what is done beyond it; the answer says both.
 */
export class Cascade implements Disposable {
  readonly #loaded: Loaded

  private constructor(loaded: Loaded) {
    this.#loaded = loaded
  }

  /**
   * Reads a declaration and what it names.
   * @param source a JSON file, or the declaration
   * @param parts what names of the declaration stand for; what is no part is a path within the folder of the declaration
   * @throws ERR_VALUE for an unknown or illegal key, a name that stands for nothing, or a path that leads out of the folder; ERR_DATA for
   * a file that is no JSON; ERR_COLUMN, ERR_MODEL_FILE, ERR_ENCODER, ERR_IO, ERR_ABORTED
   */
  static async load(
    source: string | CascadeDeclaration,
    parts: CascadeParts = {},
    options: LoadCascadeOptions = {},
  ): Promise<Cascade> {
    const { root, signal } = checkOptions('Cascade.load', options, ['root', 'signal'])
    throwIfAborted(signal)
    const folder = root === undefined ? undefined : resolve(checkString('root', root))
    const isFile = typeof source === 'string'
    const declaration = checkDeclaration(isFile ? await readDeclaration(source) : source)
    const own = new Parts(parts, folder ?? (isFile ? dirname(resolve(source)) : undefined), signal)
    try {
      return new Cascade(await loadedOf(declaration, own))
    } catch (error) {
      own.dispose()
      throw error
    }
  }

  /**
   * The answer to a request: at most `k` items, none of them excluded or had by the user.
   * @throws ERR_VALUE for an illegal request; ERR_TIMEOUT where a stage takes too long and has no fallback, or no source gave candidates;
   * ERR_RULES for rules that no list can keep; ERR_ABORTED, and what models throw
   */
  async run(options: CascadeRequest): Promise<CascadeAnswer> {
    const request = checkRequest('run', options)
    throwIfAborted(request.signal)
    return this.#answer(request)
  }

  /**
   * The answer to a request, composed of its first items and their texts.
   * @throws as {@link run}; ERR_NOT_SUPPORTED where the declaration does not say how; what the composer throws
   */
  async compose(options: CascadeRequest): Promise<ComposedAnswer> {
    const request = checkRequest('compose', options)
    const { text, ...answer } = await this.#composed(request)
    let whole = ''
    for await (const part of text) whole += part
    throwIfAborted(request.signal)
    return { ...answer, text: whole }
  }

  /** As {@link compose}, of which the text comes in parts, as the composer gives them. @throws as that */
  async composeStream(options: CascadeRequest): Promise<StreamedAnswer> {
    const request = checkRequest('composeStream', options)
    return this.#composed(request)
  }

  /** Releases the encoders that were loaded for it; those of the parts stay. Idempotent. */
  dispose(): void {
    this.#loaded.parts.dispose()
  }

  /** As {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }

  async #composed(request: CheckedRequest): Promise<StreamedAnswer> {
    throwIfAborted(request.signal)
    const { composing } = this.#loaded
    if (composing === undefined)
      throw new KindredError(
        'ERR_NOT_SUPPORTED',
        'Cascade: its declaration does not say how to compose an answer: compose.',
      )
    const answer = await this.#answer(request)
    const items = answer.items
      .slice(0, composing.top)
      .map((entry): ComposedItem => ({ ...entry, text: composing.textOf(entry) }))
    const { query, signal } = request
    return { ...answer, text: partsOf(composing.composer({ query, items, signal })) }
  }

  async #answer(request: CheckedRequest): Promise<CascadeAnswer> {
    const { sources, ranking, reranking } = this.#loaded
    // The models of this moment, for the whole request.
    const models = sources.map(({ model }) => model?.())
    const ranker = ranking?.model()
    const known = [...models, ranker].filter((model) => model !== undefined)
    const had = hadItems(known, request)
    const { items, stages } = await retrieve(sources, models, request, had)
    const add = ({ value, report }: { value: RankedItem[]; report: StageReport }) => {
      stages.push(report)
      return value
    }
    let list = items
    if (ranking !== undefined)
      list = add(
        await runStage(
          ranking.stage,
          request.signal,
          (signal) => rankCandidates(ranking, ranker!, items, request, signal),
          () => items,
        ),
      )
    if (reranking === undefined) return { items: list.slice(0, request.k), stages }
    const { user, k, now } = request
    const own = { k, now, history: historyOf(known, request), ...(user !== undefined && { user }) }
    list = add(
      await runStage(
        reranking.stage,
        request.signal,
        (signal) => reranking.whole.apply(list, { ...own, signal }),
        (signal) => reranking.rules.apply(list, signal === undefined ? own : { ...own, signal }),
      ),
    )
    return { items: list, stages }
  }
}

guardReceivers(Cascade)

/** The request's history, or what the first model that knows the user knows. */
function historyOf(models: readonly CascadeModel[], { user, history }: CheckedRequest): readonly HistoryEntry[] {
  if (history !== undefined) return history
  const model = user === undefined ? undefined : models.find(({ users }) => users.has(user))
  return model === undefined ? [] : Array.from(model.seenItems(user!), (item) => ({ item }))
}

/** @throws ERR_IO, ERR_DATA */
async function readDeclaration(file: string): Promise<CascadeDeclaration> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw systemError(`${file}: cannot be read`, cause)
  })
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new KindredError('ERR_DATA', `${file}: expected JSON, but ${(cause as Error).message}.`, { cause })
  }
}

async function loadedOf(declaration: CascadeDeclaration, parts: Parts): Promise<Loaded> {
  await parts.readItems(declaration.items)
  const sources: Source[] = []
  for (const [n, source] of declaration.retrieval.entries()) sources.push(await sourceOf(source, n, parts))
  const { ranking, reranking, compose } = declaration
  return {
    parts,
    sources,
    ranking: ranking && {
      stage: stageSettings('ranking', ranking, ranking.model),
      depth: ranking.depth ?? Infinity,
      model: await parts.model('ranking.model', ranking.model),
    },
    reranking: reranking && (await rerankingOf(reranking, parts)),
    composing: compose && composingOf(compose, parts),
  }
}

async function rerankingOf(declared: NonNullable<CascadeDeclaration['reranking']>, parts: Parts) {
  const steps = []
  for (const [n, step] of declared.steps.entries()) steps.push(await stepOf(`reranking.steps[${n}]`, step, parts))
  return {
    stage: stageSettings('reranking', declared, 'reranking'),
    whole: new ReRanker(steps),
    rules: new ReRanker(steps.filter(isRule)),
  }
}

function composingOf(
  { text, top = 5, composer, template, line }: NonNullable<CascadeDeclaration['compose']>,
  parts: Parts,
): Composing {
  const attribute = attributeOf('compose.text', parts.attribute('compose.text', text))
  const own =
    composer === undefined
      ? templateComposer(template, line === undefined ? {} : { line })
      : parts.named('composers', 'compose.composer', composer)
  if (typeof own !== 'function')
    throw new KindredError('ERR_VALUE', `compose.composer: expected a function but received ${show(own)}.`)
  return {
    composer: own,
    top,
    textOf: ({ item }) => textsOf('compose.text', item, attribute(item)).join(', '),
  }
}
