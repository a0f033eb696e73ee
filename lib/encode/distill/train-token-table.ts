import { Matrix } from '../../data/matrix.js'
import { createRandom } from '../../data/random.js'
import { nativeCall } from '../../native/native-call.js'

/** What a static encoder learns from. */
export interface TrainingExamples {
  /** The tokens of each text. */
  tokens: readonly Int32Array[]
  /** [texts, dims], the teacher's vectors, each of norm 1. */
  teacher: Matrix
}

export interface TrainingOptions {
  epochs: number
  batchSize: number
  /** Of Adam at the first step; it falls linearly to 0 at the last. */
  learningRate: number
  /** Weight of the squared difference between the similarities of student and teacher within a batch. */
  similarityWeight: number
  seed: number
}

/** Means over an epoch's batches. */
export interface TrainingLoss {
  /** One minus the cosine between student and teacher. */
  cosine: number
  /** Squared difference between the two similarity matrices of a batch. */
  similarity: number
}

/**
 * Trains `table` [vocab, dims] in place, with Adam on the rows that a batch touches. A text's vector is the mean of its
 * tokens' rows, each times its token's weight. Same seed, same bits, for any number of threads.
 * @param weights [vocab]
 * @returns the loss of each epoch
 * @throws ERR_ABORTED, which leaves the table half trained
 */
export async function trainTokenTable(
  table: Matrix,
  weights: Float32Array,
  examples: TrainingExamples,
  options: TrainingOptions,
  hooks: { signal?: AbortSignal; onProgress?: (progress: { done: number; total: number; loss: number }) => void } = {},
): Promise<TrainingLoss[]> {
  const { epochs, batchSize, similarityWeight } = options
  const texts = examples.tokens.length
  const random = createRandom(options.seed)
  const order = Int32Array.from({ length: texts }, (_, i) => i)
  const state = {
    first: new Matrix(table.rows, table.cols),
    second: new Matrix(table.rows, table.cols),
    updates: new Int32Array(table.rows),
  }
  const total = epochs * Math.ceil(texts / batchSize)
  const history: TrainingLoss[] = []
  let step = 0
  for (let epoch = 0; epoch < epochs; epoch++) {
    random.shuffle(order)
    const mean: TrainingLoss = { cosine: 0, similarity: 0 }
    for (let begin = 0; begin < texts; begin += batchSize) {
      const members = order.subarray(begin, begin + batchSize)
      const learningRate = options.learningRate * (1 - step / total)
      const { batch, teacher } = assemble(examples, members)
      const loss = await nativeCall(hooks.signal, (native, abort) =>
        native.distillStep(batch, teacher, weights, table, state, { similarityWeight, learningRate }, abort),
      )
      step++
      mean.cosine += (loss.cosine * members.length) / texts
      mean.similarity += (loss.similarity * members.length) / texts
      hooks.onProgress?.({ done: step, total, loss: loss.cosine + similarityWeight * loss.similarity })
    }
    history.push(mean)
  }
  return history
}

function assemble(
  { tokens, teacher }: TrainingExamples,
  members: Int32Array,
): { batch: { indptr: Int32Array; tokens: Int32Array }; teacher: Matrix } {
  const indptr = new Int32Array(members.length + 1)
  for (const [b, text] of members.entries()) indptr[b + 1] = indptr[b]! + tokens[text]!.length
  const out = { indptr, tokens: new Int32Array(indptr[members.length]!) }
  const vectors = new Matrix(members.length, teacher.cols)
  for (const [b, text] of members.entries()) {
    out.tokens.set(tokens[text]!, indptr[b]!)
    vectors.row(b).set(teacher.row(text))
  }
  return { batch: out, teacher: vectors }
}
