import { isDate } from 'node:util/types'
import { checkInteger, checkNumber, checkOneOf, checkOptions, ownOptions } from '../../../native/argument-checks.js'
import { KindredError, show } from '../../../native/errors.js'

/** What {@link Interactions.split} with `validation` holds out between train and test. */
export interface ValidationShare {
  /**
   * Holds out a part for validation beside the one for test, by the same rule: so large a part of the whole, or as large
   * as the test part (true). The test part is the one that there is without it. Default: none.
   */
  validation?: number | true
}

/** Each user's last row in time; the same as `leave-k-out` with its defaults. */
export interface LeaveLastOutSplit extends ValidationShare {
  /** This kind of split. */
  by: 'leave-last-out'
  /** Users with fewer rows that have a time stay wholly in train; default 2. */
  minInteractions?: number
}

/** Of each user the last k rows in time, or k random rows. Rows without a time stay in train where the last are taken. */
export interface LeaveKOutSplit extends ValidationShare {
  /** This kind of split. */
  by: 'leave-k-out'
  /** Rows a user held out, from 1; default 1. `validation` is in rows too. */
  k?: number
  /** Which: 'last' in time (default), or 'random' ones. */
  choose?: 'last' | 'random'
  /** Of the random choice; default 0. */
  seed?: number
  /** Users with fewer rows stay wholly in train; at least k, default k + 1. With `validation`, so many more are needed. */
  minInteractions?: number
}

/** Of each user the last part in time, rounded; one row with a time at least stays in train, and all without one. */
export interface TimePerUserSplit extends ValidationShare {
  /** This kind of split. */
  by: 'time-per-user'
  /** The part of the user's rows, from 0 to 1; default 0.2. */
  fraction?: number
}

/** Every row from a moment on. Rows without a time stay in train. */
export interface TimeSplit {
  /** This kind of split. */
  by: 'time'
  /** Test begins here, in the unit of the log. Not together with `fraction`. */
  at?: number | Date
  /** Test begins where the last part of the rows with a time begins; default 0.2. Rows of that very moment are in test. */
  fraction?: number
  /**
   * Where validation begins: a moment up to `at`, or with `fraction` the part of the rows before test (true: as large as
   * the test part). Default: none.
   */
  validation?: number | Date | true
}

/** A random part of each user's rows, rounded; one row at least stays in train. */
export interface RandomSplit extends ValidationShare {
  /** This kind of split. */
  by: 'random'
  /** The part, from 0 to 1; default 0.2. */
  fraction?: number
  /** Of the random draw; default 0. */
  seed?: number
}

/** All rows of a random part of the items, or of the users, rounded. */
export interface WholeSplit extends ValidationShare {
  /** 'cold-items': items that train has never seen. 'users': users that it has not (strong generalisation). */
  by: 'cold-items' | 'users'
  /** The part, from 0 to 1; default 0.2. */
  fraction?: number
  /** Of the random draw; default 0. */
  seed?: number
  /** Only items, or users, with so many rows are drawn; default 5. */
  minInteractions?: number
}

/** How {@link Interactions.split} divides a log into `train` and `test`, and `validation` where it is asked for. */
export type SplitOptions = LeaveLastOutSplit | LeaveKOutSplit | TimePerUserSplit | TimeSplit | RandomSplit | WholeSplit

const LEGAL = {
  'leave-last-out': ['minInteractions'],
  'leave-k-out': ['k', 'choose', 'seed', 'minInteractions'],
  'time-per-user': ['fraction'],
  time: ['at', 'fraction'],
  random: ['fraction', 'seed'],
  'cold-items': ['fraction', 'seed', 'minInteractions'],
  users: ['fraction', 'seed', 'minInteractions'],
} as const

/** How many of `count` rows or ids go to test and to validation. */
export type PartSizes = (count: number) => [test: number, validation: number]

/** A split with its options checked. A seed of undefined: the last in time. */
export type CheckedSplit =
  | { kind: 'per-user'; by: SplitOptions['by']; seed: number | undefined; sizes: PartSizes }
  | { kind: 'whole'; ids: 'items' | 'users'; seed: number; minInteractions: number; sizes: PartSizes }
  | { kind: 'moments'; test: number; validation: number }
  | { kind: 'last-rows'; sizes: PartSizes }

const checkSeed = (seed: unknown = 0) => checkInteger('seed', seed, { min: 0 })

interface Fractions {
  fraction?: number
  validation?: unknown
}

