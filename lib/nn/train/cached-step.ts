import { gradients } from '../graph/gradients.js'
import { Graph, type Precision, type Tensor } from '../graph/graph.js'
import { Program } from '../graph/program.js'
import { multiply, total } from '../ops/layers/arithmetic.js'
import type { Optimizer } from '../optimizers/optimizer.js'
import type { Weights } from '../weights.js'
import { adding, applying, type StepBatch, sumOf, type TrainingStep } from './training-step.js'

/** A loss of vectors that are compared with each other, across all chunks of a batch. */
export interface CachedLoss {
  /** Adds the vectors [rows, dims] of one chunk to a graph, with the dropout of training. */
  vectors(graph: Graph): Tensor
  /** Adds the loss of the vectors [rows, dims] of all chunks, one after the other, to a graph. */
  loss(graph: Graph, vectors: Tensor): Tensor
  /** What the loss takes beside the vectors. */
  batch(chunks: readonly StepBatch[]): Pick<StepBatch, 'inputs' | 'sizes'>
}

/**
 * A step on a batch whose states need the memory of one chunk alone (gradient caching; Gao et al. 2021, "Scaling Deep
 * Contrastive Learning Batch Size under Memory Limited Setup"): the vectors of each chunk, the loss of all with its gradient by
 * the vectors, then each chunk once more, with the same dropout, against the gradient of its own.
 * @param names of the weights that it changes
 */
export async function cachedStep(
  weights: Weights,
  names: readonly string[],
  { vectors, loss, batch }: CachedLoss,
  optimizer: Optimizer,
  precision?: Precision,
): Promise<TrainingStep> {
  const forward = new Graph(weights, { precision })
  const made = vectors(forward)
  const encode = new Program(forward, [made])
  const dims = made.fixed(1)

  const whole = new Graph(weights, { precision })
  const all = whole.input('vectors', [whole.dim('rows'), dims])
  const value = loss(whole, all)
  const [slopes] = gradients(value, [all])
  whole.update('check_finite', [value], [], [])
  const compare = new Program(whole, [value, slopes as Tensor])

  const record = (graph: Graph) => {
    const own = vectors(graph)
    const objective = total(multiply(own, graph.input('slopes', own.shape)))
    return { objective, told: objective }
  }
  const add = await adding(weights, names, { record, precision })
  const apply = applying(weights, names, add.tables, optimizer)
  return {
    kept: [...apply.kept, ...names.map(sumOf)],
    async run(chunks, { learningRate, step, seed }, signal) {
      // A chunk has a dropout of its own, the same each time.
      const seedOf = (n: number) => Int32Array.of(seed[0]!, seed[1]! + n)
      const found: Float32Array[] = []
      for (const [n, { inputs, sizes }] of chunks.entries())
        found.push((await encode.run({ ...inputs, seed: seedOf(n) }, sizes, { signal }))[0] as Float32Array)
      const rows = found.reduce((sum, { length }) => sum + length / dims, 0)
      const joined = new Float32Array(rows * dims)
      let end = 0
      const places = found.map((own) => {
        joined.set(own, end)
        end += own.length
        return [end - own.length, end] as const
      })
      const others = batch(chunks)
      const [told, gradient] = await compare.run(
        { ...others.inputs, vectors: joined },
        { ...others.sizes, rows },
        { signal },
      )
      const touched = await add.run(
        chunks.map(({ inputs, sizes }, n) => ({
          inputs: { ...inputs, slopes: gradient!.subarray(...places[n]!) as Float32Array, seed: seedOf(n) },
          sizes,
          share: 1,
        })),
        signal,
      )
      await apply.run(touched.rows, learningRate, step, signal)
      return told![0]!
    },
  }
}
