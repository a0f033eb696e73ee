// What each function of the addon takes, in sizes that can be changed. cudaOpen, cudaRefuse, cudaProbe and adoptProcess
// are left out: they decide for the whole process or end another one.
import { createRequire } from 'node:module'

export const native = createRequire(import.meta.url)('#lib/native/addon.js').addon()

/** Sizes of what the calls below take. */
export const size = {
  users: 5,
  items: 6,
  dims: 4,
  width: 16,
  rows: 3,
  vectors: 9,
  texts: 2,
  tokens: 3,
  heads: 2,
  outputs: 2,
  k: 2,
}

const matrix = (rows, cols) => ({
  rows,
  cols,
  data: Float32Array.from({ length: rows * cols }, (_, i) => ((i * 7) % 11) / 8 - 0.5),
})
/** Three entries in each row of [rows, cols], or as many as there are columns. */
function csr(rows, cols) {
  const inRow = Math.min(3, cols)
  const columnsOf = (r) => (inRow < 3 ? [0, 1].slice(0, inRow) : [0, 1 + (r % (cols - 2)), cols - 1])
  return {
    rows,
    cols,
    indptr: Int32Array.from({ length: rows + 1 }, (_, r) => inRow * r),
    indices: Int32Array.from(Array.from({ length: rows }, (_, r) => columnsOf(r)).flat()),
    values: new Float32Array(inRow * rows).fill(1.5),
  }
}
const bits = (count) => new Uint8Array(Math.ceil(count / 8)).fill(0b11111011)
const descending = (count) => Int32Array.from({ length: count }, (_, i) => count - 1 - i)
const identity = (n) => Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 2 : 0))
const square = (n) => ({ rows: n, cols: n, data: Float32Array.from(identity(n)) })
const log = () => csr(size.users, size.items)
const byItem = () => native.csrTranspose(log())
/** One number, filled with 2.5: no symbols; one tensor; one operation; one output. */
const PROGRAM = [0, 1, 2, 0, 0, 0, 1, 0, 0, 1, 0, 1, 2.5, 1, 0]
const oneBuffer = async () => {
  const buffers = native.nnBuffers()
  await native.nnAddBuffer(buffers, size.dims)
  return buffers
}
const wordCorpus = () => ({
  tokens: Int32Array.from({ length: 6 }, (_, i) => (i === 3 ? -1 : i % Math.max(1, size.items))),
  keep: new Float64Array(size.items).fill(1),
  noise: new Float64Array(size.items).fill(1),
})
const wordOptions = () => ({ window: 2, negatives: 2, seed: 1, epoch: 0, firstRate: 0.05, lastRate: 0.01 })
const glove = () => ({
  X: matrix(size.users, size.width),
  Y: matrix(size.items, size.width),
  xBias: new Float32Array(size.users).fill(1),
  yBias: new Float32Array(size.items).fill(1),
})
const gramOfLog = async () => {
  const begins = await native.slimGramBegins(log(), await byItem())
  const pairs = begins.at(-1)
  return {
    begins,
    indices: new Int32Array(pairs),
    values: new Float32Array(pairs),
    diagonal: new Float32Array(size.items),
  }
}
const filledGram = async () => {
  const gram = await gramOfLog()
  await native.slimGram(log(), await byItem(), gram)
  return gram
}

const storedValues = () => [['a', 'b'], Uint8Array.of(1, 2, 3, 4, 5, 6), Int32Array.of(0, 2, 6)]
const ngramRules = () => ({
  analyzer: 'word',
  lowercase: true,
  accents: 'unicode',
  tokenPattern: '\\w+',
  shortest: 1,
  longest: 2,
  stopWords: ['ab'],
})
const counted = async () => {
  const counter = native.ngramCounter(ngramRules(), false, true)
  await native.ngramCount(counter, ['a bb', 'ab'], 0, 2)
  return counter
}
/** Columns of 'a' and 'a bb'. */
const selected = async () => {
  const counter = await counted()
  await native.ngramSelect(counter, { minTexts: 1, maxTexts: 9, maxFeatures: 2 })
  return counter
}
const spectrogram = () => ({
  ...{ sampleRate: 100, frame: 8, fft: 10, hop: 10, center: true, periodic: true, removeMean: true, preemphasis: 0.9 },
  ...{
    mels: size.dims,
    scale: 'slaney',
    area: true,
    trianglesInMels: false,
    lowest: 0,
    highest: 50,
    floor: 1e-9,
    log: 'natural',
  },
})

