import { join } from 'node:path'
import nodeGypBuild from 'node-gyp-build'
import type { CudaAddon } from './cuda-addon.js'
import { KindredError } from './errors.js'

/** A dense matrix [rows, cols], row-major; lib/data has the class. */
export interface Matrix {
  readonly rows: number
  readonly cols: number
  readonly data: Float32Array
}

/** Compressed sparse rows [rows, cols]; the column ids of a row ascend strictly. */
export interface Csr {
  readonly rows: number
  readonly cols: number
  /** [rows + 1] */
  readonly indptr: Int32Array
  /** [nonzeros] */
  readonly indices: Int32Array
  /** [nonzeros], or null where only the pattern matters */
  readonly values: Float32Array | null
}

export interface AbortFlag {
  raise(): void
}

/** A tokenizer's native tables; opaque. */
export interface WordPieceHandle {
  readonly __wordPiece: never
}

/** A packed catalogue; opaque. */
export interface VectorIndexHandle {
  readonly __vectorIndex: never
}

export type Metric = 'dot' | 'cosine' | 'euclidean'
export type VectorDtype = 'f32' | 'bf16' | 'int8'

/** Lists of the k best items, row-major [queries, k], best first; unfilled places hold index -1 and score NaN. */
export interface TopK {
  indices: Int32Array
  scores: Float32Array
}

export interface AlsKernelOptions {
  regularization: number
  regularizationExponent: number
  unobservedWeight: number
  alpha: number
  solver: 'cg' | 'cholesky' | 'block'
  cgSteps: number
  blockSize: number
}

export interface SgdKernelOptions {
  learningRate: number
  regularization: number
  seed: number
  epoch: number
  popularNegatives: boolean
  lockFree: boolean
  /** Of a fold-in. */
  epochs: number
  /** [items] how often each is in the log, for a fold-in with popularNegatives; null: each as likely. */
  popularity: Int32Array | null
  mean: number
}

/** Factors padded with zeros to a multiple of 16 columns, [users, width] and [items, width], and biases. */
export interface SgdModel {
  X: Matrix
  Y: Matrix
  userBias: Float32Array
  itemBias: Float32Array
}

/** A sum of losses, and of how many. */
export interface SgdLoss {
  total: number
  samples: number
}

export interface KnnKernelOptions {
  similarity: 'cosine' | 'jaccard'
  neighbors: number
  shrinkage: number
}

export interface WalkKernelOptions {
  alpha: number
  beta: number
  neighbors: number
  normalize: boolean
}

export interface SlimKernelOptions {
  l1: number
  l2: number
  neighbors: number
  iterations: number
  tolerance: number
}

/** The addon's functions, one to one; each is documented beside its implementation in bindings/. */
export interface Addon extends CudaAddon {
  AbortFlag: new () => AbortFlag
  backendInfo(): {
    isa: string
    isaReason: string
    isaAvailable: string[]
    threads: number
    threadsReason: string
    affinity: number
    quota: number
  }
  setThreads(threads: number): void

  csrFromPairs(
    rowOf: Int32Array,
    colOf: Int32Array,
    values: Float32Array | null,
    rows: number,
    cols: number,
    abort?: AbortFlag,
  ): Promise<Csr>
  csrTranspose(csr: Csr, abort?: AbortFlag): Promise<Csr>
  csrMultiply(csr: Csr, dense: Matrix, abort?: AbortFlag): Promise<Float32Array>
  csrMultiplySparse(a: Csr, b: Csr, abort?: AbortFlag): Promise<Float32Array>

  pool(
    states: Float32Array,
    mask: Uint8Array,
    batch: number,
    tokens: number,
    dims: number,
    pooling: 'cls' | 'mean' | 'max',
    abort?: AbortFlag,
  ): Promise<Float32Array>
  attentionPool(
    states: Float32Array,
    mask: Uint8Array,
    batch: number,
    tokens: number,
    dims: number,
    queries: Float32Array,
    abort?: AbortFlag,
  ): Promise<Float32Array>
  attentionPoolBackward(
    states: Float32Array,
    mask: Uint8Array,
    batch: number,
    tokens: number,
    dims: number,
    queries: Float32Array,
    dOut: Float32Array,
    abort?: AbortFlag,
  ): Promise<{ queries: Float32Array; states: Float32Array }>
  normalizeRows(matrix: Matrix, abort?: AbortFlag): Promise<number>

