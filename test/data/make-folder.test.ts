// What the file system refuses is told as it is.
import fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Features, Matrix } from 'kindred'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { makeFolder } from '#lib/data/storage/make-folder.js'
import { checkTarget } from '#lib/data/storage/saved-folder.js'
import { systemError } from '#lib/native/system-errors.js'

let dir: string
beforeEach(async () => {
  dir = await fs.mkdtemp(join(tmpdir(), 'kindred-folder-'))
})
afterEach(async () => {
  vi.restoreAllMocks()
  await fs.rm(dir, { recursive: true })
})

const features = () => Features.from([1, 2], new Matrix(2, 3))
const failure = (code: string) => Object.assign(new Error(`${code}: what it means, mkdir`), { code })

/** mkdir as Node has it where the system call fails with `code`: a recursive one says ENOENT. */
function failing(code: string) {
  vi.spyOn(fs, 'mkdir').mockImplementation((_, options) => {
    throw failure((options as { recursive?: boolean } | undefined)?.recursive ? 'ENOENT' : code)
  })
}

describe('a folder that cannot be made', () => {
  it.each(['EROFS', 'EDQUOT', 'ENOSPC', 'EACCES', 'EPERM', 'EIO'])('says why: %s', async (code) => {
    failing(code)
    await expect(features().save(join(dir, 'a', 'b'))).rejects.toMatchObject({
      code: 'ERR_IO',
      message: expect.stringContaining(code),
    })
  })

  it('for want of descriptors or memory is told by those codes', async () => {
    failing('EMFILE')
    await expect(features().save(join(dir, 'a'))).rejects.toMatchObject({ code: 'ERR_RESOURCES' })
    failing('ENOMEM')
    await expect(features().save(join(dir, 'a'))).rejects.toMatchObject({ code: 'ERR_OUT_OF_MEMORY' })
  })

  it('below a file, or by too long a name, says so', async () => {
    await fs.writeFile(join(dir, 'file'), '')
    for (const save of [
      (path: string) => features().save(path),
      (path: string) => checkTarget(path, { kind: 'model' }),
    ]) {
      await expect(save(join(dir, 'file', 'a', 'b'))).rejects.toMatchObject({
        code: 'ERR_IO',
        message: expect.stringContaining('not a folder'),
      })
      await expect(save(join(dir, 'x'.repeat(300)))).rejects.toMatchObject({
        code: 'ERR_IO',
        message: expect.stringContaining('ENAMETOOLONG'),
      })
    }
  })

  it.skipIf(process.platform !== 'linux')('where there is no room for folders says so, and ends', async () => {
    await expect(features().save('/proc/kindred')).rejects.toMatchObject({
      code: 'ERR_IO',
      message: expect.stringMatching(/^\/proc\/kindred: cannot be written: (?:ENOENT|EACCES)/),
    })
  })

  it('is made where another makes it meanwhile', async () => {
    const own = fs.mkdir
    let first = true
    vi.spyOn(fs, 'mkdir').mockImplementation((async (path: string, options: object) => {
      if (first) {
        first = false
        await own(path)
      }
      return own(path, options)
    }) as never)
    await makeFolder(join(dir, 'a', 'b'))
    expect((await fs.stat(join(dir, 'a', 'b'))).isDirectory()).toBe(true)
  })
})

it.skipIf(process.platform !== 'linux')('a quota that is used up has words', () => {
  const cause = Object.assign(new Error('Unknown system error -122: Unknown system error -122, write'), { errno: -122 })
  expect(systemError('x', cause).message).toMatch(/^x: EDQUOT: disk quota exceeded/)
})
