import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { withTemporaryFiles } from '../../data/storage/atomic-write.js'
import { folderError, makeFolder } from '../../data/storage/make-folder.js'
import type { InnerFolder } from '../../data/storage/saved-folder.js'
import { KindredError, show } from '../../native/errors.js'

/** What a model is made of, by the folder that each saves itself into. */
export type NestedFolders = Readonly<Record<string, { save(dir: string, options: object): Promise<void> }>>

const NAME = /^parts-[0-9a-f]{16}$/

/**
 * Saves what a model is made of into a new folder within that of the model, whose name is a hash of what is in it: an older
 * model's parts stay until its config.json is replaced.
 * @param save writes the rest of the model, and moves the folder of this name into place
 * @throws ERR_IO, ERR_ABORTED, and what the parts and `save` throw
 */
export async function saveNested(
  dir: string,
  nested: NestedFolders | undefined,
  signal: AbortSignal | undefined,
  save: (name: string | undefined, inner: InnerFolder) => Promise<void>,
): Promise<void> {
  if (nested === undefined) return save(undefined, { names: NAME })
  try {
    await makeFolder(dir)
    await withTemporaryFiles(dir, async (newPath) => {
      const from = newPath()
      await mkdir(from)
      try {
        for (const [name, part] of Object.entries(nested)) await part.save(join(from, name), { signal })
        const name = `parts-${(await hashOf(from)).slice(0, 16)}`
        await save(name, { names: NAME, moved: { from, name } })
      } finally {
        await rm(from, { recursive: true, force: true })
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

/** What config.json names as the folder of parts. @throws ERR_MODEL_FILE */
export function nestedFolder(dir: string, name: unknown): string | undefined {
  if (name === undefined) return undefined
  if (typeof name === 'string' && NAME.test(name)) return join(dir, name)
  throw new KindredError('ERR_MODEL_FILE', `${dir}: its config.json names ${show(name)} as its parts. Save it again.`)
}
