import type { NumericColumn } from '../../data/table/column.js'
import { checkInteger, checkOneOf } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { type Category, CategoryCodes, type CodedCategories } from '../categories/category.js'
import { HashEncoding, OneHotEncoding } from '../categories/encoding.js'
import { checkVocabularyOptions, type Vocabulary } from '../categories/vocabulary.js'
import { checkPlace, distanceKm, geohash, isPlace, type LatLon, putOnSphere } from '../fields/place.js'
import { type CategorySource, FittedCategory } from './category-feature.js'
import { bucketColumns, fittedVocabulary, learnVocabulary, PIPELINE_BUCKETS } from './category-kinds.js'
import { numberCell } from './cells.js'
import type { GeohashFeature, OfPlace, PlaceFeature } from './declaration.js'
import type {
  ColumnOf,
  FeatureCounts,
  FeatureInput,
  FeaturePlan,
  FeatureState,
  FillJob,
  FittedFeature,
} from './feature.js'

const TYPES = ['number'] as const

function columnsOf({ latitude = 'latitude', longitude = 'longitude' }: OfPlace): [string, string] {
  return [latitude, longitude]
}

const needsOf = (columns: readonly string[]) => columns.map((column) => ({ column, types: TYPES }))
const inputsOf = (columns: readonly string[]) => columns.map((column) => ({ column, type: 'number' as const }))

/** Whether a row has a place; counts where not. */
function hasPlace(latitude: number, longitude: number, counts: FeatureCounts): boolean {
  if (isPlace(latitude, longitude)) return true
  counts.missing++
  if (!Number.isNaN(latitude) && !Number.isNaN(longitude)) counts.outliers++
  return false
}

/** See {@link PlaceFeature}. */
export function planPlace(name: string, options: PlaceFeature): FeaturePlan {
  const columns = columnsOf(options)
  const given = options.points ?? {}
  if (given === null || typeof given !== 'object' || Array.isArray(given))
    throw new KindredError('ERR_VALUE', `points: expected places by name but received ${show(given)}.`)
  const points = Object.entries(given).map(([key, point]) => [key, checkPlace(`points.${key}`, point)] as const)
  const make = async () => new FittedPlace(name, inputsOf(columns), points)
  return {
    declared: { kind: 'place', latitude: columns[0], longitude: columns[1], points: Object.fromEntries(points) },
    needs: needsOf(columns),
    learn: make,
    restore: () => new FittedPlace(name, inputsOf(columns), points),
  }
}

class FittedPlace implements FittedFeature {
  readonly names: readonly string[]

  constructor(
    name: string,
    readonly inputs: readonly FeatureInput[],
    readonly points: readonly (readonly [string, LatLon])[],
  ) {
    this.names = [...['x', 'y', 'z'].map((axis) => `${name}.${axis}`), ...points.map(([key]) => `${name}.to.${key}`)]
  }

  putRow(values: readonly unknown[], out: Float32Array, at: number, counts: FeatureCounts): void {
    this.#put(numberCell(this.inputs[0]!, values[0]), numberCell(this.inputs[1]!, values[1]), out, at, counts)
  }

  #put(latitude: number, longitude: number, out: Float32Array, at: number, counts: FeatureCounts): void {
    if (!hasPlace(latitude, longitude, counts)) return
    putOnSphere(latitude, longitude, out, at)
    for (let p = 0; p < this.points.length; p++)
      out[at + 3 + p] = Math.log1p(distanceKm(latitude, longitude, this.points[p]![1]))
  }

  async fill(job: FillJob, at: number, counts: FeatureCounts): Promise<void> {
    const [latitudes, longitudes] = this.inputs.map(({ column }) => (job.column(column) as NumericColumn).values)
    const { data, cols } = job.out
    await job.over((begin, end) => {
      for (let i = begin; i < end; i++) this.#put(latitudes![i]!, longitudes![i]!, data, i * cols + at, counts)
    })
  }

  state(): FeatureState {
    return {}
  }
}

/** The cell of each row's place. */
class GeohashSource implements CategorySource {
  readonly inputs: readonly FeatureInput[]

  constructor(
    columns: readonly string[],
    readonly precision: number,
  ) {
    this.inputs = inputsOf(columns)
  }

  ofRow(values: readonly unknown[], counts: FeatureCounts): Category | undefined {
    return this.#cell(numberCell(this.inputs[0]!, values[0]), numberCell(this.inputs[1]!, values[1]), counts)
  }

  /** The caller counts what is missing. */
  #cell(latitude: number, longitude: number, counts: FeatureCounts): string | undefined {
    if (isPlace(latitude, longitude)) return geohash(latitude, longitude, this.precision)
    if (!Number.isNaN(latitude) && !Number.isNaN(longitude)) counts.outliers++
    return undefined
  }

  async ofTable(
    { column, over, rows }: { column: ColumnOf; over: FillJob['over']; rows: number },
    counts: FeatureCounts,
  ): Promise<CodedCategories> {
    const [latitudes, longitudes] = this.inputs.map((input) => (column(input.column) as NumericColumn).values)
    const coder = new CategoryCodes()
    const codes = new Int32Array(rows)
    await over((begin, end) => {
      for (let i = begin; i < end; i++) codes[i] = coder.codeOf(this.#cell(latitudes![i]!, longitudes![i]!, counts))
    })
    return { codes, dictionary: coder.dictionary }
  }
}

/** See {@link GeohashFeature}. */
export function planGeohash(name: string, options: GeohashFeature): FeaturePlan {
  const columns = columnsOf(options)
  const precision = checkInteger('precision', options.precision ?? 5, { min: 1, max: 12 })
  const encode = checkOneOf('encode', options.encode ?? 'one-hot', ['one-hot', 'hash'] as const)
  const vocabularyOptions = checkVocabularyOptions(options)
  const buckets = checkInteger('buckets', options.buckets ?? PIPELINE_BUCKETS, { min: 1, max: 2 ** 24 })
  const source = new GeohashSource(columns, precision)
  const make = (vocabulary: Vocabulary | undefined) => {
    if (vocabulary === undefined) {
      const encoding = new HashEncoding(buckets, true, `${name}=`, 0)
      return new FittedCategory(name, source, encoding, {}, bucketColumns(name, encoding))
    }
    return fittedVocabulary(name, source, vocabulary, new OneHotEncoding(vocabulary, 'bucket', 'ignore'))
  }
  return {
    declared: {
      kind: 'geohash',
      latitude: columns[0],
      longitude: columns[1],
      precision,
      encode,
      ...(encode === 'hash' ? { buckets } : vocabularyOptions),
    },
    needs: needsOf(columns),
    learn: async (context) =>
      make(encode === 'hash' ? undefined : await learnVocabulary(source, vocabularyOptions, context)),
    restore: (_, { vocabulary }) => make(encode === 'hash' ? undefined : vocabulary),
  }
}
