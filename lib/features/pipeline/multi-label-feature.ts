import { runYielding } from '../../data/resumable.js'
import type { Column, ListColumn } from '../../data/table/column.js'
import { checkOneOf } from '../../native/argument-checks.js'
import { BUCKETS, type CategoryEntry, OneHotEncoding } from '../categories/encoding.js'
import { checkVocabularyOptions, countCodes, Vocabulary } from '../categories/vocabulary.js'
import { encodeDictionary, ownCodes } from './category-feature.js'
import { vocabularyColumns } from './category-kinds.js'
import { listCell } from './cells.js'
import type { MultiLabelFeature } from './declaration.js'
import type { FeatureCounts, FeatureInput, FeaturePlan, FeatureState, FillJob, FittedFeature } from './feature.js'

/** See {@link MultiLabelFeature}. */
export function planMultiLabel(name: string, options: MultiLabelFeature): FeaturePlan {
  const vocabularyOptions = checkVocabularyOptions(options)
  const unseen = checkOneOf('unseen', options.unseen ?? 'bucket', BUCKETS)
  const column = options.column ?? name
  const make = (vocabulary: Vocabulary) =>
    new FittedMultiLabel(name, { column, type: 'list' }, new OneHotEncoding(vocabulary, unseen, 'ignore'))
  return {
    declared: { kind: 'multi-label', column, unseen, ...vocabularyOptions },
    needs: [{ column, types: ['list'] }],
    async learn({ column: columnOf, yielder, signal }) {
      const { codes, dictionary } = columnOf(column) as ListColumn
      const counts = new Float64Array(dictionary.length)
      await yielder.over(codes.length, 1 << 15, (begin, end) => {
        countCodes(codes.subarray(begin, end), dictionary.length, counts)
      })
      return make(await runYielding(Vocabulary.of(dictionary, counts, vocabularyOptions), signal))
    },
    restore: (_, { vocabulary }) => make(vocabulary),
  }
}

class FittedMultiLabel implements FittedFeature {
  readonly inputs: readonly FeatureInput[]
  readonly names: readonly string[]
  readonly #entry: CategoryEntry = { place: -1, weight: 0, isUnseen: false }

  constructor(
    name: string,
    input: FeatureInput,
    readonly encoding: OneHotEncoding,
  ) {
    this.inputs = [input]
    this.names = encoding.names(name)
  }

  putRow(values: readonly unknown[], out: Float32Array, at: number, counts: FeatureCounts): void {
    const labels = listCell(this.inputs[0]!, values[0])
    if (labels.length === 0) counts.missing++
    const entry = this.#entry
    for (const label of labels) {
      this.encoding.encode(label, entry)
      if (entry.isUnseen) counts.unseen++
      if (entry.place >= 0) out[at + entry.place] = 1
    }
  }

  async fill(job: FillJob, at: number, counts: FeatureCounts): Promise<void> {
    const { offsets, codes, dictionary } = job.column(this.inputs[0]!.column) as ListColumn
    const { places, unseen } = await encodeDictionary(this.encoding, dictionary, job.yielder)
    const { data, cols } = job.out
    await job.over((begin, end) => {
      for (let i = begin; i < end; i++) {
        if (offsets[i] === offsets[i + 1]) counts.missing++
        for (let n = offsets[i]!; n < offsets[i + 1]!; n++) {
          const entry = codes[n]! + 1
          counts.unseen += unseen[entry]!
          if (places[entry]! >= 0) data[i * cols + at + places[entry]!] = 1
        }
      }
    })
  }

  async toColumn(job: FillJob, name: string, counts: FeatureCounts): Promise<Column> {
    const { offsets, codes, dictionary } = job.column(this.inputs[0]!.column) as ListColumn
    const { unseen } = await encodeDictionary(this.encoding, dictionary, job.yielder)
    const columns = vocabularyColumns(this.encoding.vocabulary)
    const own = await ownCodes(columns, dictionary, job.yielder)
    const out = new Int32Array(codes.length)
    await job.over((begin, end) => {
      for (let i = begin; i < end; i++) if (offsets[i] === offsets[i + 1]) counts.missing++
    })
    await job.yielder.over(codes.length, 1 << 15, (begin, end) => {
      for (let n = begin; n < end; n++) {
        counts.unseen += unseen[codes[n]! + 1]!
        out[n] = own[codes[n]!]!
      }
    })
    return { type: 'list', name, offsets, codes: out, dictionary: columns.dictionary }
  }

  state(): FeatureState {
    return { categories: this.encoding.vocabulary.categories }
  }
}
