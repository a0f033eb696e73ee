import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Interactions } from '../../dist/index.mjs'
import { real } from './real.mjs'

const folder = join(real, 'data/ncf-ml-1m')
const lines = (name) => readFileSync(join(folder, name), 'utf8').trim().split('\n')

/** Why the split is not here, or undefined. */
export const ncfMissing = () =>
  existsSync(join(folder, 'ml-1m.train.rating')) ? undefined : 'data/ncf-ml-1m under KINDRED_REAL'

const readPart = (name) =>
  Interactions.from(
    lines(name).map((line) => {
      const [user, item, , time] = line.split('\t').map(Number)
      return { user, item, time }
    }),
  )

/** The training part of the leave-one-out split of MovieLens-1M by He et al. 2017. */
export const ncfTrain = () => readPart('ml-1m.train.rating')

/** Its test part: each user's last interaction, and the 99 negatives given for it. */
export const ncfTest = () => ({
  test: readPart('ml-1m.test.rating'),
  negatives: lines('ml-1m.test.negative').map((line) => {
    const [key, ...items] = line.split('\t')
    return [Number(key.slice(1).split(',')[0]), items.map(Number)]
  }),
})
