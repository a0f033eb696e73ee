import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
// @ts-expect-error plain JavaScript
import { contestTable, markdownTable } from '../../bench/harness/report.mjs'
// @ts-expect-error plain JavaScript
import { replaceSection, writeSection } from '../../bench/harness/results-file.mjs'

const TEXT = '# Results\n\nWords.\n\n## als\n\nold\n\n### part\n\n| a |\n\n## micro\n\nkept\n'

describe('RESULTS.md', () => {
  it('has its section replaced, and the others as they stood', () => {
    expect(replaceSection(TEXT, 'als', 'new\n')).toBe('# Results\n\nWords.\n\n## als\n\nnew\n\n## micro\n\nkept\n')
    expect(replaceSection(TEXT, 'micro', 'new')).toBe(TEXT.replace('kept', 'new'))
  })

  it('takes a new section where its name belongs, whatever that section holds', () => {
    const text = replaceSection(TEXT, 'knn', '$& $1')
    expect(text.match(/^## .*/gm)).toEqual(['## als', '## knn', '## micro'])
    expect(text).toContain('## knn\n\n$& $1\n')
    expect(replaceSection(text, 'knn', '$& $1')).toBe(text)
  })

  it('is made where there is none', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'kindred-results-')), 'RESULTS.md')
    writeSection(path, 'micro', 'one')
    writeSection(path, 'als', 'two')
    expect(readFileSync(path, 'utf8')).toMatch(/^# Results\n[^#]*\n## als\n\ntwo\n\n## micro\n\none\n$/)
  })
})

describe('tables', () => {
  it('are Markdown', () => {
    expect(markdownTable(['a', 'b'], [[1, 2]])).toBe('| a | b |\n|---|---|\n| 1 | 2 |')
  })

  it('show settings, what was reached, the spread, and what was discarded', () => {
    const row = {
      contest: 'sum',
      mode: 'best threads',
      ours: { ms: 12.34, configuration: { threads: 2 } },
      limit: { gops: 99, gigabytesPerSecond: 15, computeShare: 0.5, readShare: 0.75 },
      rival: { name: 'other', recall: 0.98765, ms: 250, configuration: { threads: 1, threshold: 20 } },
      ratio: { median: 20.25, low: 19, high: 21 },
      rounds: 5,
      wanted: 7,
      discarded: 2,
    }
    expect(contestTable([row]).split('\n')[2]).toBe(
      '| sum, best threads | 12.3 (2 threads) | 15.0 GB/s, 75% of memory | other (recall 0.988) | 250 (1 thread, threshold 20) | **20.25** (19.00 to 21.00) | 5 of 7 (2 discarded) |',
    )
    const rated = {
      ...row,
      amount: { count: 5e6, unit: 'samples' },
      ours: { ...row.ours, ms: 1000, loss: 50123.4 },
      rival: { name: 'other', auc: 0.9, ms: 2000, configuration: { threads: 1 } },
    }
    expect(contestTable([rated]).split('\n')[2]).toMatch(
      /\| 1000 \(2 threads, loss 5\.012e\+4, 5\.00 M samples\/s\) \|.*\| other \(AUC 0\.900\) \| 2000 \(1 thread, 2\.50 M samples\/s\) \|/,
    )
    const alone = {
      ...row,
      rival: undefined,
      ratio: undefined,
      limit: undefined,
      ours: { ...row.ours, ms: Number.NaN },
    }
    expect(contestTable([{ ...alone, rounds: 0 }]).split('\n')[2]).toBe(
      '| sum, best threads | - (2 threads) | - | none | - | - | 0 of 7 (2 discarded) |',
    )
  })
})