const listCandidates = () => ({
  vectors: matrix(size.vectors, size.dims),
  rows: Int32Array.from({ length: size.items }, (_, i) => (i % (size.vectors + 1)) - 1),
  relevance: Float64Array.from({ length: size.items }, (_, i) => 1 / (i + 1)),
})
const listRules = () => ({
  must: new Uint8Array(size.items),
  offsets: Int32Array.from({ length: size.items + 1 }, (_, i) => i),
  groups: Int32Array.from({ length: size.items }, (_, i) => i % 2),
  limits: Int32Array.of(2, 1),
})

const als = (solver) => ({
  regularization: 1,
  regularizationExponent: 0.5,
  unobservedWeight: 1,
  alpha: 2,
  solver,
  cgSteps: 3,
  blockSize: 4,
})
const sgd = (more = {}) => ({
  learningRate: 0.1,
  regularization: 0.01,
  seed: 1,
  epoch: 1,
  popularNegatives: true,
  lockFree: false,
  epochs: 2,
  popularity: Int32Array.from({ length: size.items }, (_, i) => i + 1),
  mean: 1,
  optimizer: 'adam',
  batchSize: 4,
  batches: 2,
  ...more,
})
const model = () => ({
  X: matrix(size.users, size.width),
  Y: matrix(size.items, size.width),
  userBias: new Float32Array(size.users),
  itemBias: new Float32Array(size.items),
})
const moments = () => ({
  X: matrix(size.users, size.width),
  Y: matrix(size.items, size.width),
  itemBias: new Float32Array(size.items),
})
const states = () => new Float32Array(size.texts * size.tokens * size.dims).fill(0.5)
const tokenMask = () => Uint8Array.from({ length: size.texts * size.tokens }, (_, i) => Number(i % 3 !== 2))
const candidates = () => bits(size.items)
const zeros = () => ({ keys: new Float32Array(size.items).fill(-1), least: -3 })
const index = async () =>
  native.vectorIndexWith(native.vectorIndex('cosine', size.dims, 'int8', true), matrix(size.vectors, size.dims), false)
