// Every public call that takes what is built in takes that of another realm alike, as under Jest.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as kindred from 'kindred'
import {
  AlternatingLeastSquares,
  AttentionPooling,
  Catalogue,
  Concatenation,
  ContentBased,
  CrossEncoder,
  CrossModalProjection,
  Features,
  type FitSequencesOptions,
  type Id,
  IdMap,
  type InteractionInput,
  Interactions,
  ItemKNN,
  KindredError,
  MaskedLanguageModel,
  Matrix,
  ModalityFusion,
  Popularity,
  SentenceEncoder,
  SeqGAN,
  SifEncoder,
  SimilarityIndex,
  SparseMatrix,
  StaticEmbedder,
  TextClassifier,
  TextEmbedder,
  TokenClassifier,
  WeightedSum,
  WordPieceTokenizer,
  WordVectors,
} from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { foreign, foreignCall, Once, Stream } from '../support/foreign-realm.js'
import { parityFeatures, tasteLog } from '../support/logs.js'
import { publicCalls } from './public-calls.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-realms-'))
afterAll(() => rmSync(dir, { recursive: true }))

/** A small BERT classifier with random weights. */
const BERT = join(__dirname, '..', 'fixtures', 'tiny-bert')

const log = tasteLog()
const features = parityFeatures([...log.items] as number[])
const matrix = new Matrix(4, 2, Float32Array.of(1, 0, 0, 1, 1, 1, -1, 2))
const items = [0, 1, 2, 3]
/** A small SeqGAN. */
const listsOf = (
  r: <T>(value: T) => T,
  sequences = [Int32Array.of(0, 1, 2)],
  options: FitSequencesOptions = { items: 4 },
) => {
  const small = { length: 2, context: 1, dims: 2, hidden: 2, pretrainEpochs: 1, adversarialSteps: 1, rollouts: 1 }
  return new SeqGAN(r(small)).fitSequences(sequences, options)
}
const rows: InteractionInput[] = [
  { user: 'a', item: 1, weight: 2, time: new Date(5000) },
  { user: 'a', item: 2, time: new Date(9000) },
  { user: 'b', item: 1, time: 7000n },
]
const encoder = {
  vocabulary: ['[UNK]', 'a', 'b'],
  embeddings: Int8Array.of(1, 2, 3, 4, 5, 6),
  scales: Float32Array.of(1, 2, 3),
  tokenizer: { addedTokens: ['[UNK]'] },
  about: { made: ['here'] },
}
const states = { states: Float32Array.of(1, 2, 3, 4), mask: Uint8Array.of(1, 0), batch: 1, tokens: 2 }
const tokenizerJson = {
  model: { type: 'WordPiece', vocab: { '[UNK]': 0, a: 1 }, unk_token: '[UNK]', continuing_subword_prefix: '##' },
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  added_tokens: [],
}
const space = { factors: kindred.int(2, 4), regularization: kindred.logUniform(0.1, 1) }
const live = () => ({ signal: new AbortController().signal })
const csv = join(dir, 'log.csv.gz')
const model = new AlternatingLeastSquares({ factors: 4 })
let index: SimilarityIndex
let texts: TextEmbedder

beforeAll(async () => {
  writeFileSync(csv, gzipSync('user,item\na,1\nb,2\n'))
  await model.fit(log)
  index = await SimilarityIndex.build(Features.from(['a', 'b', 'c', 'd'], matrix))
  texts = await TextEmbedder.load('test/fixtures/tiny-encoder')
})
afterAll(() => texts?.dispose())

const listOf = (log: Interactions) => [...log]
const withoutTimes = ({ trials }: { trials: readonly { seconds: number }[] }) =>
  trials.map((trial) => ({ ...trial, seconds: 0 }))

type In = <T>(value: T) => T

