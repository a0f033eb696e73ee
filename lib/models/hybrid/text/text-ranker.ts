import type { Interactions } from '../../../data/log/interactions.js'
import { createRandom } from '../../../data/random.js'
import type { Tensor } from '../../../data/storage/safetensors.js'
import { vectorTensor } from '../../../data/storage/saved-tensors.js'
import type { Csr } from '../../../native/addon.js'
import { checkOneOf } from '../../../native/argument-checks.js'
import { KindredError, show } from '../../../native/errors.js'
import { guardReceivers } from '../../../native/guard-receivers.js'
import type { TextPair } from '../../../text/base/pairs.js'
import { CrossEncoder } from '../../../text/cross-encoder.js'
import type { BaseRecommender } from '../../base/base-recommender.js'
import type { FittedLog } from '../../base/fitted-log.js'
import type { LogUpdate } from '../../base/merge-log.js'
import type { SavedModel } from '../../base/model-file.js'
import type { NestedFolders } from '../../base/nested-folders.js'
import { loadNested, partFolder } from '../../base/nested-models.js'
import type { FitOptions, UpdateOptions } from '../../base/recommend-options.js'
import { phasesOf } from '../members/fit-members.js'
import { choicesOf } from '../members/later-choices.js'
import { membersIn, type TrainedLog } from '../members/member-model.js'
import { checkModel, type Member } from '../members/members.js'
import { CandidateRanker, type RankerState, type RankQuery, type Retrieved } from '../rank/candidate-ranker.js'
import { fittedRetriever, retrieverParts } from '../rank/fit-retriever.js'
import { retrievedFor, retrievedScores } from '../rank/retriever-scores.js'
import { sampledPairs } from '../rank/sampled-pairs.js'
import { type ItemTexts, itemTexts, readTexts, textsTensor } from './item-texts.js'
import { type RecentItems, recentItems, recentOf } from './recent-items.js'
import {
  type TextRankerFitOptions,
  type TextRankerOptions,
  type TextRankerSettings,
  textRankerSettings,
} from './text-ranker-options.js'

/** What a fitted model holds. */
interface TextRankerState extends RankerState {
  encoder: CrossEncoder
  texts: ItemTexts
  recent: RecentItems
}

/**
 * Ranks what another model finds by reading: a {@link CrossEncoder} is given the texts of a user's last items and the text of a
 * candidate together, and is trained on what users clicked later, against items that they did not (Nogueira and Cho 2019,
 * "Passage re-ranking with BERT", with a history in place of a question).
 *
 * Scores are as of {@link RetrieveAndRank}: of the items that a call asks about, the `depth` best of the retriever that the user
 * has not had, and those that the user has had, get the encoder's score, from 0 to 1; the others follow in the retriever's order.
 * The retriever may be a Blend or a RetrieveAndRank, so that each ranks fewer items by more.
 *
 * `update` and `addItems` change the retriever and the histories; the encoder stays. The retriever given is not changed.
 */
export class TextRanker extends CandidateRanker {
  /** @internal */
  static override readonly algorithm = 'TextRanker'
  /** The options in force, defaults filled in. */
  readonly options: TextRankerSettings
  /** @internal */
  declare protected state: TextRankerState | undefined
  /** @internal */
  protected readonly given: BaseRecommender

  /**
   * @param retriever any model of kindred
   * @param encoder a folder that `CrossEncoder.load` takes; each `fit` starts from it
   * @throws ERR_VALUE for what is no such model, or naming the option
   */
  constructor(retriever: BaseRecommender, encoder: string, options: TextRankerOptions = {}) {
    super()
    const settings = textRankerSettings(options)
    this.given = checkModel('retriever', retriever)
    if (typeof encoder !== 'string' || encoder === '')
      throw new KindredError('ERR_VALUE', `encoder: expected the path of a folder but received ${show(encoder)}.`)
    this.options = Object.freeze({ ...settings, encoder })
  }

  /** The trained encoder. It is to be read: training it further changes the scores. @throws ERR_NOT_FITTED */
  get encoder(): CrossEncoder {
    this.fitted()
    return this.state!.encoder
  }

