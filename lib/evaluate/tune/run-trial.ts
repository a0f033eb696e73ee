import type { Interactions } from '../../data/log/interactions.js'
import type { RankingModel } from '../../models/base/recommender.js'
import { checkInteger } from '../../native/argument-checks.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { evaluate } from '../evaluate.js'
import type { EvaluateOptions } from '../evaluate-options.js'
import type { Evaluation } from '../evaluation.js'
import { checkRankingModel } from '../row-scorer.js'
import type { Interval } from '../statistics/bootstrap.js'
import { isBelowMedian } from './median-pruning.js'
import type { Trial } from './trial.js'
import type { TuneSettings } from './tune-options.js'

/** What the fit function of {@link tune} gets besides the parameters. */
export interface TrialContext {
  /** Number of the trial, from 0. */
  readonly trial: number
  /** The log of the option `train`. @throws ERR_VALUE if none was given */
  readonly train: Interactions
  /** The log of the option `validation`. @throws ERR_VALUE if none was given */
  readonly validation: Interactions
  /** Fires when the search is aborted, and when this trial is pruned. Hand it on to what takes long. */
  readonly signal: AbortSignal
  /** The score of a model on `validation`, as of the one that fit returns. */
  score(model: RankingModel): Promise<number>
  /**
   * Reports an intermediate score; the trial is stopped early where others did better by then: an error that fit lets
   * through.
   * @param step how far it has come, an integer that grows from report to report; default: 1, 2, ...
   */
  report(score: number, step?: number): void
}

/** Errors that end the search even where those of trials are recorded: mistakes in how tune is called. */
const mistakes = new WeakSet<object>()

function mistake<T extends object>(error: T): T {
  mistakes.add(error)
  return error
}

/** What a model is scored with is the same in each trial, and so are these errors of scoring it. */
const MISTAKES: readonly unknown[] = ['ERR_UNKNOWN_ID', 'ERR_NOT_FITTED']

function logOf(settings: TuneSettings<never>, name: 'train' | 'validation', why: string): Interactions {
  const log = settings[name]
  if (log === undefined) throw mistake(new KindredError('ERR_VALUE', `tune: ${why}. Give the option ${name}.`))
  return log
}

/** As {@link evaluate}; a mistake in the call is told from a model that these parameters made unfit to be scored. */
async function figuresOf(model: object, validation: Interactions, options: EvaluateOptions): Promise<Evaluation> {
  try {
    checkRankingModel(model)
  } catch (error) {
    throw error instanceof KindredError ? mistake(error) : error
  }
  try {
    return await evaluate(model, validation, options)
  } catch (error) {
    throw error instanceof KindredError && MISTAKES.includes(error.code) ? mistake(error) : error
  }
}

async function scoreOf(model: unknown, settings: TuneSettings<never>, signal: AbortSignal): Promise<number> {
  if (model === null || typeof model !== 'object')
    throw mistake(new KindredError('ERR_VALUE', `fit: expected a model or a score but received ${show(model)}.`))
  const validation = logOf(settings, 'validation', 'a model is scored on a validation log')
  const { by, k, evaluation } = settings
  const figures = await figuresOf(model, validation, { ...evaluation, k, resamples: 1, signal })
  const figure = (figures as unknown as Record<string, Interval | undefined>)[by]
  if (figure === undefined)
    throw mistake(
      new KindredError('ERR_VALUE', `by: expected one of ${Object.keys(figures).join(', ')} but received ${show(by)}.`),
    )
  return figure.value
}

function checkScore(score: unknown, what: string): number {
  if (typeof score === 'number' && Number.isFinite(score)) return score
  throw new KindredError('ERR_VALUE', `${what}: expected a finite score but received ${show(score)}.`)
}

function failureOf(error: unknown): Trial['error'] {
  const { name, message } = Object(error) as Partial<Error>
  if (typeof name !== 'string' || typeof message !== 'string') return { code: 'Error', message: show(error) }
  return { code: error instanceof KindredError ? error.code : name, message: message.slice(0, 1000) }
}

/**
 * Runs one trial to its end.
 * @param earlier the trials before, for the median
 * @throws ERR_ABORTED if the search is aborted; ERR_VALUE, ERR_UNKNOWN_ID or ERR_NOT_FITTED for a mistake in the call; under
 * `onError: 'stop'` what fit throws
 */
export async function runTrial<P>(
  number: number,
  params: P,
  fit: (params: P, context: TrialContext) => unknown,
  settings: TuneSettings<never>,
  earlier: readonly Trial<P>[],
): Promise<Trial<P>> {
  const { signal, direction, pruning, onError } = settings
  const started = performance.now()
  const controller = new AbortController()
  const abort = () => controller.abort(signal!.reason)
  signal?.addEventListener('abort', abort, { once: true })
  const steps: [number, number][] = []
  let isPruned = false
  const context: TrialContext = {
    trial: number,
    get train() {
      return logOf(settings, 'train', 'fit asks for a training log')
    },
    get validation() {
      return logOf(settings, 'validation', 'fit asks for a validation log')
    },
    signal: controller.signal,
    score: (model) => scoreOf(model, settings, controller.signal),
    report(score, step = (steps.at(-1)?.[0] ?? 0) + 1) {
      checkScore(score, 'report')
      steps.push([checkInteger('step', step, { min: steps.length === 0 ? 0 : steps.at(-1)![0] + 1 }), score])
      if (pruning === 'none' || !isBelowMedian(steps, earlier, direction, pruning)) return
      isPruned = true
      const stopped = new KindredError('ERR_ABORTED', `trial ${number} is pruned at step ${step}.`)
      controller.abort(stopped)
      throw stopped
    },
  }
  const ended = (state: Trial['state'], value: number | null, error?: Trial['error']): Trial<P> => ({
    trial: number,
    state,
    params,
    value,
    steps: [...steps],
    seconds: Number(((performance.now() - started) / 1000).toFixed(3)),
    ...(error && { error }),
  })
  try {
    const result = await fit({ ...params }, context)
    throwIfAborted(signal)
    if (isPruned) return ended('pruned', null)
    const score = typeof result === 'number' ? result : await scoreOf(result, settings, controller.signal)
    return ended('complete', checkScore(score, 'fit'))
  } catch (error) {
    throwIfAborted(signal)
    if (isPruned) return ended('pruned', null)
    if (onError === 'stop' || mistakes.has(Object(error))) throw error
    return ended('failed', null, failureOf(error))
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