const vocabulary = ['[UNK]', 'a', 'b', '##b', 'c']
const wordPieceOptions = () => ({
  cleanText: true,
  handleChinese: true,
  stripAccents: true,
  lowercase: true,
  unknown: '[UNK]',
  continuingPrefix: '##',
  maxCharacters: 100,
  addedTokens: ['[UNK]'],
})
const tokenizer = () => native.wordPiece(vocabulary, wordPieceOptions())
const treeBlocks = () => [
  {
    values: Float64Array.from({ length: size.users * size.dims }, (_, i) => (i % 5 === 4 ? Number.NaN : (i * 7) % 11)),
    width: size.dims,
  },
]
const treeEdges = () => ({
  values: Float64Array.from({ length: size.dims }, (_, i) => 2 + i),
  offsets: Int32Array.from({ length: size.dims + 1 }, (_, i) => i),
})
/** One split by the first column. */
const treeArrays = () => ({
  offsets: Int32Array.of(0, 3),
  columns: Int32Array.of(0, -1, -1),
  lefts: Int32Array.of(1, 0, 0),
  rows: Int32Array.of(2, 1, 1),
  bins: Uint8Array.of(1, 0, 0),
  missingLeft: Uint8Array.of(1, 0, 0),
  values: Float32Array.of(0, -1, 1),
  gains: Float32Array.of(1, 0, 0),
})
const treeRows = () => ({ blocks: treeBlocks(), labels: Float32Array.from({ length: size.users }, (_, i) => i % 2) })
const treeSettings = () => ({
  logistic: true,
  learningRate: 0.1,
  leaves: 2,
  depth: 0,
  leafRows: 1,
  leafWeight: 0,
  l2: 1,
  gain: 0,
  rowShare: 1,
  columnShare: 1,
  seed: 1,
})
const treeBooster = () => native.treeBooster(treeRows(), treeRows(), treeEdges(), treeSettings())
const walk = { alpha: 1, beta: 0.5, neighbors: 3, normalize: true }
const slim = { l1: 0.1, l2: 0.1, neighbors: 3, iterations: 20, tolerance: 1e-3 }
const linearState = () => ({
  rows: size.users,
  cols: size.dims,
  known: 0,
  targetSquare: 2,
  intercept: 0,
  columns: new Float32Array(size.users * size.dims).map((_, i) => ((i * 7) % 11) / 8 - 0.5),
  target: Float64Array.from({ length: size.users }, (_, i) => i % 2),
  gram: new Float32Array(size.dims * size.dims),
  order: Int32Array.from({ length: size.dims }, (_, i) => i),
  squares: new Float64Array(size.dims).fill(2),
  correlations: new Float64Array(size.dims).fill(1),
  weights: new Float64Array(size.dims),
  gradients: new Float64Array(size.dims).fill(1),
  residual: new Float64Array(size.users).fill(1),
  margins: new Float64Array(size.users),
})
const ftrlRows = () => ({
  offsets: Int32Array.of(0, 2, 2, 4),
  cells: Int32Array.of(0, 3, 2, 2),
  values: Float32Array.of(1, 2, -1, 0.5),
})
const ftrlState = () => ({ dims: 2, weights: new Float32Array(10).fill(0.5), factors: new Float32Array(16).fill(0.1) })
const ftrlFeatures = () => ({
  offsets: Int32Array.of(0, 1, 1, 3),
  indices: Int32Array.of(5, 9, 2),
  values: Float32Array.of(1, 1, 2),
  salt: 3,
  missing: 1,
  cells: 4,
})
const encoderShape = () => ({
  vocabulary: 7,
  positions: 9,
  types: 2,
  dims: 8,
  tableDims: 8,
  inner: 12,
  heads: 2,
  layerHeads: Int32Array.of(2, 1),
  order: Int32Array.of(0, 1),
  distanceBuckets: 0,
  activation: 'gelu',
  epsilon: 1e-5,
})
const encoder = () => native.encoderCreate(encoderShape(), 'f32')
const encoderTokens = () => ({
  ids: Int32Array.of(1, 2, 3),
  positions: Int32Array.of(0, 1, 0),
  types: Int32Array.of(0, 1, 0),
  offsets: Int32Array.of(0, 2, 3),
})
const tokenizerPlan = () => ({
  normalizer: [{ kind: 'lowercase', pattern: '', content: '', isRegex: false, left: false, right: false }],
  preTokenizer: [
    {
      kind: 'pattern',
      pattern: '[a-c]+|\\s',
      found: 'isolated',
      prepend: 'never',
      isRegex: true,
      invert: false,
      splits: false,
      length: 1,
    },
  ],
  model: {
    kind: 'bpe',
    tokens: ['a', 'b', 'ab'],
    ids: Int32Array.of(0, 1, 2),
    scores: new Float64Array(0),
    merges: ['a', 'b'],
    mergesAreJoined: false,
    unknown: '',
    prefix: '',
    suffix: '',
    fuseUnknown: false,
    byteFallback: false,
    ignoreMerges: false,
    maxCharacters: 100,
  },
  added: [{ content: '<s>', id: 3, singleWord: false, left: false, right: false, normalized: false }],
})
const penalty = { l1: 0.1, previousL1: 1, tolerance: 1e-3, iterations: 20 }
const upload = (m) => native.deviceUpload(m)
const columns = () => csr(size.outputs, size.users)

