import type { Id } from '../../../data/id-map.js'
import type { Interactions } from '../../../data/log/interactions.js'
import type { Tensor } from '../../../data/storage/safetensors.js'
import type { TableRow } from '../../../data/table/column.js'
import type { Csr } from '../../../native/addon.js'
import { checkOneOf, checkOptions } from '../../../native/argument-checks.js'
import { KindredError, show } from '../../../native/errors.js'
import { guardReceivers } from '../../../native/guard-receivers.js'
import type { BaseRecommender } from '../../base/base-recommender.js'
import type { FittedLog } from '../../base/fitted-log.js'
import { FILTERED } from '../../base/list-request.js'
import type { SavedModel } from '../../base/model-file.js'
import type { NestedFolders } from '../../base/nested-folders.js'
import type { FitOptions, HistoryEntry, Ids, Recommendation } from '../../base/recommend-options.js'
import { BaseClickModel } from '../../ctr/base/base-click-model.js'
import { phasesOf } from '../members/fit-members.js'
import { membersIn, type TrainedLog } from '../members/member-model.js'
import { checkModel } from '../members/members.js'
import { CandidateRanker, type RankerState, type RankQuery, type Retrieved } from './candidate-ranker.js'
import { fitRanker, freshClickModel, type RankerTraining } from './fit-ranker.js'
import { fittedRetriever, retrieverParts } from './fit-retriever.js'
import { rankFast } from './rank-candidates.js'
import { checkRankedBy, fieldTable, pairsOf, type RankJoins } from './rank-fields.js'
import {
  type RankedRecommendForOptions,
  type RankedRecommendOptions,
  type RankedScoreOptions,
  type RetrieveAndRankFitOptions,
  type RetrieveAndRankOptions,
  type RetrieveAndRankSettings,
  rankSettings,
} from './rank-options.js'
import { retrievedFor, retrievedScores } from './retriever-scores.js'
import { joinTensors, restoredJoins, restoredTraining, savedParts, trainingTensor } from './saved-ranker.js'

/** What a fitted model holds. */
export interface ClickRankerState extends RankerState {
  ranker: BaseClickModel
  joins: RankJoins
  training: RankerTraining
}

/**
 * Retrieve, then rank (Covington, Adams, Sargin 2016, "Deep neural networks for YouTube recommendations", section 2): one model
 * finds candidates, a model of clicks ranks them by all that is known of user, item and the moment.
 *
 * Of the items that a call asks about, the `depth` best of the retriever that the user has not had, and those that the user has
 * had, get the probability of a click as their score. The others of which the retriever knows something follow in its order, with
 * the scores -1, -2, ...; the rest score 0. So with `candidates`, or in `score` and `scoreMany`, what is asked about is ranked, up
 * to `depth` (in `scoreMany` all).
 *
 * Fields of the click model: `user` and `item` (the ids), `user.<column>`, `item.<column>`, `context.<column>` from the tables
 * given to `fit`, and `retriever.score`. It learns from clicks that came after what the retriever was fitted on, since a
 * retriever's scores of what it has seen say nothing of those of what it has not, and for each click from some items that were
 * not clicked. Probabilities are therefore those among such samples.
 *
 * `update` and `addItems` change the retriever; the click model stays, and knows new users and items as unseen categories.
 * The models given are not changed: `fit` fits new ones of their classes and options.
 */
export class RetrieveAndRank extends CandidateRanker {
  /** @internal */
  static override readonly algorithm: string = 'RetrieveAndRank'
  /** The options in force, defaults filled in. */
  readonly options: RetrieveAndRankSettings
  /** @internal */
  declare protected state: ClickRankerState | undefined
  /** @internal */
  protected readonly given: { readonly retriever: BaseRecommender; readonly ranker: BaseClickModel }
  /** @internal Of the call that is answered. */
  declare protected readonly context: TableRow | undefined

