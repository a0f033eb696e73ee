import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isAbandoned, withTemporaryFiles } from '../../data/storage/atomic-write.js'
import { folderError, makeFolder } from '../../data/storage/make-folder.js'
import { KindredError, show } from '../../native/errors.js'

/** What a model is made of, by the folder that each saves itself into. */
export type NestedFolders = Readonly<Record<string, { save(dir: string, options: object): Promise<void> }>>

const NAME = /^parts-[0-9a-f]{16}$/

/**
 * Saves what a model is made of into a new folder within that of the model, whose name is a hash of what is in it: an older
 * model's parts stay until its config.json is replaced.
 * @returns the name of the folder
 * @throws ERR_IO, ERR_ABORTED, and what the parts throw
 */
export async function saveNested(dir: string, nested: NestedFolders, signal: AbortSignal | undefined): Promise<string> {
  try {
    await makeFolder(dir)
    return await withTemporaryFiles(dir, async (newPath) => {
      const path = newPath()
      await mkdir(path)
      try {
        for (const [name, part] of Object.entries(nested)) await part.save(join(path, name), { signal })
        const name = `parts-${(await hashOf(path)).slice(0, 16)}`
        await rename(path, join(dir, name)).catch((error: NodeJS.ErrnoException) => {
          // The same parts are there already.
          if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST' && error.code !== 'EPERM') throw error
        })
        return name
      } finally {
        await rm(path, { recursive: true, force: true })
      }
    })
  } catch (cause) {
    throw folderError(dir, 'written', cause)
  }
}

/** A hash of the names of all files in a folder and of what is in them. */
async function hashOf(dir: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of (await readdir(dir, { recursive: true })).sort()) {
    const path = join(dir, name)
    if ((await stat(path)).isDirectory()) continue
    hash.update(`${name.replaceAll('\\', '/')}\0`)
    hash.update(await readFile(path))
  }
  return hash.digest('hex')
}

/** Removes the parts of older models, and what saves that did not finish have left. */
export async function removeNested(dir: string, current: string | undefined): Promise<void> {
  for (const name of await readdir(dir).catch(() => []))
    if ((NAME.test(name) && name !== current) || (await isAbandoned(dir, name)))
      await rm(join(dir, name), { recursive: true, force: true }).catch(() => undefined)
}

/** What config.json names as the folder of parts. @throws ERR_MODEL_FILE */
export function nestedFolder(dir: string, name: unknown): string | undefined {
  if (name === undefined) return undefined
  if (typeof name === 'string' && NAME.test(name)) return join(dir, name)
  throw new KindredError('ERR_MODEL_FILE', `${dir}: its config.json names ${show(name)} as its parts. Save it again.`)
}
