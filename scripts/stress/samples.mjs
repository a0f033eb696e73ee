// Small whole files of every kind that kindred reads, and what reads them.
import { cpSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import {
  AttentionPooling,
  Catalogue,
  FeaturePipeline,
  Features,
  Interactions,
  int,
  loadModel,
  Matrix,
  readNegatives,
  SifEncoder,
  SimilarityIndex,
  StaticEmbedder,
  saveStaticEncoder,
  Table,
  TextEmbedder,
  tune,
  uniform,
  WordVectors,
} from 'kindred'
import { MODELS } from '#lib/models/registry.js'
import { outcomeOf } from './expect-typed.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** Rows of a user, an item, a weight and a time. */
export function rows({ users = 30, items = 20, perUser = 6 } = {}) {
  return Array.from({ length: users * perUser }, (_, n) => {
    const user = Math.floor(n / perUser)
    return { user, item: `i${(user * 7 + (n % perUser) ** 2 * 3) % items}`, weight: 1 + (n % 5), time: n }
  })
}

/** A matrix of numbers that no two rows share. */
export function numbers(count, cols) {
  const matrix = new Matrix(count, cols)
  for (let i = 0; i < matrix.data.length; i++) matrix.data[i] = ((i * 0.618) % 1) - 0.5
  return matrix
}

const OPTIONS = {
  AlternatingLeastSquares: { factors: 3, iterations: 2 },
  BayesianPersonalizedRanking: { factors: 3, iterations: 3 },
  EASE: { regularization: 5 },
  GFCF: { factors: 3 },
  Item2Vec: { factors: 3, iterations: 2 },
  MatrixFactorization: { factors: 3, iterations: 3 },
  PureSVD: { factors: 4 },
  SeqGAN: {
    length: 3,
    context: 3,
    dims: 4,
    hidden: 4,
    pretrainEpochs: 1,
    discriminatorEpochs: 1,
    adversarialSteps: 1,
    rollouts: 1,
  },
}

/** A model of the class, fitted to a small log. */
export function fitted(algorithm, log = Interactions.from(rows())) {
  const itemFeatures =
    algorithm === 'ContentBased' ? Features.from([...log.items], numbers(log.items.size, 4)) : undefined
  return new MODELS[algorithm](OPTIONS[algorithm] ?? {}).fit(log, { itemFeatures })
}

/** One answer of each kind that a model gives; typed errors are answers too. */
export async function askModel(model) {
  const user = [...model.users][0]
  const item = [...model.items][0]
  for (const [name, ask] of Object.entries({
    recommend: () => model.recommend(user, { k: 5 }),
    recommendFor: () => model.recommendFor([{ item }], { k: 5 }),
    similarItems: () => model.similarItems(item, { k: 5 }),
    score: () => model.score(user, [item]),
  }))
    await outcomeOf(`${model.constructor.name}.${name}`, ask)
}

/** Reads word vectors and searches them. */
async function askWords(path) {
  const words = await WordVectors.load(path)
  await words.neighbors([...words.words][0], { k: 3 })
}

export async function writeTables(folder) {
  const log = rows()
  const csv = ['user,item,weight,time', ...log.map((row) => Object.values(row).join(','))].join('\n')
  const files = {
    'log.csv': `${csv}\n`,
    'log.tsv': `${csv.replaceAll(',', '\t')}\n`,
    'log.jsonl': log.map((row) => `${JSON.stringify(row)}\n`).join(''),
    'items.txt': Array.from({ length: 20 }, (_, user) => `${user} ${user + 1} ${user + 2} ${user * 3}\n`).join(''),
    'negatives.tsv': Array.from({ length: 20 }, (_, user) => `(${user},${user + 1})\t5\t7\t9\n`).join(''),
    'catalogue.jsonl': Array.from(
      { length: 20 },
      (_, n) => `{"id":"i${n}","title":"Whale ${n}","year":19${n + 10}}\n`,
    ).join(''),
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  for (const name of ['log.csv', 'log.jsonl']) writeFileSync(join(folder, `${name}.gz`), gzipSync(files[name]))
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const source = `(SELECT * FROM read_csv('${join(folder, 'log.csv')}'))`
  await connection.run(`COPY ${source} TO '${join(folder, 'log.parquet')}' (FORMAT parquet)`)
  await connection.run(`COPY ${source} TO '${join(folder, 'log.csv.zst')}' (FORMAT csv, COMPRESSION zstd)`)
  connection.closeSync()
  instance.closeSync()
}

const readLog = (path) => Interactions.read(path, { user: 'user', item: 'item', weight: 'weight', time: 'time' })

/** `{ name, path, read }` of every sample, written below `folder`; `read` goes on with what it has read. */
export async function writeSamples(folder) {
  await writeTables(folder)
  const log = Interactions.from(rows())
  const features = Features.from([...log.items], numbers(log.items.size, 4))
  await features.matrix.write(join(folder, 'matrix.npy'))
  await features.matrix.write(join(folder, 'matrix.safetensors'))
  await AttentionPooling.zeros({ heads: 2, dims: 4 }).save(join(folder, 'pooling.safetensors'))
  await features.save(join(folder, 'features'))
  await (await SimilarityIndex.build(features)).save(join(folder, 'index'))
  const vocabulary = ['[PAD]', '[UNK]', '[MASK]', 'a', 'story', 'of', 'love', '##ly']
  await saveStaticEncoder(join(folder, 'static'), {
    vocabulary,
    embeddings: new Int8Array(vocabulary.length * 8).fill(3),
    scales: new Float32Array(vocabulary.length).fill(1),
    normalize: true,
  })
  const pipeline = new FeaturePipeline({
    weight: 'standard',
    user: { kind: 'one-hot' },
    item: 'ordinal',
    time: 'cyclic',
  })
  await (await pipeline.fit(Table.from(rows()))).save(join(folder, 'pipeline'))
  const words = WordVectors.from(['a', 'story', 'of', 'love'], numbers(4, 5))
  await words.save(join(folder, 'words'))
  await words.write(join(folder, 'words.txt'))
  await words.write(join(folder, 'words.txt.gz'), { format: 'word2vec' })
  await words.write(join(folder, 'words.bin'), { format: 'word2vec-binary' })
  await (await SifEncoder.fit(words, ['a story of love', 'a story'])).save(join(folder, 'sif'))
  cpSync(join(root, 'test', 'fixtures', 'tiny-encoder'), join(folder, 'transformer'), { recursive: true })
  for (const algorithm of Object.keys(MODELS)) await (await fitted(algorithm, log)).save(join(folder, algorithm))
  const search = (path) =>
    tune({ x: uniform(0, 1), n: int(1, 3) }, ({ x, n }) => x * n, { trials: 3, seed: 1, study: path })
  await search(join(folder, 'study.jsonl'))

  const tables = ['log.csv', 'log.tsv', 'log.jsonl', 'log.csv.gz', 'log.jsonl.gz', 'log.csv.zst', 'log.parquet']
  const readers = {
    ...Object.fromEntries(tables.map((name) => [name, async (path) => void [...(await readLog(path))].length])),
    'items.txt': (path) => Interactions.read(path, { format: 'user-items' }),
    'negatives.tsv': readNegatives,
    'catalogue.jsonl': (path) => Catalogue.read(path, { id: 'id', text: '{title}' }),
    'matrix.npy': Matrix.read,
    'matrix.safetensors': Matrix.read,
    'pooling.safetensors': AttentionPooling.load,
    'study.jsonl': search,
    features: Features.load,
    pipeline: async (path) => (await FeaturePipeline.load(path)).transformRow(rows()[0]),
    index: async (path) => (await SimilarityIndex.load(path)).search(new Matrix(1, 4), { k: 3 }),
    ...Object.fromEntries(['words', 'words.txt', 'words.txt.gz', 'words.bin'].map((name) => [name, askWords])),
    sif: async (path) => (await SifEncoder.load(path)).embed(['a story of nothing']),
    static: async (path) => (await StaticEmbedder.load(path)).embed(['a lovely story']),
    transformer: async (path) => {
      const embedder = await TextEmbedder.load(path)
      try {
        await embedder.embed(['a lovely story'])
      } finally {
        embedder.dispose()
      }
    },
    ...Object.fromEntries(Object.keys(MODELS).map((name) => [name, async (path) => askModel(await loadModel(path))])),
  }
  return Object.entries(readers).map(([name, read]) => ({ name, path: join(folder, name), read }))
}
