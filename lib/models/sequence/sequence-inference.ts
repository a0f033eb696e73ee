import { Matrix } from '../../data/matrix.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { Graph } from '../../nn/graph/graph.js'
import { Program } from '../../nn/graph/program.js'
import { gatherRows } from '../../nn/ops/layers/gather.js'
import type { Weights } from '../../nn/weights.js'
import { placesOfSequences, type SequenceNetwork } from './sequence-network.js'

/** Numbers of vectors of items that are gathered for a run: 4 MiB. */
const NUMBERS_AT_ONCE = 1 << 20

/** What a network makes of histories, without gradients. */
export class SequenceInference {
  readonly #dims: number
  readonly #maxLength: number
  readonly #mask: Float32Array | null
  readonly #network: SequenceNetwork
  readonly #one: Program
  readonly #many: Program

  /** @param mask [dims] what stands for the item to be told, of networks that are masked */
  constructor(
    network: SequenceNetwork,
    weights: Weights,
    { dims, maxLength }: { readonly dims: number; readonly maxLength: number },
    mask: Float32Array | null,
  ) {
    this.#network = network
    this.#dims = dims
    this.#maxLength = maxLength
    this.#mask = mask
    const single = new Graph(weights)
    const own = placesOfSequences(single)
    this.#one = new Program(single, [network.lastState(single, single.input('x', [own.tokens, dims]), own)])
    const graph = new Graph(weights)
    const places = placesOfSequences(graph)
    const states = network.states(graph, graph.input('x', [places.tokens, dims]), places, false)
    this.#many = new Program(graph, [gatherRows(states, graph.input('lasts', [places.sequences], 'i32'))])
  }

  /** The tokens of a history: items whose vector is not 0, the last `maxLength` of them, or 0 without any. */
  #tokens(rows: ArrayLike<number>, isKnown: Uint8Array): number[] {
    const tokens: number[] = []
    for (let n = rows.length - 1; n >= 0 && tokens.length < this.#maxLength; n--)
      if (isKnown[rows[n]!] === 1) tokens.push(rows[n]!)
    return tokens.reverse()
  }

  #length(tokens: readonly number[]): number {
    return tokens.length === 0 ? 0 : tokens.length + (this.#mask === null ? 0 : 1)
  }

  #fill(x: Float32Array, positions: Int32Array, at: number, tokens: readonly number[], items: Matrix): void {
    for (const [n, row] of tokens.entries()) x.set(items.row(row), (at + n) * this.#dims)
    if (this.#mask !== null) x.set(this.#mask, (at + tokens.length) * this.#dims)
    const length = this.#length(tokens)
    const first = this.#network.firstPosition(length)
    for (let n = 0; n < length; n++) positions[at + n] = first + n
  }

  /**
   * The state of one history [1, dims]; 0 without an item that is known.
   * @param rows of items, the earliest first
   * @param items [items, dims]
   * @param isKnown [items] 1 for those whose vector is not 0
   */
  async state(
    rows: ArrayLike<number>,
    items: Matrix,
    isKnown: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<Matrix> {
    const found = this.#tokens(rows, isKnown)
    const tokens = this.#length(found)
    if (tokens === 0) return new Matrix(1, this.#dims)
    const [x, positions] = [new Float32Array(tokens * this.#dims), new Int32Array(tokens)]
    this.#fill(x, positions, 0, found, items)
    const inputs = { x, positions, offsets: Int32Array.of(0, tokens), last: Int32Array.of(tokens - 1) }
    const [state] = await this.#one.run(inputs, { tokens, sequences: 1 }, { signal })
    return new Matrix(1, this.#dims, state as Float32Array)
  }

  /** The states of many histories [histories, dims], as {@link state}. @throws ERR_ABORTED */
  async states(
    count: number,
    historyOf: (n: number) => ArrayLike<number>,
    items: Matrix,
    isKnown: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<Matrix> {
    const out = new Matrix(count, this.#dims)
    const yielder = new LoopYielder(signal)
    const most = Math.max(this.#maxLength + 1, Math.floor(NUMBERS_AT_ONCE / this.#dims))
    let [waiting, rows, tokens]: [number[][], number[], number] = [[], [], 0]
    const run = async () => {
      if (rows.length === 0) return
      const x = new Float32Array(tokens * this.#dims)
      const [positions, offsets] = [new Int32Array(tokens), new Int32Array(rows.length + 1)]
      for (const [n, own] of waiting.entries()) {
        this.#fill(x, positions, offsets[n]!, own, items)
        offsets[n + 1] = offsets[n]! + this.#length(own)
        if (yielder.due) await yielder.yieldToLoop()
      }
      const lasts = Int32Array.from(rows, (_, n) => offsets[n + 1]! - 1)
      const sizes = { tokens, sequences: rows.length }
      const [states] = await this.#many.run({ x, positions, offsets, lasts }, sizes, { signal })
      const made = new Matrix(rows.length, this.#dims, states as Float32Array)
      for (const [n, row] of rows.entries()) out.row(row).set(made.row(n))
      ;[waiting, rows, tokens] = [[], [], 0]
    }
    for (let n = 0; n < count; n++) {
      const own = this.#tokens(historyOf(n), isKnown)
      const length = this.#length(own)
      if (length === 0) continue
      if (tokens + length > most) await run()
      waiting.push(own)
      rows.push(n)
      tokens += length
      if (yielder.due) await yielder.yieldToLoop()
    }
    await run()
    return out
  }
}

/** [rows] 1 for rows that are not 0. @throws ERR_ABORTED */
export async function knownRows(matrix: Matrix, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const known = new Uint8Array(matrix.rows)
  await new LoopYielder(signal).over(matrix.rows, 256, (begin, end) => {
    for (let row = begin; row < end; row++) known[row] = matrix.row(row).some((value) => value !== 0) ? 1 : 0
  })
  return known
}
