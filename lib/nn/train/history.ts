import { writeAtomically, writeFlushed } from '../../data/storage/atomic-write.js'
import { checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, show } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
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
export class TrainingHistory<Judged> extends Array<TrainingEpoch<Judged>> {
  readonly #losses: Float32Array
  readonly #learningRates: Float32Array

  /** @internal */
  constructor(
    epochs: readonly TrainingEpoch<Judged>[] = [],
    losses: Float32Array = new Float32Array(0),
    learningRates: Float32Array = new Float32Array(0),
  ) {
    super()
    this.push(...epochs)
    this.#losses = losses
    this.#learningRates = learningRates
  }

  /** What `map`, `filter` and the like make is a plain array. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }

  /** The loss of each step. */
  get losses(): Float32Array {
    return this.#losses
  }

  /** The learning rate of each step. */
  get learningRates(): Float32Array {
    return this.#learningRates
  }

  /** An SVG document: the loss of each step and its running mean, that of each epoch, the validation and the learning rate. */
  toSVG(): string {
    return historyCharts(this, this.#losses, this.#learningRates)
  }

  /** An HTML page that needs nothing else: the same, and a table of the epochs. */
  toHTML(): string {
    return historyPage(this, this.toSVG())
  }

  /**
   * Writes {@link toHTML} to a file whose name ends with .html, or {@link toSVG} to one that ends with .svg.
   * @throws ERR_VALUE for another name, ERR_IO if it cannot be written, ERR_ABORTED
   */
  async save(path: string, options: AbortOptions = {}): Promise<void> {
    options = checkOptions('save', options, ['signal'])
    const ending = typeof path === 'string' ? /\.(html|svg)$/.exec(path)?.[1] : undefined
    if (ending === undefined)
      throw new KindredError(
        'ERR_VALUE',
        `path: expected a file name that ends with .html or .svg but received ${show(path)}.`,
      )
    const text = ending === 'html' ? this.toHTML() : this.toSVG()
    await writeAtomically(path, (temporary) => writeFlushed(temporary, text))
  }
}

guardReceivers(TrainingHistory)
