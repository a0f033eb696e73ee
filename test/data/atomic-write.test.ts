import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeAtomically, writeFlushed } from '#lib/data/storage/atomic-write.js'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kindred-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

it('replaces a file only once the new one is complete', async () => {
  const path = join(dir, 'file')
  writeFileSync(path, 'old')
  await writeAtomically(path, async (temporary) => {
    await writeFlushed(temporary, 'new ', Buffer.from('file'))
    expect(readFileSync(path, 'utf8')).toBe('old')
  })
  expect(readFileSync(path, 'utf8')).toBe('new file')
  expect(readdirSync(dir)).toEqual(['file'])
})

it('leaves the old file and nothing else where writing fails', async () => {
  const path = join(dir, 'file')
  writeFileSync(path, 'old')
  const failing = writeAtomically(path, async (temporary) => {
    await writeFlushed(temporary, 'half')
    throw new Error('disk full')
  })
  await expect(failing).rejects.toMatchObject({ code: 'ERR_IO', message: `${path}: cannot be written: disk full.` })
  expect(readFileSync(path, 'utf8')).toBe('old')
  expect(readdirSync(dir)).toEqual(['file'])
})

it('names the file whose folder does not exist', async () => {
  const path = join(dir, 'none', 'file')
  const failing = writeAtomically(path, (temporary) => writeFlushed(temporary, ''))
  await expect(failing).rejects.toMatchObject({ code: 'ERR_IO', message: expect.stringContaining(path) })
})
