// The vectorizers beside scikit-learn's, on what test/fixtures/make-ngrams.py wrote.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CountVectorizer, HashingVectorizer, type SparseMatrix, TfidfVectorizer } from 'kindred'
import { describe, expect, it } from 'vitest'

interface Rows {
  offsets: number[]
  indices: number[]
  values: number[]
}
interface Case {
  kind: 'count' | 'tfidf' | 'hashing'
  options: Record<string, unknown>
  rows: Rows
  unseen: Rows
  names?: string[]
  idf?: number[]
}
const golden = JSON.parse(readFileSync(join(__dirname, '../fixtures/ngrams.json'), 'utf8')) as {
  texts: string[]
  unseen: string[]
  cases: Case[]
}

const PATTERNS: Record<string, string> = { '(?u)\\b\\w+\\b': '\\w+', '\\S+': '\\S+' }

/** Options of scikit-learn's by the names that they have here. */
function optionsOf(options: Record<string, unknown>): Record<string, unknown> {
  const names = Object.entries(options).map(([name, value]) => {
    const here = name === 'n_features' ? 'features' : name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())
    return [here, name === 'token_pattern' ? PATTERNS[value as string] : value]
  })
  return Object.fromEntries(names)
}

function expectRows({ offsets, indices, values }: SparseMatrix, expected: Rows) {
  expect([...offsets]).toEqual(expected.offsets)
  expect([...indices]).toEqual(expected.indices)
  expect(values.length).toBe(expected.values.length)
  values.forEach((value, n) => {
    expect(Math.abs(value - expected.values[n]!)).toBeLessThanOrEqual(1e-7 * Math.abs(expected.values[n]!))
  })
}

describe.each(golden.cases.map((one) => [`${one.kind} ${JSON.stringify(one.options)}`, one] as const))(
  'as scikit-learn: %s',
  (_, { kind, options, rows, unseen, names, idf }) => {
    const given = optionsOf(options)

    if (kind === 'hashing') {
      it('rows', async () => {
        const vectorizer = new HashingVectorizer(given)
        expectRows(await vectorizer.transform(golden.texts), rows)
        expectRows(await vectorizer.transform(golden.unseen), unseen)
      })
      return
    }
    const make = () => (kind === 'count' ? new CountVectorizer(given) : new TfidfVectorizer(given))

    it('columns and rows', async () => {
      const vectorizer = make()
      expectRows(await vectorizer.fitTransform(golden.texts), rows)
      expect(vectorizer.featureNames).toEqual(names)
      expectRows(await vectorizer.transform(golden.unseen), unseen)
      if (idf)
        expect([...(vectorizer as TfidfVectorizer).idf].map((v, i) => Math.abs(v - idf[i]!) < 1e-11)).not.toContain(
          false,
        )
    })

    it('fit, then transform', async () => {
      const vectorizer = await make().fit(golden.texts)
      expectRows(await vectorizer.transform(golden.texts), rows)
    })
  },
)
