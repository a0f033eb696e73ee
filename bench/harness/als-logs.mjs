import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Interactions } from '../../dist/index.mjs'
import { powerLawLog, rowsOf } from './power-law-log.mjs'
import { generator } from './random.mjs'
import { real } from './real.mjs'

/** A simulated log between the two real ones in density. */
const MIDDLE = { users: 6000, items: 4000, nonzeros: 150_000 }
const TINY = { users: 600, items: 400, nonzeros: 15_000 }

const sasrec = (file) => () =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line, time) => {
      const [user, item] = line.split(' ').map(Number)
      return { user, item, time }
    })

/**
 * Logs of different density on which settings of ALS are compared, as names and functions that make their rows.
 * @returns {{ logs: [string, () => Iterable<object>][], missing: string[] }}
 */
export function alsLogs(small) {
  if (small) return { logs: [['a power-law log', () => rowsOf(powerLawLog(TINY))]], missing: [] }
  const files = [
    ['MovieLens-1M', 'data/ml-1m-sasrec/ml-1m.txt'],
    ['Amazon Video Games', 'data/video-sasrec/Video.txt'],
  ].map(([name, path]) => [name, join(real, path)])
  const here = files.filter(([, path]) => existsSync(path)).map(([name, path]) => [name, sasrec(path)])
  const missing = files.filter(([, path]) => !existsSync(path)).map(([name, path]) => `${name}: no ${path}`)
  return { logs: [...here, ['a power-law log', () => rowsOf(powerLawLog(MIDDLE))]], missing }
}

/** The shape of a log in words. */
export const shapeText = ({ users, items, size }) =>
  `${users.size} users, ${items.size} items, ${size} interactions (${((100 * size) / users.size / items.size).toFixed(2)} %)`

/** How the weights of a log can be. */
export const WEIGHTS = {
  1: (log) => log,
  /** Log-normal, their greatest 1 % a third of the sum, as numbers of times that a song was heard. */
  counts(log) {
    const next = generator(7)
    const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
    return log.transform({ weight: () => Math.ceil(Math.exp(1 + 2 * normal())) })
  },
  'their logarithms': (log) => WEIGHTS.counts(log).transform({ weight: 'log' }),
}

export const logOf = (rows) => Interactions.from(rows())
