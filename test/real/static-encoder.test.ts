import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { real } from '../support/real.js'

const folder = 'assets/encoder'

/** What a benchmark prints with --json. */
const run = (script: string) =>
  JSON.parse(execFileSync(process.execPath, [script, '--json', folder], { encoding: 'utf8' }))

describe('the encoder that ships', () => {
  it('takes at most 9 MB with its tokenizer, and comes with its card', () => {
    const files = readdirSync(folder)
    expect(files).toContain('MODEL_CARD.md')
    const bytes = files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
    expect(bytes).toBeLessThanOrEqual(9_000_000)
    expect(existsSync(join(folder, 'tokenizer.json'))).toBe(false)
  })

  it.skipIf(!real)('agrees with people on STS-B', () => {
    const [{ dev, test }] = run('bench/stsb.mjs')
    console.log('STS-B', { dev, test })
    expect(test).toBeGreaterThanOrEqual(0.75)
    expect(dev).toBeGreaterThanOrEqual(0.8)
  })

  it.skipIf(!real)(
    'finds the readers of cold films',
    () => {
      const table = run('bench/cold-items.mjs')
      console.log('cold films, recall@20', table)
      expect(table['title and plot'].mean).toBeGreaterThanOrEqual(0.1)
      expect(table['all text fields'].mean).toBeGreaterThanOrEqual(0.125)
    },
    600_000,
  )
})
