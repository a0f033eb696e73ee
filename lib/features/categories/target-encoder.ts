import { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import { inBlocks, type Resumable, runAtOnce } from '../../data/resumable.js'
import { checkBoolean, checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { numbersFromJson, readTransformer, type TransformerJson } from '../scale/matrix-transformer.js'
import { type Category, type CategoryValues, type CodedCategories, codesOf } from './category.js'
import { CategoryEncoder, type CodedLists, categoriesFromJson } from './category-encoder.js'
import { type CategoryEncoding, TargetEncoding } from './encoding.js'
import { foldsOf, type TargetSmoothing, targetMeans } from './target-statistics.js'
import { checkVocabularyOptions, countCodes, Vocabulary } from './vocabulary.js'

/** What a {@link TargetEncoder} does. */
export interface TargetEncoderOptions {
  /** Rows of the mean of all that are added to each category; 'auto' (default): as many as the spread of the target says. */
  smooth?: TargetSmoothing
  /** Folds of {@link TargetEncoder.fitTransform}; default 5. */
  folds?: number
  /** Draw the folds at random, and not in the order of the rows; default true. */
  shuffle?: boolean
  /** Of the folds; default 0. */
  seed?: number
}

export const TARGET_OPTIONS = ['smooth', 'folds', 'shuffle', 'seed'] as const

/** @throws ERR_VALUE */
export function checkTargetOptions(options: TargetEncoderOptions): Required<TargetEncoderOptions> {
  const smooth = options.smooth ?? 'auto'
  return {
    smooth: smooth === 'auto' ? smooth : checkNumber("smooth ('auto', or rows)", smooth, { min: 0 }),
    folds: checkInteger('folds', options.folds ?? 5, { min: 2 }),
    shuffle: checkBoolean('shuffle', options.shuffle ?? true),
    seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
  }
}

/** `target` if it is a finite number for each of `rows`. @throws ERR_SHAPE, ERR_VALUE */
export function checkTarget(where: string, target: ArrayLike<number>, rows: number): ArrayLike<number> {
  if (target === null || typeof target !== 'object' || typeof target.length !== 'number')
    throw new KindredError('ERR_VALUE', `${where}: expected a number for each row but received ${show(target)}.`)
  if (target.length !== rows)
    throw new KindredError(
      'ERR_SHAPE',
      `${where}: expected ${rows} targets, one for each row, but received ${target.length}.`,
    )
  for (let i = 0; i < rows; i++)
    if (!Number.isFinite(target[i]))
      throw new KindredError('ERR_VALUE', `${where}: expected finite targets but row ${i} has ${show(target[i])}.`)
  return target
}

/**
 * What a target (a rating, a click) is on average for each category, drawn to the mean of all where a category has few rows;
 * as scikit-learn's encoder of the same name for one continuous or binary target. {@link fitTransform} gives each row what the
 * other folds say, so that no row sees its own target; {@link transform} is for rows that were not fitted on.
 */
export class TargetEncoder extends CategoryEncoder {
  protected readonly type = 'TargetEncoder'
  readonly #options: Required<TargetEncoderOptions>
  #encoding: TargetEncoding | undefined

  /** @throws ERR_VALUE */
  constructor(options: TargetEncoderOptions = {}) {
    super()
    options = checkOptions('TargetEncoder', options, TARGET_OPTIONS)
    this.#options = checkTargetOptions(options)
  }

  protected read(where: string, values: CategoryValues): CodedLists {
    return codesOf(where, values)
  }

  protected get encoding(): CategoryEncoding | undefined {
    return this.#encoding
  }

  /** The categories; undefined before `fit`. */
  get categories(): readonly Category[] | undefined {
    return this.#encoding?.vocabulary.categories
  }

  /** What each category becomes [categories]; undefined before `fit`. */
  get encodings(): Float64Array | undefined {
    return this.#encoding?.values.slice()
  }

  /** The mean of all targets; undefined before `fit`. */
  get targetMean(): number | undefined {
    return this.#encoding?.prior
  }

  /** @throws ERR_VALUE for values that are no categories or targets that are no numbers, ERR_SHAPE for another number of targets */
  fit(values: CategoryValues, target: ArrayLike<number>): this {
    this.#learn('TargetEncoder.fit', values, target)
    return this
  }

  /**
   * As {@link fit}, and gives the fitted rows [rows, 1]: each what the rows of the other folds say.
   * @throws as {@link fit}, ERR_DATA for fewer rows than folds
   */
  fitTransform(values: CategoryValues, target: ArrayLike<number>): Matrix {
    const { folds: count, smooth, shuffle, seed } = this.#options
    const coded = codesOf('TargetEncoder.fitTransform', values)
    const { codes, dictionary } = coded
    checkTarget('TargetEncoder.fitTransform', target, codes.length)
    if (codes.length < count)
      throw new KindredError(
        'ERR_DATA',
        `TargetEncoder.fitTransform: expected at least ${count} rows for ${count} folds but received ${codes.length}.`,
      )
    const drawn = runAtOnce(foldsOf(codes.length, count, shuffle ? createRandom(seed) : undefined))
    const out = runAtOnce(outOfFold(coded, target, smooth, drawn, count))
    this.#fitted(coded, target)
    this.count(codes.length, codes.length - countCodes(codes, dictionary.length).reduce((a, b) => a + b, 0), 0)
    return new Matrix(codes.length, 1, out)
  }

  #learn(where: string, values: CategoryValues, target: ArrayLike<number>): void {
    const coded = codesOf(where, values)
    checkTarget(where, target, coded.codes.length)
    this.#fitted(coded, target)
  }

  #fitted(coded: CodedCategories, target: ArrayLike<number>): void {
    this.#encoding = runAtOnce(targetEncoding(coded, target, this.#options.smooth))
    this.restart()
  }

  protected settings(): Record<string, unknown> {
    return { ...this.#options }
  }

  protected state(): Record<string, unknown> | null {
    if (this.#encoding === undefined) return null
    const { vocabulary, values, prior } = this.#encoding
    return { categories: [...vocabulary.categories], values: [...values], prior }
  }

  /** The encoder that `toJSON` wrote. @throws ERR_VALUE for anything else */
  static fromJSON(json: TransformerJson): TargetEncoder {
    const { options, state } = readTransformer('TargetEncoder', json)
    const encoder = new TargetEncoder(options)
    if (state === null) return encoder
    const categories = categoriesFromJson('TargetEncoder', state)
    const values = numbersFromJson('TargetEncoder', state, 'values')
    if (values.length !== categories.length)
      throw new KindredError('ERR_VALUE', 'TargetEncoder.fromJSON: expected a value for each category.')
    const vocabulary = runAtOnce(Vocabulary.from(categories))
    encoder.#encoding = new TargetEncoding(vocabulary, values, checkNumber('state.prior', state.prior))
    return encoder
  }
}

guardReceivers(TargetEncoder)

/** The encoding of all rows. */
export function* targetEncoding(
  { codes, dictionary }: CodedCategories,
  target: ArrayLike<number>,
  smooth: TargetSmoothing,
): Resumable<TargetEncoding> {
  const counts = new Float64Array(dictionary.length)
  yield* inBlocks(codes.length, (begin, end) => {
    countCodes(codes.subarray(begin, end), dictionary.length, counts)
  })
  const vocabulary = yield* Vocabulary.of(dictionary, counts, checkVocabularyOptions({}))
  const means = yield* targetMeans(codes, dictionary.length, target, smooth)
  const values = new Float64Array(vocabulary.size)
  yield* inBlocks(dictionary.length, (begin, end) => {
    for (let code = begin; code < end; code++) {
      const index = vocabulary.indexOf(dictionary[code]!)
      if (index >= 0) values[index] = means.values[code]!
    }
  })
  return new TargetEncoding(vocabulary, values, means.prior)
}

/** What the rows of the other folds say of each row. */
export function* outOfFold(
  { codes, dictionary }: CodedCategories,
  target: ArrayLike<number>,
  smooth: TargetSmoothing,
  folds: Int32Array,
  count: number,
): Resumable<Float32Array> {
  const out = new Float32Array(codes.length)
  for (let fold = 0; fold < count; fold++) {
    const { values, prior } = yield* targetMeans(codes, dictionary.length, target, smooth, folds, fold)
    yield* inBlocks(codes.length, (begin, end) => {
      for (let i = begin; i < end; i++) if (folds[i] === fold) out[i] = codes[i]! < 0 ? prior : values[codes[i]!]!
    })
  }
  return out
}