  /**
   * Fits the retriever, then trains the encoder on what came later.
   * @throws what the retriever's `fit`, `CrossEncoder.load` and `CrossEncoder.fit` throw; ERR_VALUE without `texts`, or for
   * `retriever: 'keep'` without `clicks`; ERR_NOT_FITTED for a retriever that is to be kept and was not fitted; ERR_DATA for texts
   * or clicks of other items, or a log that nothing can be held out of; ERR_ABORTED
   */
  override async fit(train: Interactions, options: TextRankerFitOptions = {}): Promise<this> {
    return super.fit(train, options)
  }

  /** @internal */
  protected override get fitOptions(): readonly string[] {
    return ['texts', 'clicks', 'retriever', 'checkpoint', 'checkpointEvery']
  }

  /** @internal */
  protected get depth(): number {
    return this.options.depth
  }

  /** @internal */
  protected get unfitted(): BaseRecommender {
    return this.given
  }

  /** @internal */
  protected override get nested(): NestedFolders {
    return { retriever: this.retriever, encoder: this.encoder }
  }

  /** @internal */
  static override async ofSaved(options: Readonly<Record<string, unknown>>, saved: SavedModel): Promise<TextRanker> {
    const { encoder, ...own } = options
    const retriever = await loadNested(saved, 'retriever')
    return new TextRanker(retriever.fresh(), encoder as string, own)
  }

  /** @internal */
  override fresh(options: Readonly<Record<string, unknown>> = {}): this {
    const { encoder, ...own } = this.options
    return new TextRanker(this.given, encoder, { ...own, ...options }) as this
  }

  /** @internal */
  protected override retrieve(userRows: Int32Array, signal?: AbortSignal): Promise<Retrieved> {
    if (this.options.retrieverWeight === 0) return super.retrieve(userRows, signal)
    return retrievedScores(this.state!.retriever, userRows, this.items.size, signal)
  }

  /** @internal */
  protected override retrieveFor(history: ReadonlyMap<number, number>, signal?: AbortSignal): Promise<Retrieved> {
    if (this.options.retrieverWeight === 0) return super.retrieveFor(history, signal)
    return retrievedFor(this.state!.retriever, history, this.items.size, signal)
  }

  /** @internal */
  protected async rank(queries: readonly RankQuery[], signal?: AbortSignal): Promise<Float32Array> {
    const { log, texts, encoder, recent } = this.state!
    const { retrieverWeight: weight, history: length } = this.options
    const textOf = (row: number) => texts.get(log.items.idAt(row)) ?? ''
    const pairs = queries.flatMap(({ user, history, items }): TextPair[] => {
      const rows = history === undefined ? recentOf(recent, user) : Int32Array.from(history.keys()).slice(-length)
      const before = this.historyText(rows, textOf)
      return Array.from(items, (row) => [before, textOf(row)])
    })
    const scores = await encoder.predict(pairs, { signal })
    if (weight === 0) return scores
    let at = 0
    for (const { items, place, retrieved } of queries) {
      const { data, cols } = retrieved.features[0]!
      for (const row of items) {
        const score = data[place * cols + row]!
        const own = Number.isNaN(score) ? 0 : 1 / (1 + Math.exp(-score))
        scores[at] = (1 - weight) * scores[at]! + weight * own
        at++
      }
    }
    return scores
  }

  /** @internal The text of a history, the last item first: what is cut off is the oldest. */
  protected historyText(rows: Int32Array, textOf: (row: number) => string): string {
    return Array.from(rows.slice().reverse(), textOf).filter(Boolean).join(this.options.separator)
  }

  /** @internal */
  protected async learn(log: FittedLog, _byItem: () => Promise<Csr>, options: FitOptions): Promise<TextRankerState> {
    const { train } = log as TrainedLog
    const own = options as TextRankerFitOptions
    const { signal } = options
    const mode = checkOneOf('retriever', own.retriever ?? 'fit', ['fit', 'keep'])
    const texts = itemTexts(own.texts, train.items)
    const parts = await retrieverParts(train, own.clicks, mode, this.options.seed, signal)
    const phases = phasesOf(parts.heldOut ? 3 : 2, options)
    const model = await fittedRetriever(this.given, parts.train, mode, options)
    phases.next()
    const { log: before, members } = await membersIn(await super.logOf(parts.train, signal), [model], signal)
    const recent = await recentItems(parts.train, before, this.options.history, undefined, signal)
    const encoder = await this.trained(before, members[0]!, parts.later, { texts, recent }, own, phases.within)
    phases.next()
    if (!parts.heldOut) return { log: before, retriever: members[0]!, encoder, texts, recent }
    const again = await fittedRetriever(this.given, train, mode, options)
    phases.next()
    const whole = await membersIn(await super.logOf(train, signal), [again], signal)
    const all = await recentItems(train, whole.log, this.options.history, undefined, signal)
    return { log: whole.log, retriever: whole.members[0]!, encoder, texts, recent: all }
  }

