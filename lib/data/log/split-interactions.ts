import { checkInteger, checkNumber, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { createRandom } from '../random.js'
import { runAtOnce } from '../resumable.js'
import { groupByUser } from './group-by-user.js'
import type { InteractionColumns } from './interaction-columns.js'

/** How {@link Interactions.split} divides a log into `train` and `test`. */
export type SplitOptions =
  | {
      /** Each user's last row in time; equal times: the last in order. Rows without a time stay in train. */
      by: 'leave-last-out'
      /** Users with fewer rows that have a time stay wholly in train; default 2. */
      minInteractions?: number
    }
  | {
      /** Every row from a moment on. Rows without a time stay in train. */
      by: 'time'
      /** Test begins here. If absent, where the last `fraction` of the rows with a time begins. */
      at?: number | Date
      /** Default 0.2. Rows of the very moment where test begins are all in test. */
      fraction?: number
    }
  | {
      /** A random part of each user's rows, rounded; one row at least stays in train. */
      by: 'random'
      /** The part, from 0 to 1; default 0.2. */
      fraction?: number
      /** Of the random draw; default 0. */
      seed?: number
    }
  | {
      /** All rows of a random part of the items, rounded. */
      by: 'cold-items'
      /** The part, from 0 to 1; default 0.2. */
      fraction?: number
      /** Of the random draw; default 0. */
      seed?: number
      /** Only items with so many rows are drawn; default 5. */
      minInteractions?: number
    }

const LEGAL = {
  'leave-last-out': ['by', 'minInteractions'],
  time: ['by', 'at', 'fraction'],
  random: ['by', 'fraction', 'seed'],
  'cold-items': ['by', 'fraction', 'seed', 'minInteractions'],
} as const

const checkFraction = (fraction = 0.2) => checkNumber('fraction', fraction, { min: 0, max: 1 })

function timesOf({ times }: InteractionColumns, by: string): Float64Array {
  if (times === null)
    throw new KindredError(
      'ERR_VALUE',
      `split: by '${by}' needs times, but no row of this log has one. Name the column with the option time when reading, or split by 'random'.`,
    )
  return times
}

function leaveLastOut(rows: InteractionColumns, minInteractions: number): Uint8Array {
  const times = timesOf(rows, 'leave-last-out')
  const last = new Int32Array(rows.users.size).fill(-1)
  const timed = new Int32Array(rows.users.size)
  for (const [row, user] of rows.userRows.entries()) {
    if (Number.isNaN(times[row])) continue
    timed[user]!++
    if (last[user]! < 0 || times[row]! >= times[last[user]!]!) last[user] = row
  }
  const isTest = new Uint8Array(times.length)
  for (const [user, row] of last.entries()) if (row >= 0 && timed[user]! >= minInteractions) isTest[row] = 1
  return isTest
}

function fromTime(rows: InteractionColumns, at: number | Date | undefined, fraction: number): Uint8Array {
  const times = timesOf(rows, 'time')
  let begin: number
  if (at === undefined) {
    const sorted = times.filter((time) => !Number.isNaN(time)).sort()
    begin = sorted[sorted.length - Math.round(fraction * sorted.length)] ?? Infinity
  } else begin = checkNumber('at', at instanceof Date ? at.getTime() : at)
  return Uint8Array.from(times, (time) => (time >= begin ? 1 : 0))
}

function randomPerUser(rows: InteractionColumns, fraction: number, seed: number): Uint8Array {
  const random = createRandom(seed)
  const { pointers, order } = runAtOnce(groupByUser(rows))
  const isTest = new Uint8Array(rows.userRows.length)
  for (let user = 0; user < rows.users.size; user++) {
    const own = random.shuffle(order.subarray(pointers[user]!, pointers[user + 1]!))
    const count = Math.min(own.length - 1, Math.round(fraction * own.length))
    for (const row of own.subarray(0, count)) isTest[row] = 1
  }
  return isTest
}

function coldItems(rows: InteractionColumns, fraction: number, seed: number, minInteractions: number): Uint8Array {
  const counts = new Int32Array(rows.items.size)
  for (const item of rows.itemRows) counts[item]!++
  const eligible = Int32Array.from(counts.keys()).filter((item) => counts[item]! >= minInteractions)
  const drawn = createRandom(seed)
    .shuffle(eligible)
    .subarray(0, Math.round(fraction * eligible.length))
  const isCold = new Uint8Array(rows.items.size)
  for (const item of drawn) isCold[item] = 1
  return Uint8Array.from(rows.itemRows, (item) => isCold[item]!)
}

/** [rows] 1 where a row belongs to test, 0 for train. @throws ERR_VALUE */
export function splitRows(rows: InteractionColumns, options: SplitOptions): Uint8Array {
  if (options === null || typeof options !== 'object')
    throw new KindredError('ERR_VALUE', `split: expected options such as { by: 'time' } but received ${show(options)}.`)
  const by = checkOneOf('by', options.by, ['leave-last-out', 'time', 'random', 'cold-items'])
  checkOptions(`split by '${by}'`, options, LEGAL[by])
  switch (options.by) {
    case 'leave-last-out':
      return leaveLastOut(rows, checkInteger('minInteractions', options.minInteractions ?? 2, { min: 1 }))
    case 'time':
      return fromTime(rows, options.at, checkFraction(options.fraction))
    case 'random':
      return randomPerUser(rows, checkFraction(options.fraction), options.seed ?? 0)
    case 'cold-items': {
      const minInteractions = checkInteger('minInteractions', options.minInteractions ?? 5, { min: 1 })
      return coldItems(rows, checkFraction(options.fraction), options.seed ?? 0, minInteractions)
    }
  }
}