  /**
   * @param retriever any model of kindred
   * @param ranker any model of clicks
   * @throws ERR_VALUE for what is no such model, or naming the option
   */
  constructor(retriever: BaseRecommender, ranker: BaseClickModel, options: RetrieveAndRankOptions = {}) {
    super()
    this.options = rankSettings(new.target.algorithm, options)
    checkModel('retriever', retriever)
    if (!(ranker instanceof BaseClickModel))
      throw new KindredError(
        'ERR_VALUE',
        `ranker: expected a model of clicks, such as DCNv2, but received ${show(ranker)}.`,
      )
    this.given = { retriever, ranker }
  }

  /** The fitted model of clicks. It is to be read: change the whole. @throws ERR_NOT_FITTED */
  get ranker(): BaseClickModel {
    this.fitted()
    return this.state!.ranker
  }

  /** What the click model was trained on, and how it judged what was held out. @throws ERR_NOT_FITTED */
  get training(): RankerTraining {
    this.fitted()
    return this.state!.training
  }

  /**
   * Fits the retriever, then the click model on what came later.
   * @throws what `fit` of both throws; ERR_VALUE for `retriever: 'keep'` without `clicks`, and for nothing to rank by;
   * ERR_NOT_FITTED for a retriever that is to be kept and was not fitted; ERR_DATA for clicks without a pair that is new to a user of
   * the log, or a log that nothing can be held out of; ERR_COLUMN and ERR_DUPLICATE for tables without ids, or with one twice;
   * ERR_ABORTED
   */
  override async fit(train: Interactions, options: RetrieveAndRankFitOptions = {}): Promise<this> {
    return super.fit(train, options)
  }

  /** The best items for a user, in the context of the request where the model was fitted with `contexts`. */
  override async recommend(user: Id, options: RankedRecommendOptions = {}): Promise<Recommendation[]> {
    const own = checkOptions('recommend', options, ['exclude', 'context', ...FILTERED])
    const { view, rest } = inContext(this, own)
    return super.recommend.call(view, user, rest)
  }

  /** One list per user, in the order given, all in one context. */
  override async recommendMany(users: Ids, options: RankedRecommendOptions = {}): Promise<Recommendation[][]> {
    const own = checkOptions('recommend', options, ['exclude', 'context', ...FILTERED])
    const { view, rest } = inContext(this, own)
    return super.recommendMany.call(view, users, rest)
  }

  /** The list of a user who is not in the training log, whose own fields are missing, in the context of the request. */
  override async recommendFor(
    history: Iterable<HistoryEntry>,
    options: RankedRecommendForOptions = {},
  ): Promise<Recommendation[]> {
    const own = checkOptions('recommendFor', options, ['exclude', 'context', ...FILTERED])
    const { view, rest } = inContext(this, own)
    return super.recommendFor.call(view, history, rest)
  }

  /** One score per item [items], in the context of the request: the probability of a click of those that are ranked. */
  override async score(user: Id, items: Ids, options: RankedScoreOptions = {}): Promise<Float32Array> {
    const own = checkOptions('score', options, ['unknown', 'context', 'signal'])
    const { view, rest } = inContext(this, own)
    return super.score.call(view, user, items, rest)
  }

  /** @internal */
  protected override get fitOptions(): readonly string[] {
    return ['clicks', 'retriever', 'users', 'items', 'contexts', 'fields', 'features', ...CHECKPOINT]
  }

  /** @internal */
  protected get depth(): number {
    return this.options.depth
  }

  /** @internal */
  protected get unfitted(): BaseRecommender {
    return this.given.retriever
  }

  /** @internal */
  protected override get nested(): NestedFolders {
    return { retriever: this.retriever, ranker: this.ranker }
  }

  /** @internal */
  static override async ofSaved(
    options: Readonly<Record<string, unknown>>,
    saved: SavedModel,
  ): Promise<RetrieveAndRank> {
    const { retriever, ranker } = await savedParts(saved)
    return new RetrieveAndRank(retriever.fresh(), freshClickModel(ranker), options)
  }

