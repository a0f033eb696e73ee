import { writeAtomically, writeFlushed } from '../../data/storage/atomic-write.js'
import { KindredError, show } from '../../native/errors.js'
import { historyCharts } from './history-charts.js'
import { historyPage } from './history-page.js'

/** One epoch of a training. */
export interface TrainingEpoch<Judged> {
  /** From 1. */
  epoch: number
  /** Mean loss of its steps, over samples. */
  loss: number
  /** What the validation gave after it; undefined without one. */
  validation: Judged | undefined
  /** The score of that by which the best epoch is chosen, greater is better; undefined without a validation. */
  score: number | undefined
  /** How long it took, its validation included, but for the writing of checkpoints. */
  seconds: number
}

/** The epochs of a training, in their order, with the loss and the learning rate of each step. */
export interface TrainingHistory<Judged> extends ReadonlyArray<TrainingEpoch<Judged>> {
  /** The loss of each step. */
  readonly losses: Float32Array
  /** The learning rate of each step. */
  readonly learningRates: Float32Array
  /** An SVG document: the loss of each step and its running mean, that of each epoch, the validation and the learning rate. */
  toSVG(): string
  /** An HTML page that needs nothing else: the same, and a table of the epochs. */
  toHTML(): string
  /**
   * Writes {@link toHTML} to a file whose name ends with .html, or {@link toSVG} to one that ends with .svg.
   * @throws ERR_VALUE for another name, ERR_IO if it cannot be written
   */
  save(path: string): Promise<void>
}

async function write(path: string, history: TrainingHistory<unknown>): Promise<void> {
  const ending = typeof path === 'string' ? /\.(html|svg)$/.exec(path)?.[1] : undefined
  if (ending === undefined)
    throw new KindredError(
      'ERR_VALUE',
      `path: expected a file name that ends with .html or .svg but received ${show(path)}.`,
    )
  const text = ending === 'html' ? history.toHTML() : history.toSVG()
  await writeAtomically(path, (temporary) => writeFlushed(temporary, text))
}

/** @internal A history that is an array in every other respect: what is beside its epochs is not enumerated. */
export function trainingHistory<Judged>(
  epochs: readonly TrainingEpoch<Judged>[] = [],
  losses: Float32Array = new Float32Array(0),
  learningRates: Float32Array = new Float32Array(0),
): TrainingHistory<Judged> {
  const history = [...epochs] as unknown as TrainingHistory<Judged>
  const toSVG = () => historyCharts(history, losses, learningRates)
  const toHTML = () => historyPage(history, toSVG())
  const members = { losses, learningRates, toSVG, toHTML, save: (path: string) => write(path, history) }
  for (const [name, value] of Object.entries(members)) Object.defineProperty(history, name, { value })
  return history
}
