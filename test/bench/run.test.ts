import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const results = join(mkdtempSync(join(tmpdir(), 'kindred-results-')), 'RESULTS.md')
const bench = (...argv: string[]) =>
  spawnSync(process.execPath, ['bench/run.mjs', '--results', results, ...argv], { encoding: 'utf8' })

describe('npm run bench', () => {
  it('lists every benchmark there is', () => {
    const { status, stdout } = bench('--list')
    expect(status).toBe(0)
    const names = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0])
    const files = readdirSync('bench').filter((name) => name.endsWith('.mjs') && name !== 'run.mjs')
    expect(names.map((name) => `${name}.mjs`).sort()).toEqual(files.sort())
  })

  it('refuses names and rounds that it does not know, and says what is legal', () => {
    for (const argv of [['no-such'], [], ['knn', '--rounds', '0']]) {
      const { status, stderr } = bench(...argv)
      expect(status).toBe(2)
      expect(stderr).toMatch(/^(expected one of similarity, knn, .*|--rounds: expected an integer of at least 1 .*)\n/)
    }
  })

  it('runs without rivals, says so, and remakes its section', () => {
    const { status, stdout, stderr } = bench('knn', '--small', '--rounds', '1', '--json', '--python', '/no/such/python')
    expect(stderr).toContain('ItemKNN.fit')
    expect(status).toBe(0)
    const { data, notices } = JSON.parse(stdout)
    expect(data[0].contests.length).toBeGreaterThanOrEqual(2)
    expect(notices.join('\n')).toMatch(/scipy: not here: .*ENOENT/)
    const text = readFileSync(results, 'utf8')
    expect(text).toContain('## knn\n\n`npm run bench -- knn --small --rounds 1`\n')
    expect(text).not.toContain('/no/such')
  }, 240_000)
})
