import { ChangeQueue } from '../../../data/change-queue.js'
import type { Tensor } from '../../../data/storage/safetensors.js'
import type { SavedTensors } from '../../../data/storage/saved-tensors.js'
import type { Table } from '../../../data/table/table.js'
import type { Embedder } from '../../../encode/embedder.js'
import { FeaturePipeline } from '../../../features/pipeline/feature-pipeline.js'
import { checkInteger, checkOptions, checkString } from '../../../native/argument-checks.js'
import type { AbortOptions } from '../../../native/call-options.js'
import { KindredError, throwIfAborted } from '../../../native/errors.js'
import { guardReceivers } from '../../../native/guard-receivers.js'
import type { TrainingProgress } from '../../../nn/train/training.js'
import { groupsOf, labelsOf } from './click-labels.js'
import type { ClickCounts, ClickEvaluateOptions, ClickField, ClickFitOptions, ClickModel } from './click-model.js'
import { readClickModel, type SavedClickModel, saveClickModel } from './click-model-file.js'
import { ClickReport } from './click-report.js'
import { type ClickTraining, checkTable, fittedPipeline, type LabelledRows, trainingOf } from './click-training.js'
import { joinedTable } from './joined-table.js'
import { judgeClicks } from './judge-clicks.js'

/** @internal What a model of clicks has learnt. */
export interface FittedClicks {
  readonly fields: readonly ClickField[]
  /** Probabilities [rows]; what it met is added to `counts`. */
  predict(table: Table, counts: ClickCounts, signal: AbortSignal | undefined): Promise<Float32Array>
  /** @internal Scores candidates faster than {@link predict} does; not there where it cannot. */
  candidates?(items: Table, signal: AbortSignal | undefined): Promise<CandidateScorer>
  /** What is saved of it. */
  saved(
    signal: AbortSignal | undefined,
  ): Promise<{ config: Readonly<Record<string, unknown>>; tensors: Readonly<Record<string, Tensor>> }>
}

/** @internal What {@link FittedClicks.saved} gave. */
export interface SavedClicks {
  readonly dir: string
  readonly config: Readonly<Record<string, unknown>>
  readonly tensors: SavedTensors
  readonly signal: AbortSignal | undefined
}

/** @internal Probabilities of clicks on items in a context, of which the items' fields were read before. */
export interface CandidateScorer {
  /**
   * @param context values by the names of columns; fields that neither it nor the items have are missing
   * @param items rows of the table of items
   * @param own values of each of these items by the names of columns that the table of items does not have, in place of the context's
   * @returns in the order of `items`
   * @throws ERR_DATA for a value of another kind than its field, ERR_ABORTED
   */
  score(
    context: Readonly<Record<string, unknown>>,
    items: Int32Array,
    signal?: AbortSignal,
    own?: Readonly<Record<string, ArrayLike<unknown>>>,
  ): Promise<Float32Array>
}

/** What `update` of a model of clicks is given beside its table. */
export interface ClickUpdateOptions extends AbortOptions {
  /** The column of the label. Default that of `fit`. */
  label?: string
  /** Called after each step. */
  onProgress?: (progress: TrainingProgress) => void
}

/** What `load` of a model of clicks is given beside the folder. */
export interface LoadClickModelOptions extends AbortOptions {
  /** What makes vectors of texts, by the name of the feature, of a model with a FeaturePipeline that has some: it is not saved. */
  embedders?: Readonly<Record<string, Embedder>>
}

interface State {
  readonly label: string
  readonly group: string | undefined
  readonly pipeline: FeaturePipeline | undefined
  readonly fitted: FittedClicks
  readonly counts: ClickCounts
}

const FIT_OPTIONS = [
  ...(['label', 'validation', 'group', 'ignore', 'fields', 'features'] as const),
  ...(['checkpoint', 'checkpointEvery', 'signal', 'onProgress'] as const),
]

const emptyCounts = (fields: readonly ClickField[]): ClickCounts => ({
  rows: 0,
  fields: Object.fromEntries(fields.map(({ name }) => [name, { unseen: 0, missing: 0 }])),
})

/** What all models of clicks share: tables with labels, judgement, and saved folders. */
export abstract class BaseClickModel implements ClickModel {
  /** @internal The name of the class in saved folders and messages, which minifiers do not change. */
  declare static readonly algorithm: string
  /** The options in force, defaults filled in. */
  abstract readonly options: object
  #state: State | undefined
  readonly #changes = new ChangeQueue()

