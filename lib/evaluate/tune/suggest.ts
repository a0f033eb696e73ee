import { createRandom, type Random } from '../../data/random.js'
import { categoryProbabilities, parzenEstimator } from './parzen.js'
import {
  type ChoiceParameter,
  type ChoiceValue,
  fromScale,
  type NumericParameter,
  type SearchSpace,
  scaleOf,
  toScale,
} from './space.js'
import { type Direction, rankTrials, type Trial } from './trial.js'

/** Candidates drawn for each parameter, of which the best one is taken. */
const CANDIDATES = 24

/** The part of the trials that counts as good, and how many at most. */
const GOOD_PART = 0.1
const MOST_GOOD = 25

/** The random numbers of one trial: they do not depend on those of others, so that a study can go on where it stopped. */
export function randomOfTrial(seed: number, trial: number): Random {
  return createRandom(Number((BigInt(seed) + BigInt(trial + 1) * 0x1f83d9abfb41bdn) & (2n ** 53n - 1n)))
}

function drawParameter(parameter: SearchSpace[string], random: Random): ChoiceValue {
  if (parameter.kind === 'choice') return parameter.values[random.integer(parameter.values.length)]!
  const { low, high } = scaleOf(parameter)
  return fromScale(parameter, low + random.next() * (high - low))
}

function suggestNumber(parameter: NumericParameter, good: unknown[], bad: unknown[], random: Random): number {
  const { low, high } = scaleOf(parameter)
  const [likely, unlikely] = [good, bad].map((values) =>
    parzenEstimator(
      values.map((value) => toScale(parameter, value as number)),
      low,
      high,
    ),
  )
  let best = { place: 0, ratio: -Infinity }
  for (let n = 0; n < CANDIDATES; n++) {
    const place = likely!.sample(random)
    const ratio = likely!.logDensity(place) - unlikely!.logDensity(place)
    if (ratio > best.ratio) best = { place, ratio }
  }
  return fromScale(parameter, best.place)
}

function suggestChoice({ values }: ChoiceParameter, good: unknown[], bad: unknown[], random: Random): ChoiceValue {
  const [likely, unlikely] = [good, bad].map((chosen) =>
    categoryProbabilities(
      chosen.map((value) => values.indexOf(value as ChoiceValue)),
      values.length,
    ),
  )
  let best = { index: 0, ratio: -Infinity }
  for (let n = 0; n < CANDIDATES; n++) {
    let rest = random.next()
    let index = 0
    while (index < values.length - 1 && rest >= likely![index]!) rest -= likely![index++]!
    const ratio = likely![index]! / unlikely![index]!
    if (ratio > best.ratio) best = { index, ratio }
  }
  return values[best.index]!
}

/** The parameters of a trial at random. */
export function randomParams(space: SearchSpace, random: Random): Record<string, ChoiceValue> {
  return Object.fromEntries(Object.entries(space).map(([name, parameter]) => [name, drawParameter(parameter, random)]))
}

/**
 * The parameters of the next trial by the tree-structured Parzen estimator (Bergstra et al. 2011, "Algorithms for
 * hyper-parameter optimization", section 4), each parameter by itself: densities l(x) of the good trials and g(x) of the
 * others; of 24 candidates drawn from l, the one of the greatest l(x) / g(x). Good are the best tenth, at most 25; trials
 * that were pruned or failed stand behind the complete ones.
 * @param trials at least one complete
 */
export function tpeParams(
  space: SearchSpace,
  trials: readonly Trial[],
  direction: Direction,
  random: Random,
): Record<string, ChoiceValue> {
  const ranked = rankTrials(trials, direction)
  const good = ranked.slice(0, Math.min(MOST_GOOD, Math.ceil(GOOD_PART * ranked.length)))
  const bad = ranked.slice(good.length)
  return Object.fromEntries(
    Object.entries(space).map(([name, parameter]) => {
      const [goodValues, badValues] = [good, bad].map((list) => list.map(({ params }) => params[name]))
      const value =
        parameter.kind === 'choice'
          ? suggestChoice(parameter, goodValues!, badValues!, random)
          : suggestNumber(parameter, goodValues!, badValues!, random)
      return [name, value]
    }),
  )
}