/** Parts of a whole of which `kept` stay in train. */
function fractionSizes({ fraction = 0.2, validation }: Fractions, kept: number): PartSizes {
  const test = checkNumber('fraction', fraction, { min: 0, max: 1 })
  const between = validation === true ? test : checkNumber('validation', validation ?? 0, { min: 0, max: 1 })
  if (validation !== undefined && test + between > 1)
    throw new KindredError(
      'ERR_VALUE',
      `validation: ${between} for validation and ${test} for test are more than the whole. Give a smaller fraction or validation.`,
    )
  return (count) => {
    const most = Math.max(0, count - kept)
    const forTest = Math.min(most, Math.round(test * count))
    return [forTest, Math.min(most - forTest, Math.round(between * count))]
  }
}

function rowSizes({ k = 1, minInteractions, validation }: Omit<LeaveKOutSplit, 'by'>): PartSizes {
  const test = checkInteger('k', k, { min: 1 })
  const least = checkInteger('minInteractions', minInteractions ?? test + 1, { min: test })
  const between = validation === true ? test : checkInteger('validation', validation ?? 0, { min: 0 })
  return (count) => [count >= least ? test : 0, count >= least + between ? between : 0]
}

function checkTimeSplit(options: TimeSplit): CheckedSplit {
  const { at, fraction, validation } = options
  if (at === undefined) {
    if (isDate(validation))
      throw new KindredError(
        'ERR_VALUE',
        'validation: expected a fraction, as test is one, but received a Date. Give the moment of test as at.',
      )
    return { kind: 'last-rows', sizes: fractionSizes(options, 0) }
  }
  if (fraction !== undefined)
    throw new KindredError(
      'ERR_VALUE',
      "split by 'time': at and fraction both say where test begins. Give one of them.",
    )
  const test = checkNumber('at', isDate(at) ? at.getTime() : at)
  if (validation === undefined) return { kind: 'moments', test, validation: test }
  if (validation === true)
    throw new KindredError(
      'ERR_VALUE',
      'validation: expected the moment where it begins, as at is one, but received true.',
    )
  const begin = checkNumber('validation', isDate(validation) ? validation.getTime() : validation, { max: test })
  return { kind: 'moments', test, validation: begin }
}

/** The options as own properties alone, before it is known which split they are of. @throws ERR_VALUE */
export function ownSplit<T extends SplitOptions>(options: T): T {
  if (options === null || typeof options !== 'object')
    throw new KindredError('ERR_VALUE', `split: expected options such as { by: 'time' } but received ${show(options)}.`)
  return ownOptions('split', options, ['by', ...Object.values(LEGAL).flat(), 'validation', 'signal'])
}

/** @throws ERR_VALUE for options that are illegal or not of this split */
export function checkSplit(options: SplitOptions): CheckedSplit {
  options = ownSplit(options)
  const by = checkOneOf('by', options.by, Object.keys(LEGAL) as (keyof typeof LEGAL)[])
  options = checkOptions(`split by '${by}'`, options, ['by', ...LEGAL[by], 'validation'])
  switch (options.by) {
    case 'leave-last-out':
      return { kind: 'per-user', by, seed: undefined, sizes: rowSizes({ minInteractions: 2, ...options, k: 1 }) }
    case 'leave-k-out': {
      const isRandom = checkOneOf('choose', options.choose ?? 'last', ['last', 'random']) === 'random'
      if (!isRandom && options.seed !== undefined)
        throw new KindredError('ERR_VALUE', "seed: there is nothing to draw unless choose is 'random'.")
      const seed = isRandom ? checkSeed(options.seed) : undefined
      return { kind: 'per-user', by, seed, sizes: rowSizes(options) }
    }
    case 'time-per-user':
      return { kind: 'per-user', by, seed: undefined, sizes: fractionSizes(options, 1) }
    case 'random':
      return { kind: 'per-user', by, seed: checkSeed(options.seed), sizes: fractionSizes(options, 1) }
    case 'time':
      return checkTimeSplit(options)
    case 'cold-items':
    case 'users': {
      const minInteractions = checkInteger('minInteractions', options.minInteractions ?? 5, { min: 1 })
      const ids = options.by === 'users' ? 'users' : 'items'
      const seed = checkSeed(options.seed)
      return { kind: 'whole', ids, seed, minInteractions, sizes: fractionSizes(options, 0) }
    }
  }
}
