import { checkInteger } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import type { StepBatch } from '../../nn/train/training-step.js'
import type { TrainingSettings } from './training-options.js'

/** Pairs that are worked on at a time. @throws ERR_VALUE for one that is none, or beside options that it cannot go with */
export function checkChunkSize(given: unknown, loss: string, { accumulation, adversarial, adapter }: TrainingSettings) {
  if (given === undefined) return undefined
  const size = checkInteger('chunkSize', given as number, { min: 1 })
  const other =
    (loss === 'cosine' && "loss 'cosine', whose batches may be small") ||
    (accumulation > 1 && 'accumulation') ||
    (adversarial && 'adversarial') ||
    (adapter?.kind === 'adalora' && "an adapter of kind 'adalora'")
  if (other) throw new KindredError('ERR_VALUE', `chunkSize: it cannot go with ${other}; leave one of them.`)
  return size
}

/** Where the two texts of all pairs are among the vectors of all chunks: of each chunk the first ones, then the second. */
export function placesOfChunks(chunks: readonly StepBatch[]): Pick<StepBatch, 'inputs' | 'sizes'> {
  const [first, second]: number[][] = [[], []]
  let begin = 0
  for (const { sizes } of chunks) {
    const pairs = sizes.pairs!
    for (let n = 0; n < pairs; n++) {
      first!.push(begin + n)
      second!.push(begin + pairs + n)
    }
    begin += 2 * pairs
  }
  return {
    inputs: { first: Int32Array.from(first!), second: Int32Array.from(second!) },
    sizes: { pairs: first!.length },
  }
}
