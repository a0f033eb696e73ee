import { SparseMatrix } from '../../data/sparse-matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { overTextBatches } from '../../encode/text-batches.js'
import type { NgramColumnsHandle } from '../../native/addon.js'
import type { Progress } from '../../native/call-options.js'
import { KindredError } from '../../native/errors.js'
import { nativeCall, nativeCallSync } from '../../native/native-call.js'
import { countTexts } from './count-texts.js'
import { rulesOf } from './ngram-options.js'
import { columnsOf, decodeTerms, encodeTerms, type Terms } from './terms.js'
import { type CountVectorizerOptions, textLimits } from './vocabulary-options.js'

/** What {@link CountVectorizer} and {@link TfidfVectorizer} saw in the texts that they were fitted to. */
export interface VocabularyReport {
  /** Texts. */
  readonly texts: number
  /** Of them, those without any n-gram (of the vocabulary, where that was given). */
  readonly empty: number
  /** N-grams left out, since they are in fewer texts than `minDf` asks for. */
  readonly rare: number
  /** In more than `maxDf` allows. */
  readonly frequent: number
  /** Beyond the `maxFeatures` most frequent. */
  readonly beyond: number
}

/** Columns and their names; immutable. */
export interface FittedVocabulary {
  /** [columns] */
  readonly names: readonly string[]
  readonly columns: () => ReadonlyMap<string, number>
  /** The same names in UTF-8. */
  readonly terms: Terms
  readonly handle: NgramColumnsHandle
  /** [columns], in how many texts of the fit each n-gram is; undefined where there was no fit. */
  readonly frequencies: Int32Array | undefined
  readonly report: VocabularyReport | undefined
}

/** What runs along with a fit. */
export interface FitCall {
  readonly signal: AbortSignal | undefined
  readonly report: ((progress: Progress) => void) | undefined
}

type Options = Required<CountVectorizerOptions>

/** The vocabulary of these names. @throws ERR_DUPLICATE, ERR_ABORTED */
export async function vocabularyOf(
  options: Options,
  terms: Terms,
  signal: AbortSignal | undefined,
): Promise<FittedVocabulary> {
  const handle = await nativeCall(signal, (native, abort) =>
    native.ngramColumns(rulesOf(options), terms.utf8, terms.ends, abort),
  )
  const names = await decodeTerms(terms, signal)
  return { names, columns: columnsOf(names), terms, handle, frequencies: undefined, report: undefined }
}

/** The vocabulary that the options give. @throws ERR_DUPLICATE, ERR_ABORTED */
export async function givenVocabulary(options: Options, signal: AbortSignal | undefined): Promise<FittedVocabulary> {
  return vocabularyOf(options, await encodeTerms(options.vocabulary!, signal), signal)
}

/**
 * The vocabulary of some texts, and, with `keepRows`, their counts.
 * @throws ERR_DATA if no n-gram is left, ERR_VALUE for limits that none can keep, ERR_DUPLICATE, ERR_TOO_LARGE, ERR_ABORTED
 */
export async function learnVocabulary(
  options: Options,
  texts: readonly string[],
  keepRows: boolean,
  { signal, report }: FitCall,
): Promise<{ vocabulary: FittedVocabulary; counts: SparseMatrix | undefined }> {
  if (options.vocabulary !== null) return countGiven(options, texts, { signal, report })
  const limits = { ...textLimits(options, texts.length), maxFeatures: options.maxFeatures }
  const counter = nativeCallSync((native) => native.ngramCounter(rulesOf(options), options.binary, keepRows))
  let done = 0
  await overTextBatches(texts, async (begin, end) => {
    await nativeCall(signal, (native, abort) => native.ngramCount(counter, texts, begin, end, abort))
    done += end - begin
    report?.({ done, total: texts.length })
  })
  const found = await nativeCall(signal, (native, abort) => native.ngramSelect(counter, limits, abort))
  const { rare, frequent, beyond, empty } = found
  if (found.terms === 0) refuseEmpty(texts.length, rare, frequent)
  const terms = { utf8: new Uint8Array(found.bytes), ends: new Int32Array(found.terms) }
  const frequencies = new Int32Array(found.terms)
  await nativeCall(signal, (native, abort) => native.ngramTerms(counter, terms.utf8, terms.ends, frequencies, abort))
  let counts: SparseMatrix | undefined
  if (keepRows) {
    const offsets = new Int32Array(texts.length + 1)
    const indices = new Int32Array(found.nonzeros)
    const values = new Float32Array(found.nonzeros)
    await nativeCall(signal, (native, abort) => native.ngramRows(counter, offsets, indices, values, abort))
    counts = new SparseMatrix(texts.length, found.terms, offsets, indices, values)
  }
  const vocabulary = await vocabularyOf(options, terms, signal)
  return {
    vocabulary: { ...vocabulary, frequencies, report: { texts: texts.length, empty, rare, frequent, beyond } },
    counts,
  }
}

function refuseEmpty(texts: number, rare: number, frequent: number): never {
  throw new KindredError(
    'ERR_DATA',
    rare + frequent > 0
      ? `texts: none of the ${rare + frequent} n-grams is left: ${rare} are in fewer texts than minDf asks for, ${frequent} in more than maxDf allows. Lower minDf or raise maxDf.`
      : `texts: there is no n-gram in ${texts} texts. They may be empty, or hold stop words and single letters alone (tokenPattern: '\\\\w+' takes those).`,
  )
}

const INDICES_AT_ONCE = 1 << 18

async function countGiven(
  options: Options,
  texts: readonly string[],
  { signal, report }: FitCall,
): Promise<{ vocabulary: FittedVocabulary; counts: SparseMatrix }> {
  const vocabulary = await givenVocabulary(options, signal)
  const columns = vocabulary.names.length
  const counts = await countTexts(vocabulary.handle, columns, texts, options.binary, signal, report)
  const frequencies = new Int32Array(columns)
  const yielder = new LoopYielder(signal)
  await yielder.over(counts.nonzeros, INDICES_AT_ONCE, (begin, end) => {
    for (let n = begin; n < end; n++) frequencies[counts.indices[n]!]!++
  })
  let empty = 0
  await yielder.over(texts.length, INDICES_AT_ONCE, (begin, end) => {
    for (let r = begin; r < end; r++) if (counts.offsets[r] === counts.offsets[r + 1]) empty++
  })
  const seen = { texts: texts.length, empty, rare: 0, frequent: 0, beyond: 0 }
  return { vocabulary: { ...vocabulary, frequencies, report: seen }, counts }
}
