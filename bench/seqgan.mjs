// The synthetic experiment of SeqGAN (Yu et al. 2017, section "Synthetic data experiments"): the authors' oracle LSTM makes the
// sequences that are learnt, and judges those that are generated: minus the logarithm of their probability, per item. Argument:
// options of SeqGAN as JSON, with `sequences` (10,000), those learnt from, `judged` (2,048), those judged, and `checkpoint`. The
// data: seqgan-oracle/oracle.safetensors under $KINDRED_REAL/data.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SeqGAN } from '../dist/index.mjs'
import { real } from './harness/real.mjs'
import { LENGTH, oracleOf } from './harness/seqgan-oracle.mjs'

export const summary =
  "SeqGAN's lists as the authors' oracle judges them, after maximum likelihood and after adversarial training"

/** The authors' log: after maximum likelihood, after 150 epochs of adversarial training. */
const AUTHORS = { pretraining: 9.0706, adversarial: 8.6832 }

/** What is not an option of SeqGAN. */
const DEFAULTS = {
  sequences: 10_000,
  judged: 2048,
  checkpoint: undefined,
  batchSize: 64,
  pretrainEpochs: 60,
  discriminatorEpochs: 10,
  discriminatorSteps: 20,
  adversarialSteps: 40,
}
const SMALL = { sequences: 1000, judged: 256, pretrainEpochs: 2, discriminatorEpochs: 1, adversarialSteps: 2 }

/** Seconds of CPU time, which other programs on the machine do not change. */
const cpuSeconds = () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6

export async function run({ small, log: tell, arguments: [given = '{}'] }) {
  const path = join(real, 'data', 'seqgan-oracle', 'oracle.safetensors')
  if (!existsSync(path)) return { missing: path }
  const { sequences, judged, checkpoint, ...options } = { ...DEFAULTS, ...(small && SMALL), ...JSON.parse(given) }
  const oracle = await oracleOf(path)
  const [train, held] = [await oracle.sample(sequences, 1), await oracle.sample(judged, 2)]
  const begin = cpuSeconds()
  const found = []
  const model = new SeqGAN({ length: LENGTH, context: 0, repeats: true, seed: 1, ...options })
  await model.fitSequences(train, {
    items: oracle.items,
    checkpoint,
    onEpoch: async ({ phase, epoch, sample, negativeLogLikelihood }) => {
      const seconds = cpuSeconds() - begin
      const nll = await oracle.judge(await sample(judged, { seed: 3 }))
      found.push({ phase, epoch, seconds, nll, heldOut: await negativeLogLikelihood(held) })
      tell(
        Object.entries(found.at(-1))
          .map((entry) => entry.join(' '))
          .join(', '),
      )
    },
  })
  const rows = ['pretraining', 'adversarial'].map((phase) => {
    const last = found.findLast((one) => one.phase === phase)
    const told = last ? [last.nll, last.heldOut].map((nll) => nll.toFixed(3)) : ['', '']
    return [phase, ...told, last?.seconds.toFixed(0) ?? '', AUTHORS[phase].toFixed(3)]
  })
  const own = await oracle.judge(held)
  return {
    data: { oracle: own, options: model.options, epochs: found },
    tables: [
      {
        text: `${sequences} sequences of ${LENGTH} of ${oracle.items} items; the oracle's own are at ${own.toFixed(3)}.`,
        columns: ['after', 'generated, by the oracle', "the oracle's, by the generator", 'CPU s', 'authors'],
        rows,
      },
    ],
  }
}
