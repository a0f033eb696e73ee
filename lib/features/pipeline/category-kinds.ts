import { createRandom } from '../../data/random.js'
import { type Resumable, runYielding } from '../../data/resumable.js'
import { checkOneOf } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import {
  BUCKETS,
  type CategoryEncoding,
  HashEncoding,
  OneHotEncoding,
  OrdinalEncoding,
  TargetEncoding,
} from '../categories/encoding.js'
import { checkHashing, HASHING_OPTIONS } from '../categories/hashing-encoder.js'
import { checkTargetOptions, outOfFold, TARGET_OPTIONS, targetEncoding } from '../categories/target-encoder.js'
import { foldsOf } from '../categories/target-statistics.js'
import {
  checkVocabularyOptions,
  VOCABULARY_OPTIONS,
  Vocabulary,
  type VocabularyOptions,
} from '../categories/vocabulary.js'
import {
  CATEGORY_TYPES,
  type CategoryColumns,
  type CategorySource,
  ColumnSource,
  countRows,
  FittedCategory,
  sourceOf,
} from './category-feature.js'
import type { HashFeature, OfColumn, OneHotFeature, OrdinalFeature, TargetFeature } from './declaration.js'
import { type FeaturePlan, joined, type LearnContext } from './feature.js'

/** Buckets of a hash in a pipeline, where every one of them is a column. */
export const PIPELINE_BUCKETS = 32

const UNSEEN = '<unseen>'

/** The categories of a vocabulary as codes, with one for all unseen ones. */
export function vocabularyColumns(vocabulary: Vocabulary): CategoryColumns {
  return {
    dictionary: [...vocabulary.categories.map(String), UNSEEN],
    codeOf(category) {
      if (category === undefined) return -1
      const index = vocabulary.indexOf(category)
      return index < 0 ? vocabulary.size : index
    },
  }
}

/** Buckets of a hash as codes. */
export function bucketColumns(name: string, encoding: HashEncoding): CategoryColumns {
  const entry = { place: -1, weight: 0, isUnseen: false }
  return {
    dictionary: encoding.names(name),
    codeOf(category) {
      encoding.encode(category, entry)
      return entry.place
    },
  }
}

export async function learnVocabulary(
  source: CategorySource,
  options: { minCount: number; maxCategories: number },
  context: LearnContext,
): Promise<Vocabulary> {
  const counts = { missing: 0, unseen: 0, outliers: 0, truncated: 0 }
  const coded = await source.ofTable(context, counts)
  const counted = await countRows(coded, context.over)
  return runYielding(Vocabulary.of(coded.dictionary, counted, options), context.signal)
}

/** A feature of categories of which only the vocabulary is learnt. */
function planVocabulary(
  name: string,
  options: VocabularyOptions & OfColumn,
  declared: Record<string, unknown>,
  encodingOf: (vocabulary: Vocabulary) => CategoryEncoding,
): FeaturePlan {
  const kept = checkVocabularyOptions(options)
  const column = options.column ?? name
  return {
    declared: { ...declared, column, ...kept },
    needs: [{ column, types: CATEGORY_TYPES }],
    async learn(context) {
      const source = sourceOf(column, context.column)
      const vocabulary = await learnVocabulary(source, kept, context)
      return fittedVocabulary(name, source, vocabulary, encodingOf(vocabulary))
    },
    restore(_, { inputs, vocabulary }) {
      return fittedVocabulary(name, new ColumnSource(inputs[0]!), vocabulary, encodingOf(vocabulary))
    },
  }
}

export function fittedVocabulary(
  name: string,
  source: CategorySource,
  vocabulary: Vocabulary,
  encoding: CategoryEncoding,
): FittedCategory {
  const saved = { categories: vocabulary.categories }
  return new FittedCategory(name, source, encoding, saved, vocabularyColumns(vocabulary))
}

