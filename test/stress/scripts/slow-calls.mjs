import { evaluate, Interactions, Matrix, StaticEmbedder } from 'kindred'
import { nativeCall } from '#lib/native/native-call.js'
import { makeLog, quickAls, slowAls } from './logs.mjs'

function filled(rows, cols) {
  const matrix = new Matrix(rows, cols)
  for (let i = 0; i < matrix.data.length; i++) matrix.data[i] = ((i * 0.618) % 1) - 0.5
  return matrix
}

/** Each prepares a call that takes many seconds, or goes on for ever in shorter ones; `start(signal)` begins it. */
export const SLOW_CALLS = {
  async fit() {
    const log = makeLog()
    return (signal) => slowAls().fit(log, { signal })
  },
  async topK() {
    const queries = filled(200_000, 64)
    const items = filled(50_000, 64)
    return (signal) => nativeCall(signal, (native, abort) => native.topK(queries, items, 'dot', 10, null, null, abort))
  },
  async kernelRidge() {
    const x = filled(5000, 32)
    const y = filled(5000, 64)
    return (signal) => nativeCall(signal, (native, abort) => native.kernelRidge(x, y, 0.5, 0.5, abort))
  },
  async recommendMany() {
    const model = await quickAls().fit(makeLog())
    return async (signal) => {
      for (;;) await model.recommendMany(model.users, { k: 100, signal })
    }
  },
  async similarItems() {
    const model = await quickAls().fit(makeLog())
    return async (signal) => {
      for (;;) await Promise.all([...model.items].map((item) => model.similarItems(item, { signal })))
    }
  },
  async evaluate() {
    const { train, test } = makeLog().split({ by: 'leave-last-out' })
    const model = await quickAls().fit(train)
    return async (signal) => {
      for (;;) await evaluate(model, test, { k: [5, 10], signal })
    }
  },
  async embed() {
    const vocabulary = ['[PAD]', '[UNK]', '[MASK]', 'a', 'story', 'of', 'love', '##ly']
    const embeddings = new Int8Array(vocabulary.length * 64).fill(3)
    const scales = new Float32Array(vocabulary.length).fill(1)
    const embedder = await StaticEmbedder.from({ vocabulary, embeddings, scales, normalize: true })
    const texts = Array.from({ length: 200_000 }, () => 'a lovely story of love '.repeat(4))
    return async (signal) => {
      for (;;) await embedder.embed(texts, { signal })
    }
  },
  async read(file) {
    return async (signal) => {
      for (;;) await Interactions.read(file, { user: 'user', item: 'item', signal })
    }
  },
}
