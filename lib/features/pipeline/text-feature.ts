import { isFloat32Array } from 'node:util/types'
import type { Matrix } from '../../data/matrix.js'
import type { Column, StringColumn } from '../../data/table/column.js'
import type { Embedder, EmbedOptions } from '../../encode/embedder.js'
import { KindredError, show } from '../../native/errors.js'
import type { TextFeature } from './declaration.js'
import type { FeatureCounts, FeatureInput, FeaturePlan, FeatureState, FillJob, FittedFeature } from './feature.js'
import { vectorNames } from './vector-feature.js'

/** `embedder` if it can be one. @throws ERR_VALUE */
export function checkEmbedder(name: string, embedder: unknown): Embedder {
  if (typeof (embedder as Partial<Embedder> | null | undefined)?.embed === 'function') return embedder as Embedder
  throw new KindredError(
    'ERR_VALUE',
    `${name}: expected what loadEmbedder or TextEmbedder.load gives but received ${show(embedder)}.`,
  )
}

/** See {@link TextFeature}. */
export function planText(name: string, options: TextFeature): FeaturePlan {
  const { kind, column = name, embedder, ...embedding } = options
  const how = Object.fromEntries(Object.entries(embedding).filter(([, value]) => value !== undefined)) as EmbedOptions
  if (how.pooling !== undefined && typeof how.pooling === 'object' && !Array.isArray(how.pooling))
    throw new KindredError(
      'ERR_VALUE',
      'pooling: of a pipeline, expected a mode by name or several, which can be saved.',
    )
  return {
    declared: { kind, column, ...how },
    needs: [{ column, types: ['string'] }],
    ...(embedder !== undefined && { embedder: checkEmbedder('embedder', embedder) }),
    async learn({ signal }) {
      const own = checkEmbedder('embedder', embedder)
      const { vectors } = await own.embed([''], { ...how, signal })
      return new FittedText(name, { column, type: 'string' }, own, how, vectors.cols)
    },
    restore({ config }, { inputs, embedder: given }) {
      const width = config.width as number
      if (given === undefined)
        throw new KindredError(
          'ERR_VALUE',
          `FeaturePipeline.load: feature ${show(name)} needs the encoder of its texts: give embedders: { ${JSON.stringify(name)}: ... }.`,
        )
      return new FittedText(name, inputs[0]!, checkEmbedder(`embedders.${name}`, given), how, width)
    },
  }
}

/** Texts of a column as vectors, each distinct one embedded once. */
export class FittedText implements FittedFeature {
  readonly inputs: readonly FeatureInput[]
  readonly names: readonly string[]

  constructor(
    readonly name: string,
    input: FeatureInput,
    readonly embedder: Embedder,
    readonly how: EmbedOptions,
    readonly width: number,
  ) {
    this.inputs = [input]
    this.names = vectorNames(name, width)
  }

  putRow(values: readonly unknown[], out: Float32Array, at: number, counts: FeatureCounts): void {
    const [value] = values
    if (value === null || value === undefined) {
      counts.missing++
      return
    }
    if (!isFloat32Array(value) || value.length !== this.width)
      throw new KindredError(
        'ERR_NOT_SUPPORTED',
        `transformRow: feature ${show(this.name)} embeds texts, which takes a promise: call transformRowAsync, or give a Float32Array of ${this.width} numbers in place of the text.`,
      )
    out.set(value, at)
  }

  /** The vectors of texts [texts, width]. @throws ERR_SHAPE for another length than at fit */
  async embed(texts: readonly string[], signal: AbortSignal | undefined, counts: FeatureCounts): Promise<Matrix> {
    const { vectors, truncated } = await this.embedder.embed(texts, { ...this.how, signal })
    if (vectors.cols !== this.width)
      throw new KindredError(
        'ERR_SHAPE',
        `feature ${show(this.name)}: expected vectors of ${this.width} numbers, as at fit, but the encoder gives ${vectors.cols}.`,
      )
    for (const isCut of truncated) if (isCut) counts.truncated++
    return vectors
  }

  async fill(job: FillJob, at: number, counts: FeatureCounts): Promise<void> {
    await this.#put(job, job.out.data, job.out.cols, at, counts)
  }

  async toColumn(job: FillJob, name: string, counts: FeatureCounts): Promise<Column> {
    const values = new Float32Array(job.rows * this.width)
    await this.#put(job, values, this.width, 0, counts)
    return { type: 'vector', name, values, width: this.width }
  }

  async #put(job: FillJob, data: Float32Array, cols: number, at: number, counts: FeatureCounts): Promise<void> {
    const { codes, dictionary } = job.column(this.inputs[0]!.column) as StringColumn
    const places = new Int32Array(dictionary.length).fill(-1)
    const texts: string[] = []
    await job.over((begin, end) => {
      for (let i = begin; i < end; i++) {
        const code = codes[i]!
        if (code < 0) counts.missing++
        else if (places[code]! < 0) places[code] = texts.push(dictionary[code]!) - 1
      }
    })
    const { data: vectors } = await this.embed(texts, job.signal, counts)
    await job.over((begin, end) => {
      for (let i = begin; i < end; i++) {
        const code = codes[i]!
        if (code < 0) continue
        const from = places[code]! * this.width
        data.set(vectors.subarray(from, from + this.width), i * cols + at)
      }
    })
  }

  state(): FeatureState {
    return { config: { width: this.width } }
  }
}