  /**
   * Loads a model of this class that {@link save} wrote, after which it predicts as before.
   * @throws ERR_MODEL_FILE if the folder holds no model, one of another class, or a truncated, altered or newer one; ERR_VALUE if
   * an embedder is missing; ERR_IO, ERR_ABORTED
   */
  static async load<Model extends BaseClickModel>(
    this: new () => Model,
    dir: string,
    options: LoadClickModelOptions = {},
  ): Promise<Model> {
    options = checkOptions('load', options, ['embedders', 'signal'])
    const saved = await readClickModel(dir, options.signal)
    // biome-ignore lint/complexity/noThisInStatic: the class that load was called on
    const { algorithm } = this as unknown as typeof BaseClickModel
    if (saved.algorithm !== algorithm)
      throw new KindredError(
        'ERR_MODEL_FILE',
        `${dir}: expected a model of class ${algorithm} but it holds one of class ${saved.algorithm}. Load it with ${saved.algorithm}.load or loadModel.`,
      )
    // biome-ignore lint/complexity/noThisInStatic: the class that load was called on
    return restoreClickModel(this, saved, options.embedders)
  }

  /** @internal Learns from rows that were checked; the model stays as it is. */
  protected abstract learn(training: ClickTraining): Promise<FittedClicks>
  /** @internal What {@link FittedClicks.saved} was taken from. @throws ERR_MODEL_FILE */
  protected abstract restored(saved: SavedClicks): Promise<FittedClicks> | FittedClicks

  /** @internal What it has learnt, and of these rows besides. */
  protected learnMore(_fitted: FittedClicks, _rows: LabelledRows, _options: ClickUpdateOptions): Promise<FittedClicks> {
    throw new KindredError('ERR_NOT_SUPPORTED', `${this.algorithm}: does not support update. Fit it anew.`)
  }

  /** @internal */
  protected get algorithm(): string {
    return (this.constructor as typeof BaseClickModel).algorithm
  }

  /** @internal What it has learnt. @throws ERR_NOT_FITTED */
  protected learnt(): FittedClicks {
    return this.#fitted().fitted
  }

  /** The fields that it was fitted on. @throws ERR_NOT_FITTED */
  get fields(): readonly ClickField[] {
    return this.#fitted().fitted.fields
  }