  /** @internal */
  override fresh(options: Readonly<Record<string, unknown>> = {}): this {
    const { retriever, ranker } = this.given
    return new RetrieveAndRank(retriever, ranker, { ...this.options, ...options }) as this
  }

  /** @internal */
  protected override retrieve(userRows: Int32Array, signal?: AbortSignal): Promise<Retrieved> {
    if (!this.options.retrieverScores) return super.retrieve(userRows, signal)
    return retrievedScores(this.state!.retriever, userRows, this.items.size, signal)
  }

  /** @internal */
  protected override retrieveFor(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Retrieved> {
    if (!this.options.retrieverScores) return super.retrieveFor(history, signal)
    return retrievedFor(this.state!.retriever, history, this.items.size, signal)
  }

  /** @internal */
  protected async rank(queries: readonly RankQuery[], signal?: AbortSignal): Promise<Float32Array> {
    const { log, joins, ranker } = this.state!
    const fast = await rankFast(queries, { log, joins, ranker, ids: this.options.ids, context: this.context }, signal)
    if (fast !== undefined) return fast
    const pairs = await pairsOf(queries, log, joins, this.context, signal)
    return ranker.predict(await fieldTable(pairs, joins, this.options.ids, signal), { signal })
  }

  /** @internal */
  protected async learn(log: FittedLog, _byItem: () => Promise<Csr>, options: FitOptions): Promise<ClickRankerState> {
    const { train } = log as TrainedLog
    const own = options as RetrieveAndRankFitOptions
    const { signal } = options
    const mode = checkOneOf('retriever', own.retriever ?? 'fit', ['fit', 'keep'])
    checkRankedBy(own, this.options)
    const parts = await retrieverParts(train, own.clicks, mode, this.options.seed, signal)
    const phases = phasesOf(parts.heldOut ? 3 : 2, options)
    const model = await fittedRetriever(this.given.retriever, parts.train, mode, options)
    phases.next()
    const { log: before, members } = await membersIn(await super.logOf(parts.train, signal), [model], signal)
    const learnt = await fitRanker(
      this.given.ranker,
      before,
      members[0]!,
      parts.later,
      this.options,
      own,
      phases.within,
    )
    phases.next()
    if (!parts.heldOut) return { log: before, retriever: members[0]!, ...learnt }
    const again = await fittedRetriever(this.given.retriever, train, mode, options)
    phases.next()
    const whole = await membersIn(await super.logOf(train, signal), [again], signal)
    return { log: whole.log, retriever: whole.members[0]!, ...learnt }
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    const { joins, training } = this.state!
    return { ...joinTensors(joins), training: trainingTensor(training) }
  }

  /** @internal */
  protected async restored(saved: SavedModel): Promise<ClickRankerState> {
    const { retriever, ranker } = await savedParts(saved)
    const { log, members } = await membersIn(saved.log, [retriever], saved.signal)
    if (log.items.size !== saved.log.items.size)
      throw new KindredError(
        'ERR_MODEL_FILE',
        `${saved.dir}: its parts know items that it does not. Save the model again.`,
      )
    const joins = await restoredJoins(saved)
    return { log, retriever: members[0]!, ranker, joins, training: restoredTraining(saved) }
  }
}

guardReceivers(RetrieveAndRank)

const CHECKPOINT = ['checkpoint', 'checkpointEvery']

/** The model as it answers a call with this context, and the call's other options. */
function inContext<Model extends object, Options extends { context?: TableRow }>(
  model: Model,
  options: Options,
): { view: Model; rest: Omit<Options, 'context'> } {
  const { context, ...rest } = options
  if (context === undefined) return { view: model, rest }
  return { view: Object.create(model, { context: { value: context } }), rest }
}