/** What each function takes, made anew for each call. */
export const CALLS = {
  backendInfo: () => [],
  setThreads: () => [2],
  releaseProcess: () => [2 ** 30],
  cudaState: () => [],
  cudaFellBack: () => ['no reason'],
  gram: () => [matrix(size.users, size.dims)],
  ridge: () => [
    matrix(size.vectors, size.dims),
    matrix(size.vectors, size.outputs),
    new Float32Array(size.vectors).fill(1),
    0.1,
  ],
  gaussianKernel: () => [matrix(size.rows, size.dims), matrix(size.users, size.dims), 0.5],
  kernelRidge: () => [matrix(size.users, size.dims), matrix(size.users, size.outputs), 0.5, 1],
  pca: () => [matrix(size.vectors, size.dims), size.k],
  columnMoments: () => [matrix(size.vectors, size.dims)],
  scatter: () => [matrix(size.vectors, size.dims)],
  addOuterProducts: () => [
    matrix(size.rows, size.dims),
    new Float64Array(size.rows).fill(1),
    new Float64Array(size.dims ** 2),
  ],
  leadingAxes: () => [identity(size.dims), size.dims, size.k, 1],
  rowSpaceAxes: () => [matrix(size.rows, size.dims), true, size.k, 1],
  canonicalCorrelation: () => [matrix(size.vectors, size.dims), matrix(size.vectors, size.rows), size.k, 0.1, 0.1],
  mapRows: () => [
    matrix(size.vectors, size.dims),
    matrix(size.dims, size.k),
    new Float32Array(size.k),
    matrix(size.vectors, size.k),
  ],
  fuseRows: () => [
    matrix(size.vectors, size.dims),
    matrix(size.rows, size.dims),
    new Int32Array(size.vectors).fill(-1),
    new Float32Array(size.vectors).fill(1),
    new Float32Array(size.dims).fill(2),
    0,
    true,
    false,
  ],
  meanOfRows: () => [matrix(size.vectors, size.dims), true],
  denseSubspaceStep: () => [
    matrix(size.vectors, size.dims),
    new Float64Array(size.dims),
    matrix(size.dims, size.outputs),
  ],
  denseSingularVectors: () => [matrix(size.vectors, size.dims), null, matrix(size.dims, size.outputs), size.k],
  subspaceStep: async () => [log(), await byItem(), matrix(size.items, size.outputs)],
  singularVectors: () => [log(), matrix(size.items, size.outputs), size.k],
  csrFromPairs: () => [Int32Array.of(0, 1, 2), Int32Array.of(2, 1, 0), Float32Array.of(1, 2, 3), 3, 4],
  csrTranspose: () => [log()],
  orderOfKeys: () => [Float64Array.of(3, 1, 2)],
  csrReorder: () => [log(), descending(size.users), descending(size.items)],
  reorderSquare: () => [square(size.users), descending(size.users)],
  csrMultiply: () => [log(), matrix(size.items, size.dims)],
  csrMultiplySparse: async () => [log(), await byItem()],
  alsHalfSweep: () => [
    log(),
    matrix(size.items, size.dims),
    identity(size.dims),
    matrix(size.users, size.dims),
    matrix(size.users, size.dims),
    als('block'),
  ],
  alsContributions: () => [
    csr(1, size.items),
    matrix(size.items, size.dims),
    identity(size.dims),
    size.k,
    als('cholesky'),
  ],
  alsLoss: () => [log(), matrix(size.users, size.dims), matrix(size.items, size.dims), als('cg')],
  bprEpoch: () => [log(), model(), sgd({ batchSize: 1, optimizer: 'sgd' })],
  bprBatches: () => [log(), model(), moments(), moments(), sgd()],
  bprFoldInUsers: () => [log(), model(), sgd()],
  bprFoldInItems: () => [log(), columns(), descending(size.outputs), model(), sgd()],
  ratingEpoch: () => [log(), model(), sgd()],
  ratingFoldInUsers: () => [log(), model(), sgd()],
  ratingFoldInItems: () => [columns(), descending(size.outputs), model(), sgd()],
  nearestRows: () => [log(), { similarity: 'cosine', neighbors: 3, shrinkage: 1 }],
  lengthNorms: () => [log()],
  weighTerms: () => [log(), 'bm25', new Float64Array(size.users).fill(1)],
  regularizedGram: async () => [log(), await byItem(), 1, matrix(size.items, size.items)],
  invertPivots: () => [square(size.users), new Float32Array(size.users).fill(2), 0, size.users],
  inverseError: () => [log(), 1, square(size.items)],
  easeWeights: () => [square(size.items)],
  walkWeights: async () => [log(), await byItem(), { ...walk }],
  slimGramBegins: async () => [log(), await byItem()],
  slimGram: async () => [log(), await byItem(), await gramOfLog()],
  slimWeights: async () => [await filledGram(), 0, size.items, { ...slim }],
  ftrlLearn: () => [ftrlRows(), Float32Array.of(0, 1, 1), ftrlState(), { alpha: 0.1, beta: 1, l1: 0.1, l2: 0.1 }],
  ftrlPredict: () => [ftrlRows(), ftrlState(), { alpha: 0.1, beta: 1, l1: 0.1, l2: 0.1 }, new Float32Array(3)],
  ftrlFollow: () => [ftrlState(), Int32Array.of(0, 2), ftrlState()],
  ftrlHash: () => [
    ftrlFeatures(),
    new Float32Array(10).fill(0.5),
    Int32Array.of(0, 1, 2),
    new Int32Array(4),
    new Float32Array(4),
  ],
  encoderCreate: () => [encoderShape(), 'f32'],
  encoderWrite: async () => [await encoder(), 'encoder.layer.0.output.dense.bias', new Float32Array(8)],
  encoderStates: async () => [await encoder(), encoderTokens()],
  encoderPool: async () => [await encoder(), encoderTokens(), ['mean', 'max'], Int32Array.of(0, 1)],
  encoderRelease: async () => [await encoder()],
  tokenizer: () => [tokenizerPlan()],
  tokenizerEncode: async () => [await native.tokenizer(tokenizerPlan()), ['a b <s>', 'abba'], 0, 2],
  writeColumns: () => [matrix(size.users, size.dims), Int32Array.of(0, 2), true, true, new Float32Array(2 * size.dims)],
  elasticNetBegin: () => [linearState()],
  elasticNet: () => [linearState(), { ...penalty, l2: 0.1, positive: false, refine: true }],
  logisticBegin: () => [linearState()],
  logisticL1: () => [linearState(), { ...penalty, intercept: true }],
  linearPredict: () => [
    matrix(size.users, size.dims),
    new Float64Array(size.dims).fill(1),
    0.5,
    true,
    new Float32Array(size.users),
  ],
  treeEdges: () => [treeBlocks(), size.users, 255],
  treePredict: () => [treeArrays(), treeEdges(), treeBlocks(), size.users, 0.5, true, new Float32Array(size.users)],
  checkTrees: () => [treeArrays(), treeEdges()],
  orderedTargetStatistics: () => [
    [
      {
        codes: Int32Array.from({ length: size.users }, (_, i) => (i % 3) - 1),
        offsets: null,
        rows: new Float64Array(size.users),
        totals: new Float64Array(2),
      },
    ],
    new Float32Array(size.users).fill(1),
    { prior: 0.5, weight: 1, seed: 1 },
  ],
  treeBooster: () => [treeRows(), treeRows(), treeEdges(), treeSettings()],
  treeBoost: async () => [await treeBooster()],
  treeLoss: async () => [await treeBooster()],
  treeSizes: async () => [await treeBooster()],
  treeArrays: async () => {
    const booster = await treeBooster()
    await native.treeBoost(booster)
    const { trees, nodes } = native.treeSizes(booster)
    return [
      booster,
      {
        offsets: new Int32Array(trees + 1),
        columns: new Int32Array(nodes),
        lefts: new Int32Array(nodes),
        rows: new Int32Array(nodes),
        bins: new Uint8Array(nodes),
        missingLeft: new Uint8Array(nodes),
        values: new Float32Array(nodes),
        gains: new Float32Array(nodes),
      },
    ]
  },
  maximalMarginalRelevance: () => [listCandidates(), listRules(), size.k, 0.5],
  determinantalList: () => [listCandidates(), listRules(), size.k, 0.5],
  targetMoments: () => [matrix(size.users, size.dims), new Float64Array(size.users).fill(1)],
  classSums: () => [matrix(size.users, size.dims), new Int32Array(size.users), 1, false],
  correlatedColumns: () => [new Float32Array(size.dims * size.users).fill(1), size.dims, size.users, 0.9],
  takeColumns: () => [matrix(size.users, size.dims), Int32Array.of(1, 0), new Float32Array(2 * size.users)],
  mutualInformation: () => [
    matrix(size.users, size.dims),
    Float64Array.from({ length: size.users }, (_, i) => i),
    new Uint8Array(size.dims),
    0,
    size.dims,
    { discreteTarget: false, neighbors: 2, seed: 1 },
  ],
  normalizeLog: () => [log()],
  graphFilter: () => [square(size.items), matrix(size.items, size.outputs), new Float32Array(size.items).fill(2), 0.3],
  lowPass: () => [matrix(size.items, size.outputs), new Float32Array(size.items).fill(2)],
  graphScores: async () => [
    csr(size.rows, size.items),
    log(),
    await byItem(),
    matrix(size.items, size.outputs),
    matrix(size.items, size.outputs),
    0.3,
    matrix(size.rows, size.items),
  ],
  pool: () => [states(), tokenMask(), size.texts, size.tokens, size.dims, 'max'],
  attentionPool: () => [
    states(),
    tokenMask(),
    size.texts,
    size.tokens,
    size.dims,
    new Float32Array(size.heads * size.dims).fill(0.1),
  ],
  attentionPoolBackward: () => [
    states(),
    tokenMask(),
    size.texts,
    size.tokens,
    size.dims,
    new Float32Array(size.heads * size.dims).fill(0.1),
    new Float32Array(size.texts * size.dims).fill(1),
  ],
  normalizeRows: () => [matrix(size.rows, 5)],
  resamplePicture: () => [
    new Uint8Array(size.rows * size.users * 3),
    size.rows,
    size.users,
    3,
    new Uint8Array(24),
    2,
    4,
    'bicubic',
  ],
  describePictures: () => [
    new Uint8Array(2 * size.rows * size.users * 3),
    Int32Array.of(size.rows, size.users, size.users, size.rows),
    matrix(2, native.descriptorDims()),
  ],
  descriptorDims: () => [],
  logMel: () => [new Float32Array(40), spectrogram(), new Float32Array(5 * size.dims)],
  logMelFrames: () => [spectrogram(), 40],
  resampleSound: () => [new Float32Array(size.items), 2, 3, new Float32Array(Math.ceil((size.items * 3) / 2))],
  resampledLength: () => [size.items, 2, 3],
  similarityMatrix: () => [matrix(size.rows, size.dims), matrix(size.users, size.dims), 'euclidean'],
  similarityMatrixInto: () => [
    matrix(size.rows, size.dims),
    matrix(size.users, size.dims),
    'cosine',
    new Float32Array(size.rows * size.users),
  ],
  dotOfPairs: () => [
    matrix(size.rows, size.dims),
    matrix(size.users, size.dims),
    Int32Array.of(0, -1, 0),
    Int32Array.of(0, 0, 0),
  ],
  topK: () => [
    matrix(size.rows, size.dims),
    matrix(size.items, size.dims),
    'cosine',
    size.k,
    csr(size.rows, size.items),
    candidates(),
  ],
  topKOfScores: () => [matrix(size.rows, size.items), size.k, csr(size.rows, size.items), candidates(), zeros()],
  placeZeros: () => [matrix(size.rows, size.items), zeros()],
  vectorIndex: () => ['cosine', size.dims, 'int8', true],
  vectorIndexWith: async () => [await index(), matrix(size.rows, size.dims), false],
  vectorIndexWithout: async () => [await index(), Int32Array.of(1, 3)],
  vectorIndexSize: async () => [await index()],
  vectorIndexContents: async () => [
    native.vectorIndexWithout(await index(), Int32Array.of(1)),
    new Float32Array(size.vectors * size.dims),
    new Int32Array(1),
  ],
  vectorIndexRelease: async () => [await index()],
  vectorIndexSearch: async () => [
    await index(),
    matrix(size.rows, size.dims),
    size.k,
    csr(size.rows, size.vectors),
    bits(size.vectors),
  ],
  vectorIndexSearchSync: async () => [
    await index(),
    matrix(size.rows, size.dims),
    size.k,
    csr(size.rows, size.vectors),
    bits(size.vectors),
  ],
  rankItems: () => [
    matrix(size.rows, size.items),
    csr(size.rows, size.items),
    csr(size.rows, size.items),
    candidates(),
  ],
  measureLists: () => [
    matrix(size.rows, size.items),
    csr(size.rows, size.items),
    candidates(),
    Int32Array.of(1, 2),
    new Float64Array(size.outputs * size.items).fill(1),
    new Float64Array(2 * size.items),
    new Float64Array(2 * size.items),
  ],
  pairSimilarities: async () => [
    matrix(size.rows, size.items),
    csr(size.rows, size.items),
    candidates(),
    Int32Array.of(1, 2),
    matrix(size.items, size.dims),
    await native.inverseLengths(matrix(size.items, size.dims)),
  ],
  inverseLengths: () => [csr(size.items, size.dims)],
  nnProgram: () => [['fill'], Float64Array.from(PROGRAM)],
  nnBuffers: () => [],
  nnAddBuffer: () => [native.nnBuffers(), size.dims],
  nnReadBuffer: async () => [await oneBuffer(), 0, new Float32Array(size.dims)],
  nnWriteBuffer: async () => [await oneBuffer(), 0, new Float32Array(size.dims)],
  nnClearBuffer: async () => [await oneBuffer(), 0],
  nnCopyBuffers: async () => [await oneBuffer(), Int32Array.of(0)],
  nnRestoreBuffers: async () => {
    const buffers = await oneBuffer()
    return [buffers, Int32Array.of(0), await native.nnCopyBuffers(buffers, Int32Array.of(0))]
  },
  nnExchangeBuffers: async () => {
    const buffers = await oneBuffer()
    await native.nnAddBuffer(buffers, size.dims)
    return [buffers, Int32Array.of(0), Int32Array.of(1)]
  },
  nnReleaseBuffers: () => [native.nnBuffers()],
  nnRun: () => [
    native.nnProgram(['fill'], Float64Array.from(PROGRAM)),
    native.nnBuffers(),
    new Int32Array(0),
    [],
    [new Float32Array(1)],
  ],
  nnFindNotFinite: () => [
    native.nnProgram(['fill'], Float64Array.from(PROGRAM)),
    native.nnBuffers(),
    new Int32Array(0),
    [],
  ],
  fillFeatures: () => [
    matrix(3, 2),
    [
      {
        first: 0,
        width: 1,
        values: Float64Array.of(1, NaN, 3),
        numbers: Float64Array.of(-9, 9, 0, 1, 2, -9, 9),
        dropOutliers: false,
        flag: false,
      },
      {
        first: 1,
        width: 1,
        codes: Int32Array.of(0, -1, 0),
        places: Int32Array.of(-1, 0),
        weights: Float32Array.of(0, 1),
        unseen: Uint8Array.of(0, 0),
      },
    ],
  ],
  bootstrapMeans: () => [new Float64Array(size.outputs * size.users).fill(1), size.outputs, size.users, 7, 1],
  signFlipPValues: () => [
    Float64Array.from({ length: size.outputs * size.users }, (_, i) => i),
    size.outputs,
    size.users,
    9,
    1,
  ],
  ngramCounter: () => [ngramRules(), false, true],
  ngramCount: () => [native.ngramCounter(ngramRules(), false, true), ['a b', 'ab c'], 0, 2],
  ngramSelect: async () => [await counted(), { minTexts: 1, maxTexts: 9, maxFeatures: 2 }],
  ngramTerms: async () => [await selected(), new Uint8Array(5), new Int32Array(2), new Int32Array(2)],
  ngramRows: async () => [await selected(), new Int32Array(3), new Int32Array(2), new Float32Array(2)],
  ngramColumns: () => [ngramRules(), Uint8Array.of(97, 98, 99, 99), Int32Array.of(1, 2, 4)],
  ngramHashedColumns: () => [ngramRules(), size.width, true],
  ngramTransform: () => [native.ngramHashedColumns(ngramRules(), size.width, true), ['a b', 'ab c'], 0, 2, false],
  tfidfWeigh: () => [log(), new Float64Array(size.items).fill(2), true, 'l2'],
  denseKeys: () => [Float64Array.of(3, 0.5, NaN), Float64Array.of(3), new Int32Array(3), new Int32Array(1)],
  asOfJoin: () => [
    Int32Array.of(0, 1, -1),
    Float64Array.of(5, 6, 7),
    Int32Array.of(1, 0, 0, 1),
    Float64Array.of(4, 5, 3, 9),
    Float64Array.of(4, 6, 3, 9),
    2,
    10,
    true,
    new Int32Array(3),
  ],
  asOfTotals: () => [
    Int32Array.of(0, 1, -1),
    Float64Array.of(5, 6, 7),
    Int32Array.of(1, 0, 0, 1),
    Float64Array.of(4, 5, 3, 9),
    Float64Array.of(4, 6, 3, 9),
    2,
    10,
    true,
    Float64Array.of(1, 2, 3, 4),
    new Float64Array(3),
    new Float64Array(3),
  ],
  valueStore: () => [size.width],
  valueStorePut: () => [native.valueStore(1000), ...storedValues(), new Float64Array(2), new Float64Array(2).fill(9)],
  valueStoreGet: () => {
    const store = native.valueStore(1000)
    const [keys, , offsets] = storedValues()
    native.valueStorePut(store, ...storedValues(), new Float64Array(2), new Float64Array(2).fill(9))
    return [store, keys, 5, new Uint8Array(6), offsets, new Int32Array(2)]
  },
  valueStoreDelete: () => [native.valueStore(1000), ['a', 'b']],
  valueStoreStatistics: () => [native.valueStore(1000)],
  valueStoreDispose: () => [native.valueStore(1000)],
  valueChecksum: () => [Uint8Array.of(1, 2, 3, 4), 1, 3, 0],
  wordPiece: () => [[...vocabulary], wordPieceOptions()],
  wordPieceEncode: async () => [await tokenizer(), ['a b', 'ab c'], 0, 2],
  staticEmbed: async () => [
    await tokenizer(),
    new Uint8Array(5 * 3).fill(3),
    new Float32Array(5).fill(1),
    ['a b', 'ab c'],
    0,
    2,
    8,
    true,
    new Float32Array(6),
    new Int32Array(2),
  ],
  skipGram: () => [wordCorpus(), 1, 5, matrix(size.items, size.width), matrix(size.items, size.width), wordOptions()],
  cbow: () => [wordCorpus(), 1, 5, matrix(size.items, size.width), matrix(size.items, size.width), wordOptions()],
  cooccurrences: () => [wordCorpus().tokens, new Float64Array(size.items).fill(1), 2],
  gloveEpoch: () => [log(), glove(), glove(), { learningRate: 0.05, most: 100, exponent: 0.75, seed: 1, epoch: 0 }],
  weightedMeans: () => [
    matrix(size.items, size.dims),
    new Float32Array(size.items).fill(0.5),
    Int32Array.from({ length: size.rows }, () => 0),
    Int32Array.from({ length: size.rows + 1 }, (_, r) => r),
    matrix(size.rows, size.dims),
  ],
  readVectorLines: () => [new Uint8Array(Buffer.from('a 1 2\nb c 3e1 -4\n')), 2, 3, new Float32Array(6)],
  distillStep: () => [
    { indptr: Int32Array.of(0, 2, 3), tokens: Int32Array.of(1, 2, 3) },
    { rows: 2, cols: 2, data: Float32Array.of(1, 0, 0, 1) },
    new Float32Array(4).fill(0.5),
    matrix(4, 2),
    { first: matrix(4, 2), second: { rows: 4, cols: 2, data: new Float32Array(8) }, updates: new Int32Array(4) },
    { similarityWeight: 1, learningRate: 0.01 },
  ],
  deviceUpload: () => [matrix(size.users, size.dims)],
  deviceDownload: async () => [await upload(matrix(size.users, size.dims)), matrix(size.users, size.dims)],
  deviceNormalizeRows: async () => [await upload(matrix(size.users, size.dims))],
  deviceGram: async () => [await upload(matrix(size.users, size.dims))],
  deviceProject: async () => [
    await upload(matrix(size.users, size.dims)),
    new Float64Array(size.dims),
    await upload(matrix(size.outputs, size.dims)),
  ],
  deviceSize: async () => [await upload(matrix(size.users, size.dims))],
  deviceRelease: async () => [await upload(matrix(size.users, size.dims))],
  deviceCsr: () => [log()],
  deviceCsrRelease: async () => [await native.deviceCsr(log())],
  deviceAlsMemory: () => [log(), size.dims, als('cg')],
  deviceAlsHalfSweep: async () => [
    await native.deviceCsr(log()),
    await upload(matrix(size.items, size.dims)),
    await upload(matrix(size.users, size.dims)),
    als('cg'),
  ],
  deviceBprMemory: () => [log(), size.width, sgd({ optimizer: 'sgd', batchSize: 1 })],
  deviceBprEpoch: async () => [
    log(),
    await upload(matrix(size.users, size.width)),
    await upload(matrix(size.items, size.width)),
    await upload(matrix(1, size.items)),
    sgd({ optimizer: 'sgd', batchSize: 1 }),
  ],
  deviceInvert: () => [square(size.users)],
  deviceAttentionPool: async () => [
    await upload(matrix(size.texts * size.tokens, size.dims)),
    tokenMask(),
    size.texts,
    size.tokens,
    matrix(size.heads, size.dims),
  ],
  deviceAttentionPoolBackward: async () => [
    await upload(matrix(size.texts * size.tokens, size.dims)),
    tokenMask(),
    size.texts,
    size.tokens,
    matrix(size.heads, size.dims),
    await upload(matrix(size.texts, size.dims)),
  ],
  deviceIndex: async () => [await index(), false],
  deviceIndexOf: async () => [await native.deviceIndex(await index(), false), await index()],
  deviceIndexRelease: async () => [await native.deviceIndex(await index(), false)],
  deviceIndexSearch: async () => [
    await native.deviceIndex(await index(), false),
    matrix(size.rows, size.dims),
    size.k,
    csr(size.rows, size.vectors),
    bits(size.vectors),
  ],
}
