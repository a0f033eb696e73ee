import type { Csr } from '../../native/addon.js'
import { checkInteger, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { checkSignal, KindredError, show } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import type { IdMap } from '../id-map.js'
import { type Resumable, runAtOnce, runYielding } from '../resumable.js'
import type { TablePath } from '../tables/files/list-files.js'
import { collectLog, collectLogAsync, readLog } from './collect-log.js'
import type { Interaction } from './interaction.js'
import type { InteractionInput } from './interaction-collector.js'
import type { InteractionColumns } from './interaction-columns.js'
import type { CleaningOptions, ReadInteractionsOptions, ReadUserItemsOptions } from './interaction-options.js'
import type { InteractionsReport, WeightTransform } from './interactions-report.js'
import { marksOf, partOfLog } from './part-of-log.js'
import { checkFolds, FOLD_OPTIONS, type FoldOptions, foldRows, marksOfFold } from './split/fold-rows.js'
import { checkSplit, ownSplit, type SplitOptions } from './split/split-options.js'
import { PARTS, splitRows } from './split/split-rows.js'
import { checkTransform, TRANSFORM_OPTIONS, type TransformOptions, transformWeights } from './transform-weights.js'
import { type WeightSpread, weightSpread } from './weight-spread.js'

/** A log in two parts. */
export interface TwoParts {
  /** What to learn from. */
  train: Interactions
  /** What to judge on. */
  test: Interactions
}

/** A log in three parts. */
export interface ThreeParts extends TwoParts {
  /** What to choose parameters on. */
  validation: Interactions
}

/**
 * A log of interactions: which user chose which item, with what weight, and when. One row per pair of user and item, in
 * typed arrays off the JavaScript heap; iterating gives the rows in the order of their source.
 */
export class Interactions implements Iterable<Interaction> {
  /** Users in order of first appearance. */
  readonly users: IdMap
  /** Items in order of first appearance. */
  readonly items: IdMap
  /** How many rows were read and kept, and why the others were dropped. */
  readonly report: Readonly<InteractionsReport>
  /** @internal [size] index into `users` */
  readonly userRows: Int32Array
  /** @internal [size] index into `items` */
  readonly itemRows: Int32Array
  /** @internal [size] */
  readonly weights: Float32Array
  /** @internal [size], NaN where a row has none; null if no row has one */
  readonly times: Float64Array | null
  #byUser: Csr | undefined
  #byItem: Csr | undefined

  private constructor(rows: InteractionColumns, report: InteractionsReport) {
    this.users = rows.users
    this.items = rows.items
    this.userRows = rows.userRows
    this.itemRows = rows.itemRows
    this.weights = rows.weights
    this.times = rows.times
    this.report = report
  }

  /**
   * Reads a CSV, TSV, JSONL (NDJSON) or Parquet file, text files also compressed (.gz, .zst), or the files of a list, a
   * folder or a glob ({@link TablePath}), row by row into typed arrays; then merges duplicates and takes the k-core.
   *
   * Ids are strings or integers and come back as given. In CSV a column is integers only if all its values are written
   * as integers are (no leading zero), in quotes or not; else all are strings. In JSONL, 42 and "42" are two ids. Integers
   * beyond 2^53 become strings of digits. Rows with a null user, item or weight, or a weight that is no finite 32-bit
   * number, are dropped and counted in `report`; an empty CSV field is null; an unreadable time is counted, and is no time.
   * JSONL may begin with a byte order mark and hold NaN, names that come twice (the last counts) and halves of surrogate
   * pairs, as JSON.parse has them.
   *
   * With `format: 'user-items'` it reads lines of a user and the user's items ({@link ReadUserItemsOptions}); a user
   * without items counts as a row without one.
   * @throws ERR_VALUE for illegal options or an unknown extension, ERR_COLUMN for a column that is missing or of a type
   * that cannot be used, ERR_DATA for an empty or malformed file or times of two units (seconds beside dates), ERR_IO for one that cannot be opened, ERR_DUPLICATE
   * under `duplicates: 'error'`, ERR_TOO_LARGE beyond 2^31 - 1 rows, ERR_ABORTED
   */
  static async read(path: TablePath, options: ReadInteractionsOptions | ReadUserItemsOptions): Promise<Interactions> {
    const { rows, report } = await readLog(path, options)
    return new Interactions(rows, report)
  }

  /**
   * Takes interactions from any iterable, or from an async one as a promise; cleaned as in {@link read}. A row whose
   * user or item is null or absent is dropped and counted.
   * @throws ERR_VALUE for a value of the wrong type or a field of another name, ERR_DATA for times of two units,
   * ERR_DUPLICATE under `duplicates: 'error'`
   */
  static from(rows: Iterable<InteractionInput>, options?: CleaningOptions): Interactions
  /** The same from an async iterable, as a promise that lets the event loop run. */
  static from(rows: AsyncIterable<InteractionInput>, options?: CleaningOptions & AbortOptions): Promise<Interactions>
  static from(
    rows: Iterable<InteractionInput> | AsyncIterable<InteractionInput>,
    options: CleaningOptions & AbortOptions = {},
  ): Interactions | Promise<Interactions> {
    if (typeof (rows as AsyncIterable<unknown> | undefined)?.[Symbol.asyncIterator] === 'function')
      return collectLogAsync(rows as AsyncIterable<InteractionInput>, options).then(
        (log) => new Interactions(log.rows, log.report),
      )
    const log = collectLog(rows as Iterable<InteractionInput>, options)
    return new Interactions(log.rows, log.report)
  }

  /** Number of rows: distinct pairs of user and item. */
  get size(): number {
    return this.userRows.length
  }

  /** Row `row`, from 0, in the caller's ids. @throws ERR_VALUE if there is no such row */
  at(row: number): Interaction {
    checkInteger('row', row, { min: 0, max: this.size - 1 })
    const time = this.times?.[row]
    return {
      user: this.users.idAt(this.userRows[row]!),
      item: this.items.idAt(this.itemRows[row]!),
      weight: this.weights[row]!,
      time: time === undefined || Number.isNaN(time) ? undefined : time,
    }
  }

  /** Every row in order. */
  *[Symbol.iterator](): Generator<Interaction, void, undefined> {
    for (let row = 0; row < this.size; row++) yield this.at(row)
  }

  /**
   * The rows for which `keep` is true, with id maps of their own. Synchronous: {@link filterAsync} lets the event loop run.
   * @throws ERR_VALUE if `keep` is no function; whatever it throws
   */
  filter(keep: (interaction: Interaction) => boolean): Interactions {
    return runAtOnce(this.#filtering(keep))
  }

  /** As {@link filter}, in steps of a few milliseconds, between which the event loop runs. @throws as that, ERR_ABORTED */
  async filterAsync(keep: (interaction: Interaction) => boolean, options: AbortOptions = {}): Promise<Interactions> {
    options = checkOptions('filterAsync', options, ['signal'])
    return runYielding(this.#filtering(keep), options.signal)
  }

  *#filtering(keep: (interaction: Interaction) => boolean): Resumable<Interactions> {
    if (typeof keep !== 'function')
      throw new KindredError('ERR_VALUE', `filter: expected a function of an interaction but received ${show(keep)}.`)
    return yield* this.#part(yield* marksOf(this.size, (row) => this.at(row), keep), 1)
  }

  /**
   * Divides the log into train and test, and `validation` between them where that is asked for: no row is in two parts,
   * together they are the log, each has id maps of its own. Which rows a part holds depends on ids, times and seed, not on
   * the order of rows: a random draw is one by hash of the ids, and so is the choice among a user's rows of equal time.
   * Synchronous: {@link splitAsync} lets the event loop run.
   * @throws ERR_VALUE for illegal options, or where a split by time finds no times
   */
  split(options: SplitOptions & { validation: NonNullable<SplitOptions['validation']> }): ThreeParts
  /** The same without validation. */
  split(options: SplitOptions): TwoParts
  split(options: SplitOptions): TwoParts & Partial<ThreeParts> {
    options = ownSplit(options)
    checkSplit(options)
    return runAtOnce(this.#splitting(options))
  }

  /** As {@link split}, in steps of a few milliseconds, between which the event loop runs. @throws as that, ERR_ABORTED */
  async splitAsync(
    options: SplitOptions & AbortOptions & { validation: NonNullable<SplitOptions['validation']> },
  ): Promise<ThreeParts>
  /** The same without validation. */
  async splitAsync(options: SplitOptions & AbortOptions): Promise<TwoParts>
  async splitAsync(options: SplitOptions & AbortOptions): Promise<TwoParts & Partial<ThreeParts>> {
    const { signal, ...given } = ownSplit(options)
    checkSignal(signal)
    const split = given as SplitOptions
    checkSplit(split)
    return runYielding(this.#splitting(split), signal)
  }

  *#splitting(options: SplitOptions): Resumable<TwoParts & Partial<ThreeParts>> {
    const marks = yield* splitRows(this, options)
    const parts = { train: yield* this.#part(marks, PARTS.train), test: yield* this.#part(marks, PARTS.test) }
    if (options.validation === undefined) return parts
    return { ...parts, validation: yield* this.#part(marks, PARTS.validation) }
  }

  /**
   * Deals the log into folds for cross-validation: the test parts are the folds, each train part is the rest. As in
   * {@link split}, the order of rows does not matter. Synchronous: {@link foldsAsync} lets the event loop run.
   * @throws ERR_VALUE for illegal options, or more folds than there are rows, users or items to deal
   */
  folds(options?: FoldOptions): TwoParts[] {
    const checked = checkFolds(this, options)
    return runAtOnce(this.#folding(checked))
  }

  /** As {@link folds}, in steps of a few milliseconds, between which the event loop runs. @throws as that, ERR_ABORTED */
  async foldsAsync(options: FoldOptions & AbortOptions = {}): Promise<TwoParts[]> {
    options = checkOptions('foldsAsync', options, [...FOLD_OPTIONS, 'signal'])
    const { signal, ...folds } = options
    return runYielding(this.#folding(checkFolds(this, folds)), signal)
  }

  *#folding(options: Required<FoldOptions>): Resumable<TwoParts[]> {
    const fold = yield* foldRows(this, options)
    const parts: TwoParts[] = []
    for (let held = 0; held < options.folds; held++) {
      const isTest = yield* marksOfFold(fold, held)
      parts.push({ train: yield* this.#part(isTest, 0), test: yield* this.#part(isTest, 1) })
    }
    return parts
  }

  /**
   * The same log with other weights: heavy tails of counts made even by a logarithm or by ranks, or by a function of your
   * own. `report.transforms` tells what was done, in this log and in the parts it is split into. Synchronous:
   * {@link transformAsync} lets the event loop run.
   * @throws ERR_VALUE for illegal options or a result of the function that is no finite 32-bit number from 0, ERR_DATA
   * for a weight at or below -scale under 'log', naming the row; whatever the function throws
   */
  transform(options: TransformOptions): Interactions {
    options = checkOptions('transform', options, TRANSFORM_OPTIONS)
    const step = checkTransform(options)
    return runAtOnce(this.#transforming(options, step))
  }

  /** As {@link transform}, in steps, between which the event loop runs. @throws as that, ERR_ABORTED */
  async transformAsync(options: TransformOptions & AbortOptions): Promise<Interactions> {
    options = checkOptions('transformAsync', options, [...TRANSFORM_OPTIONS, 'signal'])
    const { signal, ...transform } = options
    return runYielding(this.#transforming(transform, checkTransform(transform)), signal)
  }

  *#transforming(options: TransformOptions, step: WeightTransform): Resumable<Interactions> {
    const weights = yield* transformWeights(this, options, step, (row) => this.at(row))
    const { users, items, userRows, itemRows, times, report } = this
    const transforms = [...(report.transforms ?? []), step]
    return new Interactions({ users, items, userRows, itemRows, times, weights }, { ...report, transforms })
  }

  /** How the weights are spread: few rows with most of the weight degrade many models; {@link transform} is the remedy. */
  weightSpread(): WeightSpread {
    return runAtOnce(weightSpread(this.weights))
  }

  *#part(marks: Uint8Array, kept: number): Resumable<Interactions> {
    const { rows, report } = yield* partOfLog(this, marks, kept)
    return new Interactions(rows, report)
  }

  /** @internal The weights as [users, items], kept once made. @throws ERR_ABORTED */
  async byUser(signal?: AbortSignal): Promise<Csr> {
    this.#byUser ??= await nativeCall(signal, (native, abort) =>
      native.csrFromPairs(this.userRows, this.itemRows, this.weights, this.users.size, this.items.size, abort),
    )
    return this.#byUser
  }

  /** @internal The weights as [items, users], kept once made. @throws ERR_ABORTED */
  async byItem(signal?: AbortSignal): Promise<Csr> {
    const byUser = await this.byUser(signal)
    this.#byItem ??= await nativeCall(signal, (native, abort) => native.csrTranspose(byUser, abort))
    return this.#byItem
  }
}

guardReceivers(Interactions)
