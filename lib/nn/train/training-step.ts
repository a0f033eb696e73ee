import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { NnNumbers } from '../../native/addon.js'
import { gradients, isRows } from '../graph/gradients.js'
import { Graph, type Precision, type RowGradient, type Tensor } from '../graph/graph.js'
import { Program } from '../graph/program.js'
import { gatherRows } from '../ops/layers/gather.js'
import { type Optimizer, update } from '../optimizers/optimizer.js'
import type { Weights } from '../weights.js'

/** What a step is run with. */
export interface StepInputs {
  learningRate: Float32Array
  step: Int32Array
  seed: Int32Array
}

/** Samples laid out for a run. */
export interface StepBatch {
  readonly inputs: Readonly<Record<string, NnNumbers>>
  readonly sizes: Readonly<Record<string, number>>
  /** How many terms the loss is the mean of. */
  readonly terms: number
}

/** What a step makes less, and the loss that it tells of. */
export interface StepLoss {
  readonly objective: Tensor
  readonly told: Tensor
}

/** One step of training: the weights that it changes, what it keeps, and how it is run. */
export interface TrainingStep {
  /** Names of the weights that the optimiser keeps. */
  readonly kept: readonly string[]
  /** One step on these batches together; the mean loss. */
  run(batches: readonly StepBatch[], given: StepInputs, signal: AbortSignal | undefined): Promise<number>
}

/** What adds a loss to a graph, and the precision of its products. */
export interface Recording {
  record(graph: Graph): StepLoss
  readonly precision?: Precision | undefined
}

/** What a graph of a step is made of, before the optimiser. The event loop runs between the parts. */
async function recorded(weights: Weights, names: readonly string[], { record, precision }: Recording) {
  const yielder = new LoopYielder()
  await yielder.yieldToLoop()
  const graph = new Graph(weights, { precision })
  const { objective, told } = record(graph)
  await yielder.yieldToLoop()
  const parameters = names.map((name) => graph.parameter(name))
  const found = gradients(objective, parameters)
  graph.update('check_finite', [objective], [], [])
  await yielder.yieldToLoop()
  return { graph, parameters, found, told, yielder }
}

/** A step on one batch, as one native call. */
async function wholeStep(
  weights: Weights,
  names: readonly string[],
  recording: Recording,
  optimizer: Optimizer,
): Promise<TrainingStep> {
  const { graph, parameters, found, told, yielder } = await recorded(weights, names, recording)
  const { kept } = update(parameters, found, optimizer)
  await yielder.yieldToLoop()
  const program = new Program(graph, [told])
  return {
    kept,
    async run([batch], given, signal) {
      const [loss] = await program.run({ ...batch!.inputs, ...given }, batch!.sizes, { signal })
      return loss![0]!
    },
  }
}

/** The name of the sum of a weight's gradients. */
export const sumOf = (name: string) => `${name}.gradients`
const rowsOf = (name: string) => `${name}.rows`

/** Different rows in ascending order, of lists that have -1 for none. */
function unionOf(lists: readonly NnNumbers[]): Int32Array {
  const rows = new Set<number>()
  for (const list of lists) for (const row of list) if (row >= 0) rows.add(row)
  return Int32Array.from(rows).sort()
}

/** A batch and its weight in the sums. */
interface Part {
  readonly inputs: StepBatch['inputs']
  readonly sizes: StepBatch['sizes']
  readonly share: number
}

