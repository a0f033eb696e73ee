import type { RankingModel } from '../../models/base/recommender.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { fingerprintOfIds, fingerprintOfLog } from './fingerprint.js'
import { runTrial, type TrialContext } from './run-trial.js'
import { checkSpace, type ParamsOf, type SearchSpace } from './space.js'
import { StudyFile, type StudySettings } from './study-file.js'
import { randomOfTrial, randomParams, tpeParams } from './suggest.js'
import { bestTrial, type Trial } from './trial.js'
import { type TuneOptions, type TuneSettings, tuneSettings } from './tune-options.js'
import { checkPlotPlace, TuneResult } from './tune-result.js'

/** The parameters of the next trial; they depend on the seed and on the trials before. */
function nextParams(space: SearchSpace, trials: readonly Trial[], settings: TuneSettings<never>): Trial['params'] {
  const { search, startup, seed, direction } = settings
  const random = randomOfTrial(seed, trials.length)
  const isRandom = search === 'random' || trials.length < startup || bestTrial(trials, direction) === undefined
  return isRandom ? randomParams(space, random) : tpeParams(space, trials, direction, random)
}

/** What a study was made with, to be found in its file. @throws ERR_ABORTED */
async function studySettings(space: SearchSpace, settings: TuneSettings<never>): Promise<StudySettings> {
  const { by, direction, search, seed, startup, pruning, evaluation, train, validation, signal } = settings
  return {
    ...{ space, by, direction, search, seed, startup, pruning, ...evaluation },
    candidates: evaluation.candidates && fingerprintOfIds(evaluation.candidates),
    train: train && (await fingerprintOfLog(train, signal)),
    validation: validation && (await fingerprintOfLog(validation, signal)),
  }
}

/**
 * Searches the parameters of a model: tries one set after another and keeps the score of each. By default the search is
 * Bergstra et al. 2011's tree-structured Parzen estimator, which after some random trials draws most from where the good
 * ones lie.
 *
 * Scores are those on `validation`: the parameters found are the best there, and so a little too good. Judge the model on a
 * test part that took no part in it. With the same seed, and a fit that gives the same for the same parameters, the trials
 * are the same, also where a `study` was interrupted and gone on with.
 *
 * @param space what to search: {@link uniform}, {@link logUniform}, {@link int} and {@link choice} by name
 * @param fit makes a model from parameters, which is then scored, or gives the score itself
 * @throws ERR_VALUE for illegal options, a metric that there is not, a study made with others, or if no trial gave a score;
 * ERR_DATA for an empty log, weights that are no gains, or a file that is no study; ERR_UNKNOWN_ID for a candidate that a
 * model does not know; ERR_NOT_FITTED for a model that fit gives unfitted; ERR_IO; ERR_ABORTED, after which the trials that
 * ended are in the `study`
 */
export async function tune<const S extends SearchSpace>(
  space: S,
  fit: (params: ParamsOf<S>, context: TrialContext) => RankingModel | number | Promise<RankingModel | number>,
  options: TuneOptions<ParamsOf<S>> = {},
): Promise<TuneResult<ParamsOf<S>>> {
  const settings = tuneSettings(options)
  checkSpace(space)
  if (typeof fit !== 'function')
    throw new KindredError('ERR_VALUE', `fit: expected a function of the parameters but received ${show(fit)}.`)
  const { signal, by, direction, patience, onProgress } = settings
  throwIfAborted(signal)
  if (settings.plot !== undefined) await checkPlotPlace(settings.plot)
  const study =
    settings.study === undefined
      ? undefined
      : await StudyFile.open(settings.study, await studySettings(space, settings as TuneSettings<never>))
  const trials: Trial<ParamsOf<S>>[] = []
  const best = () => bestTrial(trials, direction)
  const sinceBest = () => trials.length - 1 - (best()?.trial ?? trials.length)
  while (trials.length < settings.trials && sinceBest() < patience) {
    const known = study?.trials[trials.length] as Trial<ParamsOf<S>> | undefined
    if (known !== undefined) {
      trials.push(known)
      continue
    }
    throwIfAborted(signal)
    const params = nextParams(space, trials as Trial[], settings as TuneSettings<never>) as ParamsOf<S>
    const trial = await runTrial(trials.length, params, fit, settings as TuneSettings<never>, trials)
    await study?.append(trial as Trial)
    trials.push(trial)
    onProgress?.({ done: trials.length, total: settings.trials, trial, best: best() })
  }
  const found = best()
  if (found === undefined) {
    const error = trials.findLast(({ state }) => state === 'failed')?.error
    throw new KindredError(
      'ERR_VALUE',
      `tune: none of the ${trials.length} trials gave a score; the last failed with: ${error?.message ?? 'no error'}`,
    )
  }
  const result = new TuneResult(space, by, direction, found, trials)
  if (settings.plot !== undefined) await result.savePlot(settings.plot)
  return result
}