  similarityMatrix(a: Matrix, b: Matrix, metric: Metric, abort?: AbortFlag): Promise<Float32Array>
  similarityMatrixInto(a: Matrix, b: Matrix, metric: Metric, out: Float32Array, abort?: AbortFlag): Promise<void>
  topK(
    queries: Matrix,
    items: Matrix,
    metric: Metric,
    k: number,
    exclude: Csr | null,
    allow: Uint8Array | null,
    abort?: AbortFlag,
  ): Promise<TopK>
  topKOfScores(
    scores: Matrix,
    k: number,
    exclude: Csr | null,
    allow: Uint8Array | null,
    abort?: AbortFlag,
  ): Promise<TopK>
  rankOfItems(
    scores: Matrix,
    wanted: Csr,
    exclude: Csr | null,
    allow: Uint8Array | null,
    abort?: AbortFlag,
  ): Promise<{ ranks: Int32Array; eligible: Int32Array }>

  vectorIndex(metric: Metric, dims: number, dtype: VectorDtype, exact: boolean): VectorIndexHandle
  vectorIndexWith(
    index: VectorIndexHandle,
    vectors: Matrix,
    normalized: boolean,
    abort?: AbortFlag,
  ): Promise<VectorIndexHandle>
  vectorIndexWithout(index: VectorIndexHandle, rows: Int32Array): VectorIndexHandle
  vectorIndexSize(index: VectorIndexHandle): { rows: number; removed: number; bytes: number }
  vectorIndexContents(
    index: VectorIndexHandle,
    vectors: Float32Array,
    removed: Int32Array,
    abort?: AbortFlag,
  ): Promise<void>
  vectorIndexRelease(index: VectorIndexHandle): void
  vectorIndexSearch(
    index: VectorIndexHandle,
    queries: Matrix,
    k: number,
    exclude: Csr | null,
    allow: Uint8Array | null,
    abort?: AbortFlag,
  ): Promise<TopK>
  vectorIndexSearchSync(
    index: VectorIndexHandle,
    queries: Matrix,
    k: number,
    exclude: Csr | null,
    allow: Uint8Array | null,
  ): TopK

  wordPiece(
    vocabulary: readonly string[],
    options: {
      cleanText: boolean
      handleChinese: boolean
      stripAccents: boolean
      lowercase: boolean
      unknown: string
      continuingPrefix: string
      maxCharacters: number
      addedTokens: readonly string[]
    },
    abort?: AbortFlag,
  ): Promise<WordPieceHandle>
  wordPieceEncode(
    tokenizer: WordPieceHandle,
    texts: readonly string[],
    begin: number,
    end: number,
    abort?: AbortFlag,
  ): Promise<{ ids: Int32Array; ends: Int32Array }>
  staticEmbed(
    tokenizer: WordPieceHandle,
    rows: Uint8Array,
    scales: Float32Array,
    texts: readonly string[],
    begin: number,
    end: number,
    maxTokens: number | null,
    normalize: boolean,
    vectors: Float32Array,
    tokens: Int32Array,
    abort?: AbortFlag,
  ): Promise<void>

  gram(x: Matrix, abort?: AbortFlag): Promise<Float64Array>
  ridge(
    x: Matrix,
    y: Matrix,
    rowWeights: Float32Array | null,
    regularization: number,
    abort?: AbortFlag,
  ): Promise<{ weights: Float32Array; intercept: Float32Array }>
  gaussianKernel(a: Matrix, b: Matrix, gamma: number, abort?: AbortFlag): Promise<Float32Array>
  kernelRidge(x: Matrix, y: Matrix, gamma: number, regularization: number, abort?: AbortFlag): Promise<Float32Array>

  pca(
    x: Matrix,
    count: number,
    abort?: AbortFlag,
  ): Promise<{ mean: Float64Array; components: Float32Array; variances: Float64Array }>
  distillStep(
    batch: { indptr: Int32Array; tokens: Int32Array },
    teacher: Matrix,
    tokenWeights: Float32Array,
    table: Matrix,
    state: { first: Matrix; second: Matrix; updates: Int32Array },
    options: { similarityWeight: number; learningRate: number },
    abort?: AbortFlag,
  ): Promise<{ cosine: number; similarity: number }>

  nearestRows(rows: Csr, options: KnnKernelOptions, abort?: AbortFlag): Promise<Csr>
  lengthNorms(documents: Csr, abort?: AbortFlag): Promise<Float64Array>
  weighTerms(
    documents: Csr,
    weighting: 'tfidf' | 'bm25',
    lengthNorms: Float64Array,
    abort?: AbortFlag,
  ): Promise<Float32Array>

