import { KindredError, throwIfAborted } from '../../native/errors.js'
import { releaseSnapshot, type WeightsSnapshot } from '../weights.js'
import {
  checkCheckpoint,
  loadCheckpoint,
  saveCheckpoint,
  type TrainingIdentity,
  type TrainingState,
  writeWeights,
} from './checkpoint.js'
import { type TrainingEpoch, type TrainingHistory, trainingHistory } from './history.js'
import { SampleOrder } from './sample-order.js'
import { afterEpoch, learningRateSchedule, NO_PLATEAU } from './schedule.js'
import type { Training } from './training.js'

/** A training that is under way. */
class Run<Judged> {
  /** Whether weights may have been changed. */
  hasBegun = false
  readonly #training: Training<Judged>
  readonly #perEpoch: number
  readonly #losses: Float32Array
  readonly #learningRates: Float32Array
  #identity: TrainingIdentity | undefined
  #best: WeightsSnapshot | undefined
  #state: TrainingState<Judged> = {
    isFinished: false,
    epoch: 1,
    seen: 0,
    step: 0,
    total: 0,
    epochSeconds: 0,
    seconds: 0,
    plateau: NO_PLATEAU,
    best: null,
    history: [],
  }

  constructor(training: Training<Judged>) {
    this.#training = training
    this.#perEpoch = Math.ceil(training.samples / training.stepSize)
    this.#losses = new Float32Array(this.steps)
    this.#learningRates = new Float32Array(this.steps)
  }

  /** Of all epochs. */
  get steps(): number {
    return this.#perEpoch * this.#training.epochs
  }

  /** The step that is under way, or was done last. */
  get step(): number {
    return this.#state.step
  }

  dispose(): void {
    if (this.#best) releaseSnapshot(this.#best)
  }

  async finish(): Promise<TrainingHistory<Judged>> {
    const { averages, samples, seed, signal } = this.#training
    const isResumed = await this.#resume()
    if (!this.#state.isFinished) {
      this.hasBegun = true
      if (!isResumed) await averages?.start()
      const order = new SampleOrder(samples, seed)
      const { epoch, seen } = this.#state
      let samplesOf = await order.skip(epoch - 1, this.#perEpoch, Math.ceil(seen / this.#training.stepSize), signal)
      while (this.#goesOn()) {
        if (this.#state.epoch > epoch) samplesOf = await order.next(signal)
        await this.#epoch(samplesOf, order)
        if (this.#goesOn()) await this.#save()
      }
      await averages?.exchange()
      const { best, history } = this.#state
      if (best && best.epoch < history.length) await this.#training.weights.restore(this.#best!)
      this.#state = { ...this.#state, isFinished: true }
      await this.#save()
    }
    const { history, step } = this.#state
    return trainingHistory(history, this.#losses.slice(0, step), this.#learningRates.slice(0, step))
  }

  #goesOn(): boolean {
    const { epoch, best, history } = this.#state
    const { epochs, patience = epochs } = this.#training
    return epoch <= epochs && (best === null || history.length - best.epoch < patience)
  }

  /** The rest of an epoch, and what it gave. */
  async #epoch(samplesOf: Int32Array, order: SampleOrder): Promise<void> {
    const { samples, stepSize, epochs, learningRate, schedule, warmup, checkpoint, signal } = this.#training
    const rateAt = learningRateSchedule(schedule, warmup, this.steps)
    let clock = performance.now()
    const tick = () => {
      const now = performance.now()
      const { epochSeconds, seconds } = this.#state
      const passed = (now - clock) / 1000
      clock = now
      this.#state = { ...this.#state, epochSeconds: epochSeconds + passed, seconds: seconds + passed }
    }
    while (this.#state.seen < samples) {
      throwIfAborted(signal)
      const { epoch, seen, plateau } = this.#state
      const batch = samplesOf.subarray(seen, seen + stepSize)
      const step = this.#state.step + 1
      this.#state = { ...this.#state, step }
      const rate = learningRate * rateAt(step) * plateau.factor
      const loss = await this.#training.step(batch, {
        learningRate: Float32Array.of(rate),
        step: Int32Array.of(step),
        seed: Int32Array.of(step, order.draw()),
      })
      await this.#training.averages?.add(step, signal)
      this.#losses[step - 1] = loss
      this.#learningRates[step - 1] = rate
      this.#state = { ...this.#state, total: this.#state.total + loss * batch.length, seen: seen + batch.length }
      tick()
      const { total, seconds } = this.#state
      this.#training.onProgress?.({
        epoch,
        epochs,
        step,
        steps: this.steps,
        loss: total / this.#state.seen,
        secondsLeft: (seconds / step) * (this.steps - step),
      })
      if (checkpoint?.every && step % checkpoint.every === 0 && this.#state.seen < samples) {
        await this.#save()
        clock = performance.now()
      }
    }
    throwIfAborted(signal)
    const judged = await this.#judge()
    tick()
    this.#end(judged)
  }

  /** The validation of this epoch, of which the best weights so far are kept. */
  async #judge(): Promise<{ judged: Judged; score: number } | undefined> {
    const { validate, averages, weights, trained } = this.#training
    if (validate === undefined) return undefined
    await averages?.exchange()
    const found = await validate()
    const { best, epoch } = this.#state
    if (best === null || found.score > best.score) {
      const snapshot = await weights.snapshot(trained)
      if (this.#best) releaseSnapshot(this.#best)
      this.#best = snapshot
      this.#state = { ...this.#state, best: { score: found.score, epoch } }
    }
    await averages?.exchange()
    return found
  }

  /** Closes an epoch. */
  #end(found: { judged: Judged; score: number } | undefined): void {
    const { schedule, plateau: options, samples } = this.#training
    const { epoch, total, epochSeconds, history, plateau } = this.#state
    const ended: TrainingEpoch<Judged> = {
      epoch,
      loss: total / samples,
      validation: found?.judged,
      score: found?.score,
      seconds: epochSeconds,
    }
    this.#state = {
      ...this.#state,
      epoch: epoch + 1,
      seen: 0,
      total: 0,
      epochSeconds: 0,
      plateau: schedule === 'plateau' && found ? afterEpoch(plateau, found.score, options) : plateau,
      history: [...history, ended],
    }
  }

  /** Names of all tensors that a checkpoint has to hold now. */
  #names(): readonly string[] {
    const { trained, kept, averages } = this.#training
    return this.#state.isFinished ? trained : [...trained, ...kept, ...(averages?.names ?? [])]
  }

  async #save(): Promise<void> {
    const { checkpoint, weights, trained, signal } = this.#training
    if (checkpoint === undefined) return
    const { step, isFinished } = this.#state
    const tensors = {
      weights,
      trained,
      names: this.#names(),
      best: isFinished ? undefined : this.#best,
      losses: this.#losses.subarray(0, step),
      learningRates: this.#learningRates.subarray(0, step),
    }
    await saveCheckpoint(checkpoint.dir, this.#identity!, this.#state, tensors, signal)
  }

  /** Goes on where the checkpoint stopped, if there is one. */
  async #resume(): Promise<boolean> {
    const { checkpoint, weights, trained, signal } = this.#training
    if (checkpoint === undefined) return false
    await checkCheckpoint(checkpoint.dir)
    this.#identity = await checkpoint.identity()
    const found = await loadCheckpoint(checkpoint.dir, this.#identity, checkpoint.revive, signal)
    if (found === undefined) return false
    const { state, tensors } = found
    this.hasBegun = true
    this.#state = state
    if (state.best && !state.isFinished) {
      await writeWeights(weights, trained, tensors, 'best')
      this.#best = await weights.snapshot(trained)
    }
    await writeWeights(weights, this.#names(), tensors, 'weights')
    this.#losses.set(tensors.vector('losses', Float32Array, state.step))
    this.#learningRates.set(tensors.vector('learningRates', Float32Array, state.step))
    return true
  }
}

/**
 * @internal Epochs over all samples in an order drawn by the seed. With a validation the weights of the best epoch are in force
 * at the end. After an error or an abort the weights are those from before. With a checkpoint it goes on where an interrupted
 * one stopped, to the same bits; where that is finished, nothing is trained.
 * @throws ERR_NOT_FINITE naming the step and the first tensor with such numbers, ERR_VALUE for a checkpoint of another
 * training, ERR_MODEL_FILE for a damaged one, ERR_IO, ERR_ABORTED
 */
export async function train<Judged>(training: Training<Judged>): Promise<TrainingHistory<Judged>> {
  const { weights, trained } = training
  const run = new Run(training)
  throwIfAborted(training.signal)
  const before = await weights.snapshot(trained)
  try {
    return await run.finish()
  } catch (error) {
    if (run.hasBegun) await weights.restore(before)
    if (!(error instanceof KindredError) || error.code !== 'ERR_NOT_FINITE') throw error
    throw new KindredError(
      'ERR_NOT_FINITE',
      `step ${run.step} of ${run.steps}: ${error.message} Training diverged, and the weights are those from before. Take a smaller learningRate, or maxNorm.`,
      { cause: error },
    )
  } finally {
    releaseSnapshot(before)
    run.dispose()
  }
}
