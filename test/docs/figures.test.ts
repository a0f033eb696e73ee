import { expect, it } from 'vitest'
import { rowsNotIn, section, tableRows } from './figures.js'
import { read } from './repository.js'

const results = read('bench/RESULTS.md')

it('what each part costs is what RESULTS.md says', () => {
  const rows = tableRows(section(read('README.md'), 'What each part costs'))
  expect(rows.length).toBeGreaterThan(10)
  expect(rowsNotIn(rows, tableRows(section(results, 'costs')))).toEqual([])
})

it.each([
  ['docs/cold-start.md', 'New items', 'item-features', 5],
  ['docs/factorization.md', 'Item features', 'item-features', 16],
] as const)('%s: the figures under "%s" are those of %s', (page, heading, bench, count) => {
  const rows = tableRows(section(read(page), heading)).filter((cells) => cells[0] !== 'all films')
  expect(rows).toHaveLength(count)
  expect(rowsNotIn(rows, tableRows(section(results, bench)))).toEqual([])
})

it('choosing a model: quality is what was published, a fit costs what RESULTS.md says', () => {
  const rows = tableRows(section(read('docs/choosing-a-model.md'), 'Quality and cost, measured')).slice(1)
  const measured = [
    ...tableRows(read('docs/published-results.md')).map(([model, , hitRate, , ndcg]) => [model, hitRate, ndcg]),
    ...tableRows(section(read('docs/factorization.md'), 'Quality')).map(([model, hitRate, ndcg]) => [
      model!.replace(/^ALS.*/, 'AlternatingLeastSquares').replace(/^BPR.*/, 'BayesianPersonalizedRanking'),
      hitRate,
      ndcg,
    ]),
  ].map((cells) => cells.join(' '))
  const refits = new Map(tableRows(section(results, 'updates')).map(([model, , , , , seconds]) => [model, seconds]))
  expect(rows.length).toBeGreaterThan(8)
  for (const [label, hitRate, ndcg, seconds] of rows) {
    const model = label!.split(',')[0]!
    expect(measured).toContain(`${model} ${hitRate} ${ndcg}`)
    if (seconds !== '') expect(seconds).toBe(refits.get(model))
  }
})

it('the checks see a changed figure', () => {
  const source = tableRows('## a\n| part | ms |\n|---|---|\n| read 1,000 rows | 31 |\n')
  expect(source).toEqual([
    ['part', 'ms'],
    ['read 1000 rows', '31'],
  ])
  expect(rowsNotIn([['read 1000 rows', '30']], source)).toEqual(['read 1000 rows | 30'])
  expect(section('# a\n## b\nx\n### c\ny\n## d\nz\n', 'b')).toBe('\nx\n### c\ny\n')
})
