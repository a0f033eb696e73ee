import type { ListColumn } from '../../data/table/column.js'
import { checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { readTransformer, type TransformerJson } from '../scale/matrix-transformer.js'
import { type Category, CategoryCodes, toCategory } from './category.js'
import type { CodedLists } from './category-encoder.js'
import { BUCKETS, type Bucket, type CategoryEncoding, OneHotEncoding } from './encoding.js'
import { checkVocabularyOptions, VOCABULARY_OPTIONS, type Vocabulary, type VocabularyOptions } from './vocabulary.js'
import { VocabularyEncoder } from './vocabulary-encoder.js'

/** Labels row by row: a column of lists, or a list of lists; null and undefined are rows without labels. */
export type LabelLists = ListColumn | readonly (Iterable<Category> | null | undefined)[]

/** What a {@link MultiLabelBinarizer} does. */
export interface MultiLabelBinarizerOptions extends VocabularyOptions {
  /** A label that was not there at `fit`: 'bucket' (default) a number of its own, 'ignore' nothing, 'error' an error. */
  unseen?: Bucket | 'error'
}

function listsOf(where: string, lists: LabelLists): CodedLists {
  if (!Array.isArray(lists)) {
    const column = lists as ListColumn | null | undefined
    if (column?.type === 'list') return column
    throw new KindredError(
      'ERR_VALUE',
      `${where}: expected lists of labels, or a column of lists, but received ${show(lists)}.`,
    )
  }
  const coder = new CategoryCodes()
  const codes: number[] = []
  const offsets = [0]
  for (const [i, list] of (lists as readonly (Iterable<Category> | null | undefined)[]).entries()) {
    if (list !== null && list !== undefined && (typeof list !== 'object' || !(Symbol.iterator in list)))
      throw new KindredError('ERR_VALUE', `${where}: expected a list of labels but row ${i} has ${show(list)}.`)
    for (const label of list ?? []) {
      const code = coder.codeOf(toCategory(`${where}, row ${i}`, label))
      if (code >= 0) codes.push(code)
    }
    offsets.push(codes.length)
  }
  return { offsets, codes: Int32Array.from(codes), dictionary: coder.dictionary }
}

/** A number for each label, 1 where a row has it; as scikit-learn's of the same name, with `unseen: 'ignore'`. */
export class MultiLabelBinarizer extends VocabularyEncoder<LabelLists> {
  protected readonly type = 'MultiLabelBinarizer'
  protected override readonly refusesUnseen: boolean
  readonly #options: Required<MultiLabelBinarizerOptions>

  /** @throws ERR_VALUE */
  constructor(options: MultiLabelBinarizerOptions = {}) {
    super()
    options = checkOptions('MultiLabelBinarizer', options, ['unseen', ...VOCABULARY_OPTIONS])
    this.#options = {
      ...checkVocabularyOptions(options),
      unseen: checkOneOf('unseen', options.unseen ?? 'bucket', [...BUCKETS, 'error']),
    }
    this.refusesUnseen = this.#options.unseen === 'error'
  }

  protected read(where: string, lists: LabelLists): CodedLists {
    return listsOf(where, lists)
  }

  protected get kept(): Required<VocabularyOptions> {
    return this.#options
  }

  /** @internal */
  protected make(vocabulary: Vocabulary): CategoryEncoding {
    return new OneHotEncoding(vocabulary, this.#options.unseen === 'bucket' ? 'bucket' : 'ignore', 'ignore')
  }

  /** The labels in the order of their numbers; undefined before `fit`. */
  get classes(): readonly Category[] | undefined {
    return this.categories
  }

  protected settings(): Record<string, unknown> {
    return { ...this.#options }
  }

  /** The binarizer that `toJSON` wrote. @throws ERR_VALUE for anything else */
  static fromJSON(json: TransformerJson): MultiLabelBinarizer {
    const { options, state } = readTransformer('MultiLabelBinarizer', json)
    return new MultiLabelBinarizer(options).restore(state)
  }
}

guardReceivers(MultiLabelBinarizer)