/** What adds the gradients of batches to the sums. @returns its tables, and a run: the weighted loss, and the rows of each table */
export async function adding(weights: Weights, names: readonly string[], recording: Recording) {
  const { graph, found, told, yielder } = await recorded(weights, names, recording)
  const [keep, share] = [graph.input('keep', [1]), graph.input('share', [1])]
  const tables: string[] = []
  const rows: Tensor[] = []
  for (const [n, name] of names.entries()) {
    const sum = sumOf(name)
    if (!weights.has(sum)) weights.declare(sum, weights.entry(name).shape)
    const gradient = found[n]!
    if (isRows(gradient)) {
      graph.update('add_to_rows', [gradient.rows, gradient.sums, share], [graph.parameter(sum)], [])
      tables.push(name)
      rows.push(gradient.rows)
    } else graph.update('blend', [gradient, keep, share], [graph.parameter(sum)], [])
  }
  await yielder.yieldToLoop()
  const program = new Program(graph, [told, ...rows])
  return {
    tables,
    async run(parts: readonly Part[], signal: AbortSignal | undefined): Promise<{ loss: number; rows: Int32Array[] }> {
      const lists: NnNumbers[][] = []
      let total = 0
      for (const [n, part] of parts.entries()) {
        const own = { keep: Float32Array.of(n === 0 ? 0 : 1), share: Float32Array.of(part.share) }
        const [loss, ...touched] = await program.run({ ...part.inputs, ...own }, part.sizes, { signal })
        total += part.share * loss![0]!
        lists.push(touched)
      }
      return { loss: total, rows: tables.map((_, table) => unionOf(lists.map((list) => list[table]!))) }
    },
  }
}

/** What changes the weights by the sums, of tables by the rows that are given, which are 0 afterwards. */
export function applying(weights: Weights, names: readonly string[], tables: readonly string[], optimizer: Optimizer) {
  const graph = new Graph(weights)
  const found = names.map((name): Tensor | RowGradient => {
    const sums = graph.parameter(sumOf(name))
    if (!tables.includes(name)) return sums
    const rows = graph.input(rowsOf(name), [graph.dim(rowsOf(name))], 'i32')
    graph.update('clear_rows', [rows], [sums], [])
    return { rows, sums: gatherRows(sums, rows) }
  })
  const { kept } = update(
    names.map((name) => graph.parameter(name)),
    found,
    optimizer,
  )
  const program = new Program(graph, [])
  return {
    kept,
    /** @param rows of each table */
    async run(
      rows: readonly Int32Array[],
      learningRate: Float32Array,
      step: Int32Array,
      signal: AbortSignal | undefined,
    ): Promise<void> {
      const ofTables = <T>(make: (own: Int32Array) => T) =>
        Object.fromEntries(tables.map((name, n) => [rowsOf(name), make(rows[n]!)]))
      const inputs = { learningRate, step, ...ofTables((own) => own) }
      await program.run(
        inputs,
        ofTables(({ length }) => length),
        { signal },
      )
    },
  }
}

/** A step on several batches, whose gradients are added up, as if they were one. */
async function accumulatedStep(
  weights: Weights,
  names: readonly string[],
  recording: Recording,
  optimizer: Optimizer,
): Promise<TrainingStep> {
  const add = await adding(weights, names, recording)
  const apply = applying(weights, names, add.tables, optimizer)
  return {
    kept: [...apply.kept, ...names.map(sumOf)],
    async run(batches, { learningRate, step, seed }, signal) {
      const terms = batches.reduce((sum, batch) => sum + batch.terms, 0)
      const parts = batches.map(({ inputs, sizes, terms: own }, n) => ({
        // Each batch has a dropout of its own.
        inputs: { ...inputs, seed: Int32Array.of(seed[0]!, seed[1]! + n) },
        sizes,
        share: terms === 0 ? 1 / batches.length : own / terms,
      }))
      const { loss, rows } = await add.run(parts, signal)
      await apply.run(rows, learningRate, step, signal)
      return loss
    },
  }
}

/**
 * A step of training that changes the weights `names`.
 * @param recording adds the loss to a graph
 * @param accumulation how many batches make one step, at most
 * @throws ERR_VALUE for a weight that the loss does not depend on, ERR_NOT_SUPPORTED for bf16 where there is none
 */
export function trainingStep(
  weights: Weights,
  names: readonly string[],
  recording: Recording,
  optimizer: Optimizer,
  accumulation: number,
): Promise<TrainingStep> {
  return (accumulation === 1 ? wholeStep : accumulatedStep)(weights, names, recording, optimizer)
}
