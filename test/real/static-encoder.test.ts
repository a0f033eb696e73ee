import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { real } from '../support/real.js'

const folder = 'assets/encoder'

/** What a benchmark finds, as it prints it with --json. */
function run(name: string, ...options: string[]) {
  const results = join(mkdtempSync(join(tmpdir(), 'kindred-results-')), 'RESULTS.md')
  const argv = ['bench/run.mjs', name, '--json', '--results', results, ...options, folder]
  return JSON.parse(execFileSync(process.execPath, argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
    .data
}

describe('the encoder that ships', () => {
  it('takes at most 9 MB with its tokenizer, and comes with its card', () => {
    const files = readdirSync(folder)
    expect(files).toContain('MODEL_CARD.md')
    const bytes = files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
    expect(bytes).toBeLessThanOrEqual(9_000_000)
    expect(existsSync(join(folder, 'tokenizer.json'))).toBe(false)
  })

  it.skipIf(!real)('agrees with people on STS-B', () => {
    const [{ dev, test }] = run('stsb')
    console.log('STS-B', { dev, test })
    expect(test).toBeGreaterThanOrEqual(0.75)
    expect(dev).toBeGreaterThanOrEqual(0.8)
  })

  it.skipIf(!real)(
    'finds the readers of cold films',
    () => {
      const { coldOnly } = run('cold-items', '--small')
      console.log('cold films, recall@20', coldOnly)
      expect(coldOnly['title and plot'].mean).toBeGreaterThanOrEqual(0.1)
      expect(coldOnly['all text fields'].mean).toBeGreaterThanOrEqual(0.125)
    },
    600_000,
  )
})