/** What each call gives, with what is built in passed through `r`; the names are those of publicCalls. */
const CASES: Record<string, (r: In) => unknown> = {
  'Catalogue.read': async (r) => {
    const { texts, report } = await Catalogue.read(csv, r({ id: 'item', text: '{user}', keep: ['user'], ...live() }))
    return [texts, report]
  },
  'Catalogue.from': (r) => {
    const catalogue = Catalogue.from(
      r([{ id: 1, day: new Date(0), tags: ['x', 'y'] }]),
      r({ id: 'id', text: '{day} {tags}' }),
    )
    return [catalogue.texts, catalogue.report]
  },
  'Features.from': (r) => [
    Features.from(r(new Set(['a', 'b'])), r([Float64Array.of(1, 2), [3, 4]])).matrix,
    Features.from(r(new Once(['a', 'b'])), r(new Set([Float32Array.of(1, 2), Int8Array.of(3, 4)]))).matrix,
  ],
  'Features.fromAsync': async (r) => (await Features.fromAsync(r(['a']), r([[1, 2]]), r(live()))).matrix,
  'Features#save': async (r) => {
    await features.save(join(dir, 'features'), r({ config: { a: [1, { b: 2 }] }, ...live() }))
    return (await Features.load(join(dir, 'features'), r(live()))).matrix
  },
  FeatureStore: async (r) => {
    using store = await kindred.FeatureStore.open(
      r({ views: r({ a: r({ columns: r({ x: 1, y: 2 }), defaults: r([1, 2, 3]) }) }), ...live() }),
    )
    await store.put('a', 1, r({ x: 1, y: r(Float32Array.of(5, 6)) }), r({ time: 7 }))
    await store.put('a', 2, r([4, 5, 6]), r({ time: 7 }))
    await store.putMany('a', r(new Once([r({ id: 3, values: r(Float64Array.of(7, 8, 9)), time: 7 })])), r(live()))
    return store.get(r([1, 2, 3, 4].map((id) => r({ view: 'a', id }))), r(live()))
  },
  'IdMap.from': (r) => [...IdMap.from(r(new Once(['a', 1, 2n])))],
  'Interactions.read': async (r) => listOf(await Interactions.read(csv, r({ user: 'user', item: 'item', ...live() }))),
  'Interactions.from': async (r) => [
    listOf(Interactions.from(r(rows), r({ duplicates: 'sum' }))),
    listOf(Interactions.from(r(new Once(rows)))),
    listOf(await Interactions.from(r(new Stream(rows)), r(live()))),
  ],
  'Interactions#split': (r) => {
    const parts = Interactions.from(rows).split(r({ by: 'time', at: new Date(8000), validation: new Date(6000) }))
    return [listOf(parts.train), listOf(parts.validation), listOf(parts.test)]
  },
  'new Matrix': async (r) => {
    const own = new Matrix(2, 2, r(Float32Array.of(1, 2, 3, 4)))
    const index = await SimilarityIndex.build(own)
    const files = ['m.npy', 'm.safetensors'].map((name) => join(dir, name))
    for (const file of files) await own.write(file, r(live()))
    const read = await Promise.all(files.map((file) => Matrix.read(file, r(live()))))
    return [own.row(1).join(), own.subarray(1, 2).data.join(), index.search(own.subarray(0, 1)), ...read]
  },
  SparseMatrix: async (r) => {
    const own = new SparseMatrix(1, 3, r(Int32Array.of(0, 1)), r(Int32Array.of(2)), r(Float32Array.of(5)))
    return [await own.toDense(r(live())), SparseMatrix.from(r(new Once([r([[1, 2]])])), 3)]
  },
  concatenate: async (r) => {
    const blocks = r({ one: Features.from(['a'], [[3, 4]]), two: Features.from(['a', 'b'], [[1], [2]]) })
    const { features, report } = await kindred.concatenate(blocks, r({ weights: r({ one: 2 }), ...live() }))
    return [features.matrix, report]
  },
  weightedSum: async (r) => {
    const blocks = r({ one: Features.from(['a'], [[3, 4]]), two: Features.from(['b'], [[1, 0]]) })
    return (await kindred.weightedSum(blocks, r({ missing: 'mean', ...live() }))).features.matrix
  },
  Concatenation: async (r) => {
    const fusion = await new Concatenation(r({ weights: r({ one: 2 }) })).fit(r({ one: features }), r(live()))
    return (await fusion.transform(r({ one: features }), r(live()))).matrix
  },
  WeightedSum: async (r) => {
    const fusion = await new WeightedSum(r({ scaling: 'none' })).fit(r({ one: features }), r(live()))
    return (await fusion.transform(r({ one: features }), r(live()))).matrix
  },
  ModalityFusion: async (r) => {
    const fusion = new ModalityFusion(r({ dims: 4, epochs: 1 }))
    const labelled = r(new Map([...features.ids].map((id) => [id, (id as number) % 2])))
    await fusion.fit(r({ one: features }), r({ labels: labelled, validation: r([r([1, 0] as const)]), ...live() }))
    return (await fusion.transform(r({ one: features }), r(live()))).matrix
  },
  CrossModalProjection: async (r) => {
    const projection = new CrossModalProjection(r({ dims: 2, epochs: 1 }))
    await projection.fit(features, features, r({ validation: 0.2, ...live() }))
    return projection.evaluate(features, features, r({ k: r([1, 2]), ...live() }))
  },
  fuseScores: (r) => kindred.fuseScores(r(new Once([r([r({ item: 1, score: 2 })])])), r({ weights: r([2]) })),
  reciprocalRankFusion: (r) => kindred.reciprocalRankFusion(r([r(new Set([r({ item: 1, score: 2 })]))]), r({ k: 1 })),
  'TextEmbedder#embed': async (r) =>
    (await texts.embed(r(['a story', Int32Array.of(5, 6)]), r({ pooling: 'cls', ...live() }))).vectors,
  'TextEmbedder#tokenize': (r) => texts.tokenize(r(['a story']), r(live())),
  distill: async (r) => {
    const { embeddings } = await kindred.distill(
      texts,
      r(['a story of love', 'a war story']),
      r({ dims: 4, epochs: 1, ...live() }),
    )
    return embeddings
  },
  'AttentionPooling#forward': async (r) =>
    new AttentionPooling(new Matrix(1, 2, r(Float32Array.of(1, 2)))).forward(r(states), r(live())),
  'AttentionPooling#backward': async (r) =>
    new AttentionPooling(new Matrix(1, 2, r(Float32Array.of(1, 2)))).backward(
      r(states),
      new Matrix(1, 2, r(Float32Array.of(1, 1))),
    ),
  'CountVectorizer#fitTransform': (r) =>
    new kindred.CountVectorizer(r({ ngramRange: r([1, 2] as const), stopWords: r(['of']) })).fitTransform(
      r(['cup of tea', 'tea']),
      r(live()),
    ),
  'TfidfVectorizer#fitTransform': (r) =>
    new kindred.TfidfVectorizer(r({ vocabulary: r(['tea', 'cup']) })).fitTransform(r(['cup of tea', 'tea']), r(live())),
  'TfidfEmbedder.fit': async (r) =>
    (await (await kindred.TfidfEmbedder.fit(r(['cup of tea', 'tea']), r(live()))).embed(r(['tea']))).vectors,
  'StaticEmbedder.from': async (r) => (await (await StaticEmbedder.from(r(encoder), r(live()))).embed(['a b'])).vectors,
  'StaticEmbedder#embed': async (r) =>
    (await (await StaticEmbedder.from(encoder)).embed(r(['a b', 'b']), r(live()))).vectors,
  saveStaticEncoder: async (r) => {
    await kindred.saveStaticEncoder(join(dir, 'static'), r(encoder), r(live()))
    return (await (await StaticEmbedder.load(join(dir, 'static'))).embed(['a b'])).vectors
  },
  'WordPieceTokenizer.create': async (r) =>
    (await WordPieceTokenizer.create(r(['[UNK]', 'a']), r({ addedTokens: ['[UNK]'], ...live() }))).encode(r(['a b'])),
  'WordPieceTokenizer.fromTokenizerJson': async (r) =>
    (await WordPieceTokenizer.fromTokenizerJson(r(tokenizerJson), r(live()))).encode(['a b']),
  'WordPieceTokenizer#encode': async (r) =>
    (await WordPieceTokenizer.create(['[UNK]', 'a'])).encode(r(['a b']), r(live())),
  populationStabilityIndex: (r) =>
    kindred.populationStabilityIndex(r([1, 2]), r(Float64Array.of(2, 1)), r({ floor: 1e-3 })),
  jensenShannon: (r) => kindred.jensenShannon(r([1, 2]), r(Int32Array.of(2, 1))),
  kolmogorovSmirnov: (r) => kindred.kolmogorovSmirnov(r([1, 2]), r(Float32Array.of(2, 3))),
  'new Adwin': (r) => new kindred.Adwin(r({ range: [0, 5] })).update(3),
  profileTable: async (r) => (await kindred.profileTable(csv, r({ select: ['user', 'item'], ...live() }))).toJSON(),
  WordVectors: async (r) => {
    const own = WordVectors.from(r(['a', 'b', 'c', 'd'].slice(0, matrix.rows)), matrix)
    const near = await own.neighbors(r(Float32Array.from(matrix.row(0))), r({ k: 2, ...live() }))
    return [near, await own.sentenceVectors(r(['a b', 'b']), r(live()))]
  },
  SifEncoder: async (r) => {
    const words = WordVectors.from(['a', 'b', 'c', 'd'].slice(0, matrix.rows), matrix)
    const own = await SifEncoder.fit(words, r(['a b', 'b a']), r(live()))
    return own.embed(r(['a b', 'b']))
  },
  compare: async (r) => {
    const models = r({ als: model, popular: await new Popularity().fit(log) })
    return { ...(await kindred.compare(models, log, r({ exclude: 'none', ...live() }))) }
  },
  'new Blend': async (r) => {
    const own = await new kindred.Blend(r([new kindred.EASE(), new Popularity()]), r({ weights: r([2, 1]) })).fit(log)
    const options = r({ diversity: r({ weight: 1 }), k: 3 })
    const diverse = new kindred.Blend(r(new Once([new kindred.EASE(), new Popularity()])), options)
    await diverse.fit(log, r({ categories: r(new Map(items.map((item) => [item, r(['a'])]))), ...live() }))
    return [await own.recommend(1, r({ k: 3 })), await diverse.recommend(1)]
  },
  'new Stacking': async (r) => {
    const learner = new kindred.LogisticRegression({ epochs: 1 })
    const own = await new kindred.Stacking(r([new kindred.EASE()]), learner, r({ depth: 5 })).fit(log, r(live()))
    return own.recommend(1)
  },
  'FewShotHeads#nextQuestions': async (r) => {
    const options = r({ unobservedWeight: 0.1, dims: 2, iterations: 2 })
    const own = await new kindred.FewShotHeads(options).fit(log, r({ itemFeatures: features, ...live() }))
    return own.nextQuestions(r([{ item: 2 }]), r({ candidates: r(new Set(items)), ...live() }))
  },
  inversePropensityWeights: async (r) => {
    const propensities = r(new Map(Array.from(log.items, (item) => [item, 0.5] as const)))
    return listOf(await kindred.inversePropensityWeights(log, r({ propensities, ...live() })))
  },
  evaluateLists: (r) => [
    kindred.evaluateLists(r(new Map([[0, [0, 2]]])), log, r({ k: [1, 2] })),
    kindred.evaluateLists(
      r([{ user: 0, items: new Set([{ item: 0 }, { item: 2 }]) }, [1, new Once([1])]]) as never,
      log,
    ),
  ],
  evaluateSampled: (r) =>
    kindred.evaluateSampled(model, log, r({ negatives: new Map([[0, new Set(items)]]), ...live() } as const)),
  evaluate: (r) => {
    const score = (_user: Id, ids: Iterable<Id>) => r(Float32Array.from(ids as Iterable<number>))
    const seenItems = () => r([0, 2])
    const own = (call: typeof score) =>
      ({ users: log.users, items: log.items, score: foreignCall(call), seenItems }) as never
    const options = r({ k: [2], candidates: new Set(items), ...live() })
    return [
      kindred.evaluate(model, log, r({ exclude: 'none' })),
      kindred.evaluate(own(score), log, options),
      kindred.evaluate(
        own((_user, ids) => r([...ids]) as never),
        log,
        options,
      ),
    ]
  },
  choice: (r) => kindred.choice(r(['a', 1, null])),
  tune: async (r) => {
    const fit = async ({ factors }: { factors: number }) => new AlternatingLeastSquares({ factors }).fit(log)
    const settings = {
      validation: log,
      trials: 2,
      evaluation: { exclude: 'none' as const, candidates: items },
      ...live(),
    }
    const failing = foreignCall(async ({ factors }: { factors: number }) => {
      if (factors > 2) throw foreign({ name: 'MyError', message: 'mine' })
      return factors
    })
    return [
      withoutTimes(await kindred.tune(r(space), foreignCall(fit), r(settings))),
      withoutTimes(await kindred.tune(r(space), failing, r({ trials: 9, ...live() }))),
    ]
  },
  'AlternatingLeastSquares#recommendMany': (r) =>
    model.recommendMany(
      r(new Set([0, 1])),
      r({ k: 3, exclude: { seen: true, items: new Set([2]) }, candidates: items, ...live() }),
    ),
  'AlternatingLeastSquares#recommendFor': (r) => [
    model.recommendFor(r([{ item: 0, weight: 2, time: 3 }, { item: 2 }]), r({ exclude: new Once([4]), ...live() })),
    model.recommendFor(r(new Once([{ item: 0 }])), r({ exclude: [4] })),
  ],
  'AlternatingLeastSquares#recommend': (r) =>
    model.recommend(1, r({ exclude: [3], candidates: new Once(items), ...live() })),
  'AlternatingLeastSquares#recommendUsers': (r) =>
    model.recommendUsers(1, r({ exclude: { seen: false, users: [3] }, ...live() })),
  'AlternatingLeastSquares#similarItems': (r) => model.similarItems(1, r({ candidates: new Set([3, 5]), ...live() })),
  'AlternatingLeastSquares#score': (r) => [model.score(1, r(items), r(live())), model.score(1, r(new Once(items)))],
  'AlternatingLeastSquares#scoreMany': (r) => [
    model.scoreMany(r([[1, 2], { user: 2, item: 3 }]), r(live())),
    model.scoreMany(r(new Map([[1, 2]]))),
  ],
  'AlternatingLeastSquares#fit': async (r) =>
    (
      await new AlternatingLeastSquares(r({ factors: 3, seed: 2 })).fit(log, r({ itemFeatures: features, ...live() }))
    ).recommend(1),
  'SeqGAN#fitSequences': async (r) =>
    (await listsOf(r, r([Int32Array.of(0, 1, 2), r(Int32Array.of(2, 1))]), r({ items: 4, ...live() }))).sample(3),
  'SeqGAN#generate': async (r) =>
    (await listsOf(r)).generate(
      r(new Once([{ item: 0 }])),
      r({ length: 1, exclude: new Set([1]), candidates: new Once(items), ...live() }),
    ),
  'SeqGAN#negativeLogLikelihood': async (r) =>
    (await listsOf(r)).negativeLogLikelihood(r([Int32Array.of(1, 2)]), r(live())),
  'new ItemKNN': async (r) => (await new ItemKNN(r({ neighbors: 3 })).fit(log, r(live()))).recommend(1),
  'AlternatingLeastSquares#addItems': async (r) => {
    const own = await new ContentBased().fit(log, { itemFeatures: features })
    await own.addItems(Features.from(r([99]), r([Float32Array.of(1, 0, 0, 0, 0, 0)])), r(live()))
    return own.recommend(1, { candidates: [99] })
  },
  'SequenceEncoder#encode': async (r) => {
    const own = await new kindred.SequenceEncoder(r({ dims: 4, epochs: 1, type: 'gru' })).fit(log, r(live()))
    const states = await own.encode(r([r([{ item: 0, weight: 2 }, { item: 2 }]), new Set([{ item: 3 }])]), r(live()))
    return [states, (await own.encodeUsers(r(new Once([2, 1])), r(live()))).matrix]
  },
  'SequenceEncoder#encodeUsers': async (r) =>
    (await (await new kindred.SequenceEncoder({ dims: 4, epochs: 1 }).fit(log)).encodeUsers(r([3]), r(live()))).matrix,
  'SimilarityIndex#search': (r) => [
    index.search(
      r(Float32Array.of(1, 2)),
      r({ k: 2, exclude: Uint8Array.of(1), candidates: Int32Array.of(0, 1, 2), ...live() }),
    ),
    index.search(matrix, r({ k: 2, exclude: [[1], Int32Array.of(0), [], [2]] })),
  ],
  'SimilarityIndex#searchSync': (r) => index.searchSync(r(Float32Array.of(1, 2)), r({ k: 2, exclude: [1] })),
  'SimilarityIndex#searchItems': (r) => [
    index.searchItems(r(Float32Array.of(1, 2)), r({ exclude: new Set(['a']), candidates: ['a', 'b'] })),
    index.searchItems(matrix, r({ exclude: [['a'], new Set(['b']), [], new Once(['c'])] } as object)),
  ],
  'SimilarityIndex#remove': async (r) => {
    const own = await SimilarityIndex.build(matrix, r({ metric: 'dot', ...live() }))
    await own.remove(r(Int32Array.of(1)), r(live()))
    await own.remove(r([2]))
    return own.search(matrix)
  },
  'SimilarityIndex#removeItems': async (r) => {
    const own = await SimilarityIndex.build(Features.from(['a', 'b', 'c', 'd'], matrix))
    await own.removeItems(r(new Set(['a', 'b'])), r(live()))
    return own.searchItems(matrix)
  },
  'Interactions#transform': (r) => listOf(log.transform(r({ weight: 'log', scale: 2 }))),
  'Interactions#folds': (r) => log.folds(r({ folds: 2 })).map(({ test }) => listOf(test)),
  TextClassifier: async (r) => {
    const own = await TextClassifier.load(BERT, r({ seed: 1, ...live() }))
    await own.fit(r(['robots', 'a ship']), r(['drama', 'crime']), r({ epochs: 1, ...live() }))
    const adapter = r({ kind: 'lora' as const, targets: r(['key']) })
    const adversarial = r({ kind: 'fgm' as const })
    await own.fit(r(['robots', 'a ship']), r(['drama', 'crime']), r({ epochs: 1, adapter, adversarial }))
    const pruned = await own.prune(r(['robots']), r(['drama']), r({ heads: 0.25, ...live() }))
    const student = await own.distill(r(['robots']), r({ epochs: 1, layers: r([1]), labels: r(['crime']) }))
    return [
      await own.predict(r(['a dog']), r(live())),
      await own.evaluate(r(['a dog']), r(['other']), r(live())),
      await pruned.predict(['a dog']),
      await student.predict(['a dog']),
    ]
  },
  TokenClassifier: async (r) => {
    const own = await TokenClassifier.load(BERT, r({ labels: r(['O', 'B-X']) }))
    await own.fit(r([r(['a', 'dog'])]), r([r(['O', 'B-X'])]), r({ epochs: 1 }))
    const student = await own.distill(r([r(['a', 'dog'])]), r({ epochs: 1, tags: r([r(['O', 'B-X'])]) }))
    const pruned = await own.prune(r([r(['a', 'dog'])]), r([r(['O', 'B-X'])]), r({ heads: 0.5 }))
    return [
      await own.predict(r([r(['a'])])),
      await own.evaluate(r([r(['a'])]), r([r(['O'])])),
      await student.predict([['a']]),
      await pruned.predict([['a']]),
    ]
  },
  CrossEncoder: async (r) => {
    const own = await CrossEncoder.load(BERT, r({ seed: 1 }))
    await own.fit(r([r(['a', 'b'])]), r([1]), r({ epochs: 1 }))
    const student = await own.distill(r([r(['a', 'b'])]), r({ epochs: 1, scores: r([1]) }))
    const pruned = await own.prune(r([r(['a', 'b'])]), r([1]), r({ heads: 0.5 }))
    return [
      await own.predict(r([r(['a', 'dog'])])),
      await student.predict([['a', 'b']]),
      await pruned.predict([['a', 'b']]),
    ]
  },
  SentenceEncoder: async (r) => {
    const own = await SentenceEncoder.load(BERT, r({ pooling: 'cls' }))
    await own.fit(r([r(['a', 'b'])]), r({ epochs: 1, scores: r([1]) }))
    const student = await own.distill(r(['a dog']), r({ epochs: 1 }))
    const pruned = await own.prune(r([r(['a', 'b'])]), r({ scores: r([1]), heads: 0.5 }))
    return [await own.embed(r(['a', 'dog'])), await student.embed(['a']), await pruned.embed(['a'])]
  },
  MaskedLanguageModel: async (r) => {
    const own = await MaskedLanguageModel.load(BERT, r({ seed: 1 }))
    await own.fit(r(['a dog']), r({ epochs: 1, validation: r(['the old man and the sea']) }))
    const filled = await own.fill(r(['the [MASK] dog']), r({ k: 2 }))
    return [await own.loss(r(['the old man and the sea']), r({ seed: 3 })), filled]
  },
  augmentTexts: (r) =>
    kindred.augmentTexts(r(['the old man and the sea']), r([kindred.randomSwap(r({ share: 0.5 }))]), r({ copies: 2 })),
  vectorSynonyms: async (r) => {
    const words = ['a', 'b', 'c', 'd'].slice(0, matrix.rows)
    return (await kindred.vectorSynonyms(r(words), matrix, r({ k: 2, minSimilarity: -1 })))('a')
  },
  pseudoLabels: async (r) => {
    const own = await TextClassifier.load(BERT, { seed: 1 })
    return kindred.pseudoLabels(own, r(['a dog', 'a ship']), r({ threshold: 0, perClass: 1 }))
  },
  Table: async (r) => {
    const table = kindred.Table.from(
      r([
        { a: 1, b: 'x', c: r(['p']) },
        { a: 2, b: 'y', c: null },
      ]),
    )
    const other = kindred.Table.from(r({ a: r(Float64Array.of(3)), b: r(['z']), c: r([['q']]) }))
    const columns = r(table.columns.map((name) => table.column(name)))
    return [
      ...kindred.Table.concat(r([table, other])).select(r(['b', 'a'])),
      ...kindred.Table.fromColumns(columns)
        .drop(r(['c']))
        .rename(r({ a: 'd' })),
      ...table.with(r([table.column('a')])).filterRows(r(Int32Array.of(1))),
      ...(await table.filterRowsAsync(r(Int32Array.of(0)), r(live()))),
    ]
  },
  HashingEncoder: (r) => new kindred.HashingEncoder(r({ buckets: 4 })).transform(r(['a', 1, true])).data,
  MultiLabelBinarizer: (r) => new kindred.MultiLabelBinarizer().fitTransform(r([r(['a', 'b']), null])).data,
  OneHotEncoder: (r) => new kindred.OneHotEncoder(r({ minCount: 1 })).fitTransform(r(['a', null, 'b'])).data,
  OrdinalEncoder: (r) => new kindred.OrdinalEncoder().fitTransform(r(['b', 'a'])).data,
  TargetEncoder: (r) =>
    new kindred.TargetEncoder().fit(r(['b', 'a']), r(Float32Array.of(1, 2))).transform(r(['a'])).data,
  StandardScaler: (r) => {
    const json = JSON.parse(JSON.stringify(new kindred.StandardScaler().fit(matrix)))
    return kindred.StandardScaler.fromJSON(r(json)).transform(matrix).data
  },
  'new MinMaxScaler': (r) =>
    new kindred.MinMaxScaler(r({ featureRange: r([-1, 1] as const) })).fitTransform(matrix).data,
  FeaturePipeline: async (r) => {
    const table = kindred.Table.from([{ when: new Date(0), tags: ['a'], v: [1, 2] }])
    const parts = r(['hour', 'month'] as const)
    const own = new kindred.FeaturePipeline(
      r({ when: r({ kind: 'cyclic' as const, parts }), tags: 'multi-label' as const, v: 'vector' as const }),
    )
    await own.fit(table, r(live()))
    const row = { when: r(new Date(5e6)), tags: r(['a', 'b']), v: r(Float32Array.of(3, 4)) }
    return [own.transformRow(r(row)), await own.transformRowAsync(r(row)), await own.transformMatrix(table, r(live()))]
  },
  lassoPath: (r) =>
    kindred.lassoPath(
      matrix,
      r(Array.from({ length: matrix.rows }, (_, row) => row)),
      r({ alphas: r([0.1]), ...live() }),
    ),
  fScore: (r) =>
    kindred.fScore(matrix, r(Array.from({ length: matrix.rows }, (_, row) => (row < 2 ? 'a' : 'b'))), r({})),
  selectFeatures: (r) =>
    kindred.selectFeatures(matrix, r(Array.from({ length: matrix.cols }, (_, column) => column)), r({ k: 1 })),
  takeColumns: (r) => kindred.takeColumns(matrix, r([0]), r(live())),
  permutationImportance: (r) =>
    kindred.permutationImportance(
      (m) => r(Array.from({ length: m.rows }, (_, row) => m.row(row)[0]!)),
      matrix,
      r(Array.from({ length: matrix.rows }, (_, row) => row)),
      r({ columns: r([0]), ...live() }),
    ),
  textImportance: (r) =>
    kindred.textImportance(
      (texts) => r(texts.map((text) => text.length)),
      r([r({ title: 'a', tags: r(['b', 'c']) })]),
      r({ text: '{title} {tags}' }),
    ),
  'Bandit#update': (r) => {
    const own = new kindred.LinUCB(r({ arms: r(['a', 'b']), dims: 2 }))
    own.update('a', r([1, 0]), 1)
    own.addArms(r(['c']))
    own.removeArms(r(new Set(['b'])))
    own.importDelta(r(own.exportDelta()))
    const choice = own.choose(r([r([1, 0]), r(Float64Array.of(0, 1))]), r({ candidates: r(['a', 'c']) }))
    return [choice, own.propensities(matrix.subarray(0, 2)), own.propensities(r(Float32Array.of(0, 1)), r({}))]
  },
  'Bandit#addArms': (r) => {
    const own = new kindred.ThompsonSampling(r({ arms: r(new Once([1, 2])), prior: r({ alpha: 2 }) }))
    own.addArms(r(new Once([3])))
    return own.arms
  },
  'Bandit#removeArms': (r) => {
    const own = new kindred.UCB1({ arms: 3 })
    own.removeArms(r([1]))
    return own.arms
  },
  replay: async (r) => {
    const log = [r({ arm: 0, reward: 1, context: r([1, 2]) }), r({ arm: 1, reward: 0, candidates: r([1]) })]
    const own = new kindred.EpsilonGreedy({ arms: 2 })
    return [
      await kindred.replay(own, r(log), r({ matches: 1, ...live() })),
      await kindred.replay(own, r(new Stream(log))),
    ]
  },
  offPolicy: (r) => {
    const log = { arms: r([0, 1]), rewards: r(Float32Array.of(1, 0)), propensities: r([0.5, 0.5]) }
    const feedback = r({ ...log, policy: r([1, 0, 0, 1]), expectedRewards: r(Float64Array.of(1, 0, 1, 0)) })
    return kindred.offPolicy(feedback, r({ estimators: r(['ips', 'dr'] as const), ...live() }))
  },
  ridgeRewards: (r) =>
    kindred.ridgeRewards(r({ arms: r([0, 1]), rewards: r([1, 0]), count: 2 }), r({ folds: 1, ...live() })),
  rerank: async (r) => {
    const list = () => r(new Once([r({ item: 1, score: 2, reasons: r(['a']) }), r({ item: 2, score: 1 })]))
    const steps = [
      new kindred.MustInclude(r(new Set([2]))),
      new kindred.MustNot(r({ items: r([3]), attribute: r(new Map([[1, r(['x'])]])), values: r(['y']) })),
      new kindred.AttributeCap(r(new Map([[1, r(['x'])]])), r({ limits: r({ x: 1 }) })),
      new kindred.Freshness(r(new Map([[1, r(new Date(5))]])), r({ halfLife: 10 })),
      new kindred.CalibratedList(r(new Map([[1, r(['x'])]])), r({ target: r({ x: 1 }) })),
      new kindred.CategoryDiversity(r(new Map([[1, 'x']])), r({ target: r({ x: 1 }) })),
    ]
    const options = () => r({ k: 2, now: 5, history: r(new Once([r({ item: 1 })])), ...live() })
    return [
      await kindred.rerank(list(), r(steps), options()),
      await new kindred.ReRanker(r(new Once(steps))).apply(list(), options()),
      await steps[0]!.apply(list(), options()),
    ]
  },
  'new MustInclude': (r) => new kindred.MustInclude(r(new Once([2]))).apply([{ item: 2, score: 1 }]),
  ReRanker: async (r) => new kindred.ReRanker(r([])).apply(r([r({ item: 1, score: 2 })]), r({ k: 1 })),
  AttributeCap: (r) =>
    new kindred.AttributeCap(r({ table: kindred.Table.from([{ a: 1 }]), id: 'a', column: 'a' }), r({ limit: 1 })).apply(
      [],
    ),
  'ExposureCounter#record': (r) => {
    const counter = new kindred.ExposureCounter(r({ window: 10 }))
    counter.record(r(new Once([1, 2])), r({ user: 3, now: 1 }))
    return counter.shown(1, r({ user: 3, now: 1 }))
  },
  Cascade: async (r) => {
    const parts = r({ models: r({ own: model }), attributes: r({ text: r(new Map([[1, 'one']])) }) })
    const compose = r({ text: 'text', top: 1 })
    const reranking = r({ steps: r([r({ type: 'must-not', items: r([99]) })]) })
    const declaration = r({ retrieval: r([r({ model: 'own', quota: 5 })]), reranking, compose })
    const cascade = await kindred.Cascade.load(declaration as kindred.CascadeDeclaration, parts, r(live()))
    const options = () =>
      r({ history: r(new Once([r({ item: 1 })])), exclude: r(new Set([2])), now: 1, k: 3, ...live() })
    return [(await cascade.run(options())).items, (await cascade.compose(options())).text]
  },
  'EventLog#append': async (r) => {
    const log = await kindred.EventLog.open(mkdtempSync(join(dir, 'events-')), r({ segmentBytes: 4096, ...live() }))
    await log.append(r(new Once([r({ user: 1, item: 'a', time: r(new Date(5)) })])), r(live()))
    const kept: unknown[] = []
    for await (const event of log.replay()) kept.push(event)
    await log.close()
    return kept
  },
  'LiveModel#accept': async (r) => {
    const log = Interactions.from([
      { user: 1, item: 1 },
      { user: 2, item: 2 },
    ])
    const live_ = new kindred.LiveModel(await new kindred.Popularity().fit(log), r({ maxBatch: 2 }))
    await live_.accept(r(new Once([r({ user: 1, item: 2 })])), r(live()))
    return live_.current.recommend(2, { exclude: 'none' })
  },
  similarityMatrix: (r) => kindred.similarityMatrix(matrix, matrix, r({ metric: 'dot', ...live() })),
}

