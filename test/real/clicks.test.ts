import { join } from 'node:path'
import { DCNv2, DeepFM, FactorizationMachine, FinalMLP, LogisticRegression, Table } from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { real, trainings } from '../support/real.js'

/** Least AUC on the validation of Frappe, with the defaults. */
const LEAST = [
  [LogisticRegression, 0.935],
  [FactorizationMachine, 0.965],
  [DeepFM, 0.982],
  [DCNv2, 0.983],
  [FinalMLP, 0.984],
] as const

describe.skipIf(!real)('click models on Frappe', () => {
  const read = (part: string) => Table.read(join(real!, 'data/frappe', part))
  let train: Table
  let valid: Table
  beforeAll(async () => {
    train = await read('train.resampled.libsvm')
    valid = await read('valid.libsvm')
  }, 60_000)

  it.each((trainings ? LEAST : LEAST.slice(0, 1)).map(([Model, least]) => [Model.name, Model, least] as const))(
    '%s tells clicks from the rest',
    async (_, Model, least) => {
      const model = await new Model({ seed: 1 }).fit(train, { label: 'label', validation: valid })
      expect(model.fields).toHaveLength(10)
      const { auc, rows, clicks } = await model.evaluate(valid)
      expect([rows, clicks]).toEqual([57_722, 19_063])
      expect(auc).toBeGreaterThan(least)
      expect(auc).toBe(Math.max(...model.history.map(({ score }) => score!)))
    },
    1_800_000,
  )
})
