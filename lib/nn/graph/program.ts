import type { NnNumbers, NnProgramHandle } from '../../native/addon.js'
import { checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, show } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall, nativeCallSync } from '../../native/native-call.js'
import type { Dim } from './dim.js'
import type { Graph, Operation, Tensor } from './graph.js'
import { tensorText } from './tensor-text.js'

const PLACES = ['buffer', 'input', 'temporary'] as const

/** The operations that the outputs need, or that change weights, in their order. */
function neededOperations({ operations }: Graph, outputs: readonly Tensor[]): Operation[] {
  const needed = new Set<Tensor>(outputs)
  const kept = operations.toReversed().filter((operation) => {
    const isKept =
      operation.outputs.length === 0 ||
      operation.outputs.some((output) => output.place === 'buffer' || needed.has(output))
    if (isKept) for (const input of operation.inputs) if (input) needed.add(input)
    return isKept
  })
  return kept.reverse()
}

/** The program as bindings/nn takes it: operations by the index of their name, tensors by number. */
function encode(graph: Graph, operations: readonly Operation[], outputs: readonly Tensor[]) {
  const names = [...new Set(operations.map(({ name }) => name))]
  const ids = (tensors: readonly (Tensor | null)[]) => [tensors.length, ...tensors.map((tensor) => tensor?.id ?? -1)]
  const code = [
    graph.dims.length,
    graph.tensors.length,
    ...graph.tensors.flatMap(({ place, slot, dtype, shape }) => [
      PLACES.indexOf(place),
      slot,
      dtype === 'i32' ? 1 : 0,
      shape.length,
      ...shape.flatMap(({ symbol, plus }) => [symbol, plus]),
    ]),
    operations.length,
    ...operations.flatMap(({ name, inputs, outputs: made, numbers }) => [
      names.indexOf(name),
      ...ids(inputs),
      ...ids(made),
      numbers.length,
      ...numbers,
    ]),
    ...ids(outputs),
  ]
  return { names, code: Float64Array.from(code) }
}

/**
 * What a graph computes, as one native call. It runs off the main thread, on as many threads as `KINDRED_THREADS` allows, and
 * gives the same bits for any number of them.
 */
export class Program {
  readonly #graph: Graph
  readonly #outputs: readonly Tensor[]
  readonly #handle: NnProgramHandle

  /** @param outputs what a run gives back, beside changing the weights */
  constructor(graph: Graph, outputs: readonly Tensor[]) {
    this.#graph = graph
    this.#outputs = outputs
    const { names, code } = encode(graph, neededOperations(graph, outputs), outputs)
    this.#handle = nativeCallSync((native) => native.nnProgram(names, code))
  }

  /**
   * Runs it. A call that changes weights waits for those under way and keeps others waiting.
   * @param inputs by name, of the sizes that the graph says; sizes that it leaves open are taken from them
   * @returns the outputs, in their order
   * @throws ERR_VALUE for a missing input or ids outside a table, ERR_SHAPE for sizes that do not fit, ERR_NOT_FINITE for
   * a loss that is no finite number, naming the first tensor that holds such numbers, ERR_ABORTED; the weights are then as they were
   */
  async run(
    inputs: Readonly<Record<string, NnNumbers>>,
    sizes: Readonly<Record<string, number>>,
    options: AbortOptions = {},
  ): Promise<NnNumbers[]> {
    options = checkOptions('run', options, ['signal'])
    const { dims, weights } = this.#graph
    const symbols = Int32Array.from(dims, (name) => {
      const size = sizes[name]
      if (!Number.isInteger(size) || size! < 0)
        throw new KindredError('ERR_VALUE', `${name}: expected a size but received ${show(size)}.`)
      return size!
    })
    const given = this.#graph.inputs.map(({ name }) => {
      const numbers = inputs[name]
      if (numbers === undefined) throw new KindredError('ERR_VALUE', `inputs: ${show(name)} is missing.`)
      return numbers
    })
    const size = ({ symbol, plus }: Dim) => (symbol < 0 ? 0 : symbols[symbol]!) + plus
    const made = this.#outputs.map(({ shape, dtype }) => {
      const length = shape.reduce((product, dim) => product * size(dim), 1)
      return dtype === 'f32' ? new Float32Array(length) : new Int32Array(length)
    })
    const buffers = await weights.buffers()
    try {
      await nativeCall(options.signal, (native, abort) =>
        native.nnRun(this.#handle, buffers, symbols, given, made, abort),
      )
    } catch (error) {
      if (!(error instanceof KindredError) || error.code !== 'ERR_NOT_FINITE') throw error
      // The weights are as they were, so that the run can be had once more.
      const first = await nativeCall(options.signal, (native, abort) =>
        native.nnFindNotFinite(this.#handle, buffers, symbols, given, abort),
      )
      if (first < 0) throw error
      const told = `${error.message} The first tensor with NaN or infinity is ${tensorText(this.#graph, first)}.`
      throw new KindredError('ERR_NOT_FINITE', told, { cause: error })
    }
    return made
  }
}

guardReceivers(Program)
