import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runScript } from './run-script.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-stress-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe('eight worker threads terminated in the midst of their calls, or on the way there', () => {
  it('leave the process, the other threads and their results alone, at once', async () => {
    const file = join(dir, 'log.csv')
    const lines = Array.from({ length: 100_000 }, (_, i) => `u${i % 997},${i}`)
    writeFileSync(file, `user,item\n${lines.join('\n')}\n`)
    const { code, signal, output } = await runScript('terminate-workers', [4, file])
    expect({ code, signal }, output).toEqual({ code: 0, signal: null })
    const reported = JSON.parse(output)
    expect(reported).toMatchObject({ terminated: 64, same: true })
    expect(reported.rounds).toBeGreaterThan(0)
    // In ms; without an abort flag each would take several times as long.
    expect(reported.slowest).toBeLessThan(8000)
  }, 120_000)
})

describe('a worker whose call waits in line behind those of others', () => {
  it('is terminated without waiting for them', async () => {
    const { code, signal, output } = await runScript('queued-worker')
    expect({ code, signal }, output).toEqual({ code: 0, signal: null })
    const { ms, ended } = JSON.parse(output)
    expect(ms).toBeLessThan(8000)
    expect(ended).toEqual(['AbortError'])
  })
})