/** Waits for what is promised, in lists too. */
const settled = async (value: unknown) => (Array.isArray(value) ? Promise.all(value) : value)

describe('what is built in, of another realm, is taken by', () => {
  it.each(Object.entries(CASES))('%s', async (_, call) => {
    expect(await settled(await call(foreign))).toEqual(await settled(await call((value) => value)))
  })

  it('nobody who asks for the class', () => {
    for (const value of [[1], new Map(), new Date(0), Float32Array.of(1), AbortSignal.abort()])
      expect(foreign(value) instanceof (value.constructor as never)).toBe(false)
    expect(Object.getPrototypeOf(foreign({}))).not.toBe(Object.prototype)
  })

  it('all calls that take lists, maps or objects before their options', () => {
    const takes = /\[\]|Iterable|Array|Map|Record|Row\b|Ids\b|Lists|TokenStates|StaticEncoder|\{\}|SearchSpace|\bS\b/
    const missing = publicCalls().flatMap(({ name, owner, overloads }) => {
      if (!(owner in kindred) || owner === 'KindredError' || name in CASES || owner in CASES) return []
      const isTaken = overloads.some(({ parameters, types }) =>
        types.some((type, i) => parameters[i] !== 'options' && takes.test(type)),
      )
      const same = Object.keys(CASES).some(
        (other) => other.split('#')[1] !== undefined && other.split('#')[1] === name.split('#')[1],
      )
      return isTaken && !same ? [name] : []
    })
    expect(missing).toEqual([])
  })
})

