// The oracle LSTM of SeqGAN's synthetic experiment.
import { readFileSync } from 'node:fs'
import { Graph, gatherRows, linearCrossEntropy, lstm, Program, sampleLinear, Weights } from '../../dist/nn/index.mjs'

/** Items of a sequence. */
export const LENGTH = 20
const START = 0

/** The tensors of a safetensors file of f32. */
function readTensors(path) {
  const bytes = readFileSync(path)
  const size = Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + size))
  delete header.__metadata__
  const read = ({ shape, data_offsets: [begin, end] }) => ({
    shape,
    data: new Float32Array(bytes.buffer.slice(bytes.byteOffset + 8 + size + begin, bytes.byteOffset + 8 + size + end)),
  })
  return Object.fromEntries(Object.entries(header).map(([name, entry]) => [name, read(entry)]))
}

/** [cols, rows] of [rows, cols] */
function turned({ shape: [rows, cols], data }) {
  const out = new Float32Array(data.length)
  for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) out[c * rows + r] = data[r * cols + c]
  return out
}

const joined = (parts) => Float32Array.from(parts.flatMap((part) => [...part]))

/**
 * The oracle of Yu et al. 2017: an LSTM of random weights draws sequences of 20 items after the start token 0, and judges them.
 * @param path of its weights as safetensors, by the names of the authors' code
 */
export async function oracleOf(path) {
  const tensors = readTensors(path)
  const [items, dims] = tensors.embeddings.shape
  const hidden = tensors.Ui.shape[0]
  const weights = new Weights()
  const declare = async (name, shape, numbers) => {
    weights.declare(name, shape)
    await weights.write(name, numbers)
  }
  // The gates of lstm are input, forget, cell, output.
  const gates = ['i', 'f', 'c', 'og']
  await declare('items', [items, dims], tensors.embeddings.data)
  await declare('input', [4 * hidden, dims], joined(gates.map((gate) => turned(tensors[`W${gate}`]))))
  await declare('hidden', [4 * hidden, hidden], joined(gates.map((gate) => turned(tensors[`U${gate}`]))))
  await declare('bias', [4 * hidden], joined(gates.map((gate) => tensors[`b${gate}`].data)))
  await declare('out', [items, hidden], turned(tensors.Wo))
  await declare('outBias', [items], tensors.bo.data)
  const of = (graph) => ({
    table: graph.parameter('items'),
    recurrent: {
      input: graph.parameter('input'),
      hidden: graph.parameter('hidden'),
      inputBias: graph.parameter('bias'),
    },
    out: graph.parameter('out'),
    bias: graph.parameter('outBias'),
  })
  const judge = new Graph(weights)
  const read = of(judge)
  const tokens = judge.dim('tokens')
  const offsets = judge.input('offsets', [{ ...judge.dim('sequences'), plus: 1 }], 'i32')
  const before = gatherRows(read.table, judge.input('before', [tokens], 'i32'))
  const states = lstm(before, offsets, read.recurrent).hidden
  const loss = new Program(judge, [
    linearCrossEntropy(states, read.out, read.bias, judge.input('ids', [tokens], 'i32')),
  ])

  const draw = new Graph(weights)
  const drawn = of(draw)
  const rows = draw.dim('rows')
  const shape = [rows, hidden]
  const unit = draw.input('unit', [{ ...rows, plus: 1 }], 'i32')
  const after = lstm(gatherRows(drawn.table, draw.input('last', [rows], 'i32')), unit, drawn.recurrent, {
    initial: draw.input('hidden', shape),
    initialCell: draw.input('cell', shape),
  })
  const step = new Program(draw, [
    sampleLinear(after.hidden, drawn.out, { bias: drawn.bias }),
    after.hidden,
    after.cell,
  ])
  return {
    items,
    /** @returns Int32Array of each sequence */
    async sample(count, seed) {
      let last = new Int32Array(count).fill(START)
      let [state, cell] = [new Float32Array(count * hidden), new Float32Array(count * hidden)]
      const lists = Array.from({ length: count }, () => new Int32Array(LENGTH))
      const ends = Int32Array.from({ length: count + 1 }, (_, n) => n)
      for (let n = 0; n < LENGTH; n++) {
        const inputs = { last, hidden: state, cell, unit: ends, seed: Int32Array.of(seed, n) }
        ;[last, state, cell] = await step.run(inputs, { rows: count })
        for (const [row, list] of lists.entries()) list[n] = last[row]
      }
      return lists
    },
    /** The mean of minus the logarithm of an item's probability. */
    async judge(lists) {
      const ids = Int32Array.from(lists.flatMap((list) => [...list]))
      const before = Int32Array.from(lists.flatMap((list) => [START, ...list.subarray(0, -1)]))
      const offsets = Int32Array.from({ length: lists.length + 1 }, (_, n) => n * LENGTH)
      const [mean] = await loss.run({ ids, before, offsets }, { tokens: ids.length, sequences: lists.length })
      return mean[0]
    },
  }
}