  /** What its predictions have met since `fit` or `load`. @throws ERR_NOT_FITTED */
  get counts(): ClickCounts {
    return structuredClone(this.#fitted().counts)
  }

  /**
   * Learns from a table; fitting again starts anew. After a failure the model is as it was.
   * @throws ERR_COLUMN for columns that are not there or of a type that is no field, ERR_DATA for labels that are not 0 and 1, or
   * of one class alone, or no rows, ERR_VALUE for illegal options, ERR_NOT_FINITE, ERR_ABORTED
   */
  async fit(table: Table, options: ClickFitOptions): Promise<this> {
    options = checkOptions('fit', options, FIT_OPTIONS)
    throwIfAborted(options.signal)
    checkTable('fit', table)
    const label = checkString('label', options.label)
    const group = options.group === undefined ? undefined : checkString('group', options.group)
    return this.#changes.run(async () => {
      const pipeline = await fittedPipeline(table, options)
      const training = await trainingOf(table, options, pipeline)
      const fitted = await this.learn(training)
      if (pipeline && options.features?.isFitted === false) options.features.take(pipeline)
      this.#state = { label, group, pipeline, fitted, counts: emptyCounts(fitted.fields) }
      return this
    }, options.signal)
  }

  /**
   * Learns from further rows, with the same fields, in one pass; categories that the fit did not know stay unseen until the next
   * one. After a failure the model is as it was.
   * @throws ERR_NOT_FITTED, ERR_NOT_SUPPORTED by models that must be fitted anew, ERR_COLUMN, ERR_DATA for labels that are not 0
   * and 1, ERR_NOT_FINITE, ERR_ABORTED
   */
  async update(table: Table, options: ClickUpdateOptions = {}): Promise<void> {
    options = checkOptions('update', options, ['label', 'signal', 'onProgress'])
    throwIfAborted(options.signal)
    checkTable('update', table)
    return this.#changes.run(async () => {
      const state = this.#fitted()
      const label = options.label === undefined ? state.label : checkString('label', options.label)
      const labels = await labelsOf('update', table, label, options.signal)
      if (labels.length === 0) return
      const own = state.pipeline ? await state.pipeline.transformTable(table, { signal: options.signal }) : table
      const fitted = await this.learnMore(state.fitted, { table: own, labels, groups: undefined }, options)
      this.#state = { ...state, fitted }
    }, options.signal)
  }

  /**
   * The probability of a click of each row [rows]. Missing values and unseen categories have their own share in it, and are counted.
   * @throws ERR_NOT_FITTED, ERR_COLUMN naming the columns that are not there or of another type than at `fit`, ERR_DATA for rows of
   * sparse features or vectors unlike those of the training, ERR_NOT_FINITE for ones so large that there is no probability, ERR_ABORTED
   */
  async predict(table: Table, options: AbortOptions = {}): Promise<Float32Array> {
    options = checkOptions('predict', options, ['signal'])
    throwIfAborted(options.signal)
    checkTable('predict', table)
    return this.#predict(this.#fitted(), table, options.signal)
  }

  /** How well it tells clicks from the rest. @throws as {@link predict}, ERR_DATA for labels that are not 0 and 1, or no rows */
  async evaluate(table: Table, options: ClickEvaluateOptions = {}): Promise<ClickReport> {
    options = checkOptions('evaluate', options, ['label', 'group', 'bins', 'signal'])
    throwIfAborted(options.signal)
    checkTable('evaluate', table)
    const bins = checkInteger('bins', options.bins ?? 10, { min: 2, max: 1000 })
    const state = this.#fitted()
    const label = options.label === undefined ? state.label : checkString('label', options.label)
    const usual = state.group !== undefined && table.has(state.group) ? state.group : undefined
    const group = options.group === undefined ? usual : checkString('group', options.group)
    const labels = await labelsOf('evaluate', table, label, options.signal)
    if (labels.length === 0)
      throw new KindredError('ERR_DATA', 'evaluate: expected rows to judge by but there are none.')
    const groups = group === undefined ? undefined : await groupsOf('evaluate', table, group, options.signal)
    const predicted = await this.#predict(state, table, options.signal)
    return new ClickReport(await judgeClicks(predicted, labels, { bins, groups, signal: options.signal }))
  }

  /** @internal Whether {@link candidates} is faster than {@link predict}. @throws ERR_NOT_FITTED */
  get scoresCandidates(): boolean {
    const { pipeline, fitted } = this.#fitted()
    return pipeline === undefined && fitted.candidates !== undefined
  }

  /**
   * @internal What scores items for one context after another. Counts nothing.
   * @param items a row for each, with the columns that are theirs
   * @throws ERR_NOT_FITTED, ERR_COLUMN, ERR_DATA, ERR_ABORTED
   */
  async candidates(items: Table, options: AbortOptions = {}): Promise<CandidateScorer> {
    options = checkOptions('candidates', options, ['signal'])
    checkTable('candidates', items)
    const { pipeline, fitted } = this.#fitted()
    if (pipeline === undefined && fitted.candidates) return fitted.candidates(items, options.signal)
    return {
      score: async (context, rows, signal, ofItems) => {
        const table = await joinedTable(items, rows, context, signal, ofItems)
        const own = pipeline ? await pipeline.transformTable(table, { signal }) : table
        return fitted.predict(own, emptyCounts(fitted.fields), signal)
      },
    }
  }

  /**
   * Writes the model into a folder, atomically, over an older one if there is one; with its FeaturePipeline, but not the encoders
   * of texts of that.
   * @throws ERR_NOT_FITTED, ERR_IO, ERR_ABORTED; the older one is then as it was
   */
  async save(dir: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('save', options, ['signal'])
    throwIfAborted(options.signal)
    const { label, group, pipeline, fitted } = this.#fitted()
    const { config, tensors } = await fitted.saved(options.signal)
    const parts = { algorithm: this.algorithm, options: { ...this.options }, label, group, fitted: config, tensors }
    await saveClickModel(dir, parts, pipeline, options.signal)
  }

  /** @internal Takes the state of a saved model. @throws ERR_MODEL_FILE */
  async restore(saved: SavedClickModel, embedders: LoadClickModelOptions['embedders']): Promise<void> {
    const { dir, label, group, config, tensors, signal } = saved
    const fitted = await this.restored({ dir, config, tensors, signal })
    const pipeline =
      saved.features === undefined ? undefined : await FeaturePipeline.load(saved.features, { embedders, signal })
    this.#state = { label, group, pipeline, fitted, counts: emptyCounts(fitted.fields) }
  }

  #fitted(): State {
    if (this.#state === undefined)
      throw new KindredError('ERR_NOT_FITTED', `${this.algorithm}: call fit() or load a saved model first.`)
    return this.#state
  }

  async #predict(state: State, table: Table, signal: AbortSignal | undefined): Promise<Float32Array> {
    const own = state.pipeline ? await state.pipeline.transformTable(table, { signal }) : table
    const met = emptyCounts(state.fitted.fields)
    const predicted = await state.fitted.predict(own, met, signal)
    state.counts.rows += table.rows
    for (const [name, { unseen, missing }] of Object.entries(met.fields)) {
      const counts = state.counts.fields[name]!
      counts.unseen += unseen
      counts.missing += missing
    }
    return predicted
  }
}

guardReceivers(BaseClickModel)

/** @internal A model of this class with the saved options and state. @throws ERR_MODEL_FILE */
export async function restoreClickModel<Model extends BaseClickModel>(
  Class: new (options?: never) => Model,
  saved: SavedClickModel,
  embedders: LoadClickModelOptions['embedders'],
): Promise<Model> {
  try {
    const model = new Class(saved.options as never)
    await model.restore(saved, embedders)
    return model
  } catch (error) {
    const code = error instanceof KindredError ? error.code : undefined
    if (code === undefined || code === 'ERR_MODEL_FILE' || code === 'ERR_ABORTED' || code === 'ERR_IO') throw error
    if (saved.features !== undefined && /embedder/.test((error as Error).message)) throw error
    throw new KindredError('ERR_MODEL_FILE', `${saved.dir}: ${(error as Error).message}`, { cause: error })
  }
}
