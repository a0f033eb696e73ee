import { Interactions } from '../../data/log/interactions.js'
import { checkInteger, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { type EvaluateOptions, evaluateSettings } from '../evaluate-options.js'
import { checkGains, type Gain } from '../measures/gains.js'
import type { PruningOptions } from './median-pruning.js'
import type { Direction, Trial } from './trial.js'

/** Options of {@link tune}. */
export interface TuneOptions<P> {
  /**
   * What the score is. Where fit gives models, the metric of {@link evaluate} that they are chosen by, with its list
   * length; where it gives scores, their name. Default 'ndcg@10'.
   */
  by?: string
  /**
   * Whether scores are to be high or low; default 'maximize', but 'minimize' by 'rmse', 'mae', 'gini@k' and
   * 'popularityPercentile@k'.
   */
  direction?: Direction
  /** The log that fit gets. */
  train?: Interactions
  /** The log that models are scored on: a part that neither training nor the final test sees. */
  validation?: Interactions
  /** What {@link evaluate} is told besides. */
  evaluation?: Pick<EvaluateOptions, 'exclude' | 'candidates' | 'unknown' | 'unrankable' | 'gain'>
  /** How many sets of parameters to try, those of a study gone on with included; default 50. */
  trials?: number
  /** 'tpe' (default): most where good trials lie and others do not. 'random': anywhere. */
  search?: 'tpe' | 'random'
  /** How many trials are random before 'tpe' begins; default 10. */
  startup?: number
  /** Of the search, an integer from 0; default 0. The same seed gives the same trials. */
  seed?: number
  /** Stops after so many trials without a better one. Default: never. */
  patience?: number
  /** When a trial whose fit reports intermediate scores is stopped early; 'none': never. */
  pruning?: PruningOptions | 'none'
  /** What follows when fit throws: 'record' (default) counts the trial as failed, 'stop' ends the search with the error. */
  onError?: 'record' | 'stop'
  /**
   * A file (JSON lines) that keeps each trial as it ends. Where it exists already, the search goes on from it, and ends as
   * if it had never stopped; it is refused with other logs or another evaluation, which its scores would not be comparable
   * with. A last line that a crash cut short is removed, with a warning (code KINDRED_STUDY).
   */
  study?: string
  /** A file to draw the trials to at the end, .svg or .html, in a folder that there is. */
  plot?: string
  /** Aborts the search, and the fit under way, with ERR_ABORTED. */
  signal?: AbortSignal
  /** Called after each trial. */
  onProgress?: (progress: { done: number; total: number; trial: Trial<P>; best: Trial<P> | undefined }) => void
}

const EVALUATION = ['exclude', 'candidates', 'unknown', 'unrankable', 'gain']

const LEGAL = [
  'by',
  'direction',
  'train',
  'validation',
  'evaluation',
  'trials',
  'search',
  'startup',
  'seed',
  'patience',
  'pruning',
  'onError',
  'study',
  'plot',
  'signal',
  'onProgress',
]

/** Errors, inequality among items, and how popular the listed ones are, of which novelty is the opposite. */
const LOW_IS_GOOD = /^(?:rmse|mae|gini|popularityPercentile)(?:@|$)/i

function checkText(name: string, value: unknown, expected: string, isLegal = (text: string) => text !== ''): string {
  if (typeof value === 'string' && isLegal(value)) return value
  throw new KindredError('ERR_VALUE', `${name}: expected ${expected} but received ${show(value)}.`)
}

function checkLog(name: string, log: unknown): void {
  if (log === undefined) return
  if (!(log instanceof Interactions))
    throw new KindredError('ERR_VALUE', `${name}: expected Interactions but received ${show(log)}.`)
  if (log.size === 0) throw new KindredError('ERR_DATA', `${name}: expected a log with rows but received an empty one.`)
}

/** What is told to {@link evaluate}, complete, and with candidates that can be read again for each trial. */
function checkEvaluation(options: object, validation: Interactions | undefined) {
  const { exclude, candidates, unknown, unrankable, gain } = evaluateSettings('evaluation', options, EVALUATION)
  if (validation !== undefined) checkGainsOfLog(gain, validation)
  return { exclude, candidates, unknown, unrankable, gain }
}

/** @throws ERR_DATA for a weight that is no gain */
function checkGainsOfLog(gain: Gain, { weights, users, userRows }: Interactions): void {
  if (gain === 'binary') return
  for (let row = 0; row < weights.length; row++)
    checkGains(gain, weights.subarray(row, row + 1), users.idAt(userRows[row]!))
}

function checkPruning(pruning: unknown = {}): Required<PruningOptions> | 'none' {
  if (pruning === 'none') return pruning
  const { trials = 5, steps = 1 } = checkOptions('pruning', pruning as PruningOptions, ['trials', 'steps'])
  return {
    trials: checkInteger('pruning.trials', trials, { min: 1 }),
    steps: checkInteger('pruning.steps', steps, { min: 0 }),
  }
}

/** The name of the file that a plot goes to. @throws ERR_VALUE unless it ends in .svg or .html */
export function checkPlotPath(path: unknown): string {
  return checkText('plot', path, 'the path of a .svg or .html file', (text) => /\.(?:svg|html)$/i.test(text))
}

/** The options, complete. @throws ERR_VALUE, ERR_DATA for an empty log or weights that are no gains */
export function tuneSettings<P>(options: TuneOptions<P>) {
  options = checkOptions('tune', options, LEGAL)
  const { train, validation, evaluation = {}, study, plot, signal, onProgress, patience } = options
  const by = checkText('by', options.by ?? 'ndcg@10', 'the name of a score')
  const k = /@(\d+)$/.exec(by)?.[1]
  checkLog('train', train)
  checkLog('validation', validation)
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw new KindredError('ERR_VALUE', `onProgress: expected a function but received ${show(onProgress)}.`)
  return {
    by,
    k: k === undefined ? undefined : checkInteger('by: list length', Number(k), { min: 1 }),
    direction: checkOneOf('direction', options.direction ?? (LOW_IS_GOOD.test(by) ? 'minimize' : 'maximize'), [
      'maximize',
      'minimize',
    ]),
    train,
    validation,
    evaluation: checkEvaluation(evaluation, validation),
    trials: checkInteger('trials', options.trials ?? 50, { min: 1, max: 100_000 }),
    search: checkOneOf('search', options.search ?? 'tpe', ['tpe', 'random']),
    startup: checkInteger('startup', options.startup ?? 10, { min: 1 }),
    seed: checkInteger('seed', options.seed ?? 0, { min: 0 }),
    patience: patience === undefined ? Infinity : checkInteger('patience', patience, { min: 1 }),
    pruning: checkPruning(options.pruning),
    onError: checkOneOf('onError', options.onError ?? 'record', ['record', 'stop']),
    study: study === undefined ? undefined : checkText('study', study, 'the path of a file'),
    plot: plot === undefined ? undefined : checkPlotPath(plot),
    signal,
    onProgress,
  }
}

export type TuneSettings<P> = ReturnType<typeof tuneSettings<P>>
