// Features of MovieLens-1M's items and users equal scikit-learn's: KINDRED_PYTHON, or python3, with scikit-learn.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { FeaturePipeline, Table } from 'kindred'
import { describe, expect, it } from 'vitest'
import { real } from '../support/real.js'

const python = process.env.KINDRED_PYTHON ?? 'python3'
const isThere = spawnSync(python, ['-c', 'import sklearn']).status === 0
if (!isThere) console.warn(`skipped: ${python} (KINDRED_PYTHON) has no scikit-learn`)

type Made = Record<string, (number | null)[]> & { classes: string[] }

function scikitLearn(input: object): Made {
  const script = join(__dirname, '..', 'support', 'run-scikit-learn.py')
  const { status, stdout, stderr } = spawnSync(python, [script], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

/** A table of the columns number, category, target and labels. */
async function readTable(name: string): Promise<Table> {
  if (name === 'items.jsonl') {
    const items = await Table.read(join(real!, 'data', 'ml-1m', name))
    const rows = Array.from(items, ({ year, title, genres, directors, item_id }) => ({
      number: year,
      category: (directors as string[])[0] ?? 'nobody',
      target: (String(title).length * 7 + Number(item_id)) % 5,
      labels: genres,
    }))
    return Table.from(rows, { types: { labels: 'list' } })
  }
  const users = await Table.read(join(real!, 'data', 'ml-1m', name))
  const rows = Array.from(users, ({ age, zip, occupation, gender, user_id }) => ({
    number: Number(user_id) % 10 === 0 ? null : Number(age),
    category: zip,
    target: Number(occupation),
    labels: [gender, `age ${age}`],
  }))
  return Table.from(rows, { types: { labels: 'list' } })
}

describe.skipIf(!real || !isThere).each(['items.jsonl', 'users.parquet'])('%s', (name) => {
  it("has the features that scikit-learn's transformers make", async () => {
    const table = await readTable(name)
    const rows = [...table]
    const expected = scikitLearn({
      number: rows.map(({ number }) => number),
      category: rows.map(({ category }) => category),
      target: rows.map(({ target }) => target),
      labels: rows.map(({ labels }) => labels),
    })
    const declared = {
      standard: { kind: 'standard', column: 'number', missing: 'keep' },
      'min-max': { kind: 'min-max', column: 'number', missing: 'keep', featureRange: [-1, 1] },
      robust: { kind: 'robust', column: 'number', missing: 'keep' },
      quantile: { kind: 'quantile', column: 'number', missing: 'keep', outputDistribution: 'normal' },
      ordinal: { kind: 'ordinal', column: 'category' },
      hash: { kind: 'hash', column: 'category', buckets: 8 },
      target: { kind: 'target', column: 'category' },
      labels: { kind: 'multi-label', unseen: 'ignore' },
    } as const
    for (const [key, feature] of Object.entries(declared)) {
      const pipeline = await new FeaturePipeline({ [key]: feature }).fit(table, { target: 'target' })
      const { data } = await pipeline.transformMatrix(table)
      expect(data).toHaveLength(expected[key]!.length)
      for (const [i, value] of expected[key]!.entries())
        if (value === null) expect(data[i], `${key}, ${i}`).toBeNaN()
        else if (!(Math.abs(data[i]! - value) <= 1e-6 * Math.max(1, Math.abs(value))))
          throw new Error(`${key}: element ${i} is ${data[i]}, not ${value}.`)
    }
    const oneHot = await new FeaturePipeline({ category: { kind: 'one-hot', unseen: 'ignore' } }).fit(table)
    const matrix = await oneHot.transformMatrix(table)
    for (let i = 0; i < table.rows; i++) {
      const row = matrix.row(i)
      expect(row[expected['one-hot']![i]!]).toBe(1)
      expect(row.reduce((sum, one) => sum + one, 0)).toBe(1)
    }
    const labels = await new FeaturePipeline({ labels: { kind: 'multi-label', unseen: 'ignore' } }).fit(table)
    expect(labels.featureNames).toEqual(expected.classes.map((label) => `labels=${label}`))
  })
})