  /** @internal */
  protected async trained(
    log: FittedLog,
    retriever: Member,
    later: Interactions,
    { texts, recent }: { texts: ItemTexts; recent: RecentItems },
    { signal, checkpoint, checkpointEvery }: TextRankerFitOptions,
    tell: (part: number) => void,
  ): Promise<CrossEncoder> {
    const { encoder: folder, seed, epochs, batchSize, learningRate, maxTokens, clicks } = this.options
    const choices = await choicesOf(log, later, signal)
    if (choices.size === 0)
      throw new KindredError(
        'ERR_DATA',
        'clicks: expected users and items of the training log, in pairs that it does not hold, but there is none.',
      )
    const encoder = await CrossEncoder.load(folder, { seed, signal })
    const sampled = await sampledPairs(someOf(choices, clicks, seed), log, retriever, this.options, signal)
    if (!sampled.labels.includes(1))
      throw new KindredError(
        'ERR_DATA',
        "clicks: expected some among the items that the retriever finds, but there is none. Take a greater depth, or negativeSampling: 'uniform'.",
      )
    const textOf = (row: number) => texts.get(log.items.idAt(row)) ?? ''
    const histories = new Map<number, string>()
    const pairs = Array.from(sampled.users, (user, n): TextPair => {
      const before = histories.get(user) ?? this.historyText(recentOf(recent, user), textOf)
      histories.set(user, before)
      return [before, textOf(sampled.items[n]!)]
    })
    return encoder.fit(pairs, Array.from(sampled.labels), {
      epochs,
      batchSize,
      learningRate,
      maxTokens: Math.min(maxTokens, encoder.maxTokens),
      seed,
      signal,
      ...(checkpoint !== undefined && { checkpoint, checkpointEvery }),
      onProgress: ({ step, steps }) => tell(step / steps),
    })
  }

  /** @internal */
  protected override async learnUpdate(update: LogUpdate, options: UpdateOptions): Promise<TextRankerState> {
    const { recent } = this.state!
    const state = (await super.learnUpdate(update, options)) as TextRankerState
    return { ...state, recent: await recentItems(update.added, state.log, recent.length, recent, options.signal) }
  }

  /** @internal */
  protected tensors(): Record<string, Tensor> {
    const { texts, recent } = this.state!
    return { texts: textsTensor(texts), recent: vectorTensor(recent.rows) }
  }

  /** @internal */
  protected async restored(saved: SavedModel): Promise<TextRankerState> {
    const { dir, tensors, signal } = saved
    const retriever = await loadNested(saved, 'retriever')
    const { log, members } = await membersIn(saved.log, [retriever], signal)
    if (log.items.size !== saved.log.items.size)
      throw new KindredError('ERR_MODEL_FILE', `${dir}: its parts know items that it does not. Save the model again.`)
    const length = this.options.history
    const rows = tensors.vector('recent', Int32Array, log.users.size * length)
    if (!rows.every((row) => row >= -1 && row < log.items.size))
      throw new KindredError('ERR_MODEL_FILE', `${dir}: its histories are damaged. Save the model again.`)
    const encoder = await CrossEncoder.load(partFolder(saved, 'encoder'), { signal })
    return { log, retriever: members[0]!, encoder, texts: readTexts(saved, 'texts'), recent: { rows, length } }
  }
}

guardReceivers(TextRanker)

/** As many clicks of users as are wanted, a random choice of more. */
function someOf(
  choices: ReadonlyMap<number, ReadonlySet<number>>,
  most: number,
  seed: number,
): ReadonlyMap<number, ReadonlySet<number>> {
  const all = [...choices]
    .sort(([a], [b]) => a - b)
    .flatMap(([user, items]) => [...items].sort((a, b) => a - b).map((item) => [user, item] as const))
  if (all.length <= most) return choices
  const kept = new Map<number, Set<number>>()
  for (const n of createRandom(seed).shuffle(Int32Array.from(all.keys())).subarray(0, most)) {
    const [user, item] = all[n]!
    kept.set(user, (kept.get(user) ?? new Set()).add(item))
  }
  return kept
}