describe('a signal of another realm', () => {
  const reason = new Error('enough')
  it.each<[string, (signal: AbortSignal) => Promise<unknown>]>([
    ['Interactions.read', (signal) => Interactions.read(csv, { user: 'user', item: 'item', signal })],
    [
      'AlternatingLeastSquares#fit',
      (signal) => new AlternatingLeastSquares().fit(tasteLog({ users: 3000 }), { signal }),
    ],
    ['SimilarityIndex.build', (signal) => SimilarityIndex.build(matrix, { signal })],
    ['TextEmbedder#embed', (signal) => texts.embed(new Array(500).fill('a story of love'), { signal })],
    ['evaluate', (signal) => kindred.evaluate(model, log, { exclude: 'none', signal })],
    ['tune', (signal) => kindred.tune(space, async () => 1, { trials: 100, signal })],
  ])('stops %s, before and during it', async (_, call) => {
    const aborted = { code: 'ERR_ABORTED', name: 'AbortError', cause: reason }
    await expect(call(foreign(AbortSignal.abort(reason)))).rejects.toMatchObject(aborted)
    const controller = new AbortController()
    const running = call(foreign(controller.signal))
    controller.abort(reason)
    await expect(running).rejects.toMatchObject(aborted)
  })
})

describe('a wrong value of another realm', () => {
  it.each<[string, () => unknown]>([
    ['Float64Array', () => new Matrix(1, 2, foreign(Float64Array.of(1, 2)) as never)],
    ['an array of 2', () => new Matrix(1, 2, foreign([1, 2]) as never)],
    ['Date', () => Interactions.from([{ user: foreign(new Date(0)) as never, item: 1 }])],
    ['Map', () => SimilarityIndex.build(foreign(new Map()) as never)],
    ['Object', () => Interactions.from(foreign({}) as never)],
  ])('is refused, and named: %s', async (name, call) => {
    const error = (await (async () => call())().catch((thrown) => thrown)) as Error
    expect(error).toBeInstanceOf(KindredError)
    expect(error.message).toContain(`received ${name}`)
  })
})