  regularizedGram(byUser: Csr, byItem: Csr, regularization: number, gram: Matrix, abort?: AbortFlag): Promise<void>
  invertPivots(a: Matrix, diagonal: Float32Array, begin: number, end: number, abort?: AbortFlag): Promise<void>
  inverseError(byUser: Csr, regularization: number, negatedInverse: Matrix, abort?: AbortFlag): Promise<number>
  easeWeights(negatedInverse: Matrix, abort?: AbortFlag): Promise<void>

  walkWeights(byUser: Csr, byItem: Csr, options: WalkKernelOptions, abort?: AbortFlag): Promise<Csr>

  subspaceStep(a: Csr, transposed: Csr, basis: Matrix, abort?: AbortFlag): Promise<void>
  singularVectors(
    a: Csr,
    basis: Matrix,
    count: number,
    abort?: AbortFlag,
  ): Promise<{ values: Float32Array; vectors: Float32Array }>

  slimGramSize(items: number): number
  slimGram(byUser: Csr, byItem: Csr, gram: Float32Array, abort?: AbortFlag): Promise<void>
  slimWeights(
    gram: Float32Array,
    items: number,
    begin: number,
    end: number,
    options: SlimKernelOptions,
    abort?: AbortFlag,
  ): Promise<{ lists: Csr; notConverged: number }>

  normalizeLog(byUser: Csr, abort?: AbortFlag): Promise<{ byUser: Csr; itemDegrees: Float32Array }>
  graphFilter(gram: Matrix, vectors: Matrix, itemDegrees: Float32Array, alpha: number, abort?: AbortFlag): Promise<void>

  alsHalfSweep(
    Cui: Csr,
    Y: Matrix,
    gramOfY: Float64Array,
    X: Matrix,
    prior: Matrix | null,
    options: AlsKernelOptions,
    abort?: AbortFlag,
  ): Promise<void>
  bprEpoch(log: Csr, model: SgdModel, options: SgdKernelOptions, abort?: AbortFlag): Promise<SgdLoss>
  bprFoldInUsers(log: Csr, model: SgdModel, options: SgdKernelOptions, abort?: AbortFlag): Promise<SgdLoss>
  bprFoldInItems(
    log: Csr,
    columns: Csr,
    items: Int32Array,
    model: SgdModel,
    options: SgdKernelOptions,
    abort?: AbortFlag,
  ): Promise<SgdLoss>
  ratingEpoch(log: Csr, model: SgdModel, options: SgdKernelOptions, abort?: AbortFlag): Promise<SgdLoss>
  ratingFoldInUsers(log: Csr, model: SgdModel, options: SgdKernelOptions, abort?: AbortFlag): Promise<SgdLoss>
  ratingFoldInItems(
    columns: Csr,
    items: Int32Array,
    model: SgdModel,
    options: SgdKernelOptions,
    abort?: AbortFlag,
  ): Promise<SgdLoss>

  alsContributions(
    Cui: Csr,
    Y: Matrix,
    gramOfY: Float64Array,
    item: number,
    options: AlsKernelOptions,
    abort?: AbortFlag,
  ): Promise<Float64Array>
  alsLoss(Cui: Csr, X: Matrix, Y: Matrix, options: AlsKernelOptions, abort?: AbortFlag): Promise<number>
}

/** For example "linux-x64 (glibc 2.36)". */
function platformName(): string {
  const name = `${process.platform}-${process.arch}`
  if (process.platform !== 'linux') return name
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } }
  return `${name} (${header.glibcVersionRuntime ? `glibc ${header.glibcVersionRuntime}` : 'musl'})`
}

/** The package's own folder. */
export const packageRoot = join(__dirname, '..', '..')

const fromSource = `Build it from source with: npm run build:native (in ${packageRoot}; needs CMake 3.21 and GCC 11 or Clang 14).`

/** Where the addon is. @throws ERR_ADDON if there is none for this machine */
export function addonPath(): string {
  try {
    return nodeGypBuild.resolve(packageRoot)
  } catch (cause) {
    throw new KindredError('ERR_ADDON', `No native addon for ${platformName()}. ${fromSource}`, { cause })
  }
}

function load(): Addon {
  const path = addonPath()
  try {
    return require(path) as Addon
  } catch (cause) {
    const { message } = cause as Error
    throw new KindredError('ERR_ADDON', `The native addon ${path} does not load: ${message} ${fromSource}`, { cause })
  }
}

let loaded: Addon | undefined

/** The native addon, loaded at first use. @throws ERR_ADDON if there is none for this machine */
export function addon(): Addon {
  loaded ??= load()
  return loaded
}