function oneHot(name: string, options: OneHotFeature): FeaturePlan {
  const unseen = checkOneOf('unseen', options.unseen ?? 'bucket', BUCKETS)
  const missing = checkOneOf('missing', options.missing ?? 'ignore', BUCKETS)
  const encodingOf = (vocabulary: Vocabulary) => new OneHotEncoding(vocabulary, unseen, missing)
  return planVocabulary(name, options, { kind: 'one-hot', unseen, missing }, encodingOf)
}

function ordinal(name: string, options: OrdinalFeature): FeaturePlan {
  const encodingOf = (vocabulary: Vocabulary) => new OrdinalEncoding(vocabulary, vocabulary.size, vocabulary.size + 1)
  return planVocabulary(name, options, { kind: 'ordinal' }, encodingOf)
}

function hash(name: string, options: HashFeature): FeaturePlan {
  const column = options.column ?? name
  const hashing = checkHashing(options, PIPELINE_BUCKETS, `${column}=`)
  const encoding = new HashEncoding(hashing.buckets, hashing.signed, hashing.prefix, hashing.seed)
  const make = (source: CategorySource) => new FittedCategory(name, source, encoding, {}, bucketColumns(name, encoding))
  return {
    declared: { kind: 'hash', column, ...hashing },
    needs: [{ column, types: CATEGORY_TYPES }],
    learn: async (context) => make(sourceOf(column, context.column)),
    restore: (_, { inputs }) => make(new ColumnSource(inputs[0]!)),
  }
}

/** A target-encoded category, which knows what the other folds say of the rows that it was fitted on. */
export class FittedTarget extends FittedCategory {
  /** [rows] of the table that it was fitted on; absent in a pipeline that was loaded. */
  outOfFold: (() => Resumable<Float32Array>) | undefined
}

function target(name: string, options: TargetFeature): FeaturePlan {
  const settings = checkTargetOptions(options)
  const column = options.column ?? name
  const make = (source: CategorySource, encoding: TargetEncoding) =>
    new FittedTarget(name, source, encoding, {
      categories: encoding.vocabulary.categories,
      numbers: joined([encoding.prior], encoding.values),
    })
  return {
    declared: { kind: 'target', column, ...settings },
    needs: [{ column, types: CATEGORY_TYPES }],
    needsTarget: true,
    async learn(context) {
      const source = sourceOf(column, context.column)
      const coded = await source.ofTable(context)
      const goal = context.target!
      if (coded.codes.length < settings.folds)
        throw new KindredError(
          'ERR_DATA',
          `feature "${name}": expected at least ${settings.folds} rows for as many folds.`,
        )
      const fitted = make(source, await runYielding(targetEncoding(coded, goal, settings.smooth), context.signal))
      fitted.outOfFold = function* () {
        const random = settings.shuffle ? createRandom(settings.seed) : undefined
        const drawn = yield* foldsOf(coded.codes.length, settings.folds, random)
        return yield* outOfFold(coded, goal, settings.smooth, drawn, settings.folds)
      }
      return fitted
    },
    restore({ numbers }, { inputs, vocabulary }) {
      const encoding = new TargetEncoding(vocabulary, numbers.slice(1), numbers[0]!)
      return make(new ColumnSource(inputs[0]!), encoding)
    },
  }
}

type Kind = {
  readonly options: readonly string[]
  readonly plan: (name: string, options: never) => FeaturePlan
}

/** Kinds of categories, with the options that each takes beside `kind`. */
export const CATEGORY_KINDS: Readonly<Record<'one-hot' | 'ordinal' | 'hash' | 'target', Kind>> = {
  'one-hot': { options: ['column', 'unseen', 'missing', ...VOCABULARY_OPTIONS], plan: oneHot },
  ordinal: { options: ['column', ...VOCABULARY_OPTIONS], plan: ordinal },
  hash: { options: ['column', ...HASHING_OPTIONS], plan: hash },
  target: { options: ['column', ...TARGET_OPTIONS], plan: target },
}
