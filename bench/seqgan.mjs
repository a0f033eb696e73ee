// The synthetic experiment of SeqGAN (Yu et al. 2017, section "Synthetic data experiments"): an LSTM with random weights, the
// authors' own, makes the sequences that are learnt, and judges those that are generated: minus the logarithm of their
// probability, per item.
//   node bench/seqgan.mjs [--steps 100] [--pretrain 15] ... : any option of SeqGAN, and --data FOLDER, --sequences 10000
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SeqGAN } from '../dist/index.mjs'
import { Graph, gatherRows, linearCrossEntropy, lstm, Program, sampleLinear, Weights } from '../dist/nn/index.mjs'

const [LENGTH, START] = [20, 0]

const given = Object.fromEntries(
  process.argv
    .slice(2)
    .join(' ')
    .split('--')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [name, value] = part.trim().split(/[ =]+/)
      return [
        name,
        /^[\d.e-]+$/.test(value) ? Number(value) : value === 'true' ? true : value === 'false' ? false : value,
      ]
    }),
)
const {
  data = join('..', 'shared', 'data', 'seqgan-oracle'),
  sequences = 10_000,
  judged = 2048,
  every = 1,
  checkpoint,
  verbose = false,
  ...options
} = given

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

/** The oracle: draws sequences and judges them. */
async function oracleOf(path) {
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

/** Seconds of CPU time, which other programs on the machine do not change. */
const clock = () => ((process.cpuUsage().user + process.cpuUsage().system) / 1e6).toFixed(1).padStart(7)

const oracle = await oracleOf(join(data, 'oracle.safetensors'))
const train = await oracle.sample(sequences, 1)
const held = await oracle.sample(judged, 2)
console.log(`${clock()} s  the oracle's own sequences: ${(await oracle.judge(held)).toFixed(3)}`)
const model = new SeqGAN({ length: LENGTH, context: 0, repeats: true, seed: 1, ...options })
const found = { pretraining: [], adversarial: [] }
await model.fitSequences(train, {
  items: oracle.items,
  checkpoint,
  onProgress: ({ phase, done, loss }) =>
    verbose && console.log(`${clock()} s  ${phase} step ${done}: loss ${loss.toFixed(4)}`),
  onEpoch: async ({ phase, epoch, sample, negativeLogLikelihood }) => {
    if (phase === 'discriminator' || epoch % every !== 0) return
    const nll = await oracle.judge(await sample(judged, { seed: 3 }))
    found[phase].push(nll)
    const told = `oracle ${nll.toFixed(3)}   held out ${(await negativeLogLikelihood(held)).toFixed(3)}`
    console.log(`${clock()} s  ${phase.padEnd(12)} ${String(epoch).padStart(3)}  ${told}`)
  },
})
const [mle, reached] = [found.pretraining.at(-1), found.adversarial.at(-1)]
console.log(`${clock()} s  maximum likelihood ${mle?.toFixed(3)}, against the discriminator ${reached?.toFixed(3)}`)
