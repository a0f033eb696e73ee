import { readdir, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { glob } from 'tinyglobby'
import { KindredError, show } from '../../../native/errors.js'
import { isMissing, systemError } from '../../../native/system-errors.js'
import { checkFile } from './check-file.js'

/**
 * Where a table is: a file; a folder of part files, as Spark writes it; a glob such as `logs/*.csv.gz`; a `file:` URL of
 * any of these; or a list of them. A path that exists is that file, whatever characters it has.
 */
export type TablePath = string | URL | readonly (string | URL)[]

const URL_BEGIN = /^(?:file:|[a-z][a-z\d+.-]+:\/\/)/i

const GLOB_OPTIONS = { expandDirectories: false, onlyFiles: false, dot: false } as const

function ofUrl(url: URL | string): string {
  try {
    return fileURLToPath(new URL(typeof url === 'string' ? url : url.href))
  } catch (cause) {
    const received = typeof url === 'string' ? url : url.href
    throw new KindredError('ERR_VALUE', `path: expected a file: URL of this machine but received ${show(received)}.`, {
      cause,
    })
  }
}

/** A URL, also of another realm. */
const isUrl = (value: unknown): value is URL =>
  typeof value === 'object' && value !== null && typeof (value as URL).href === 'string' && 'protocol' in value

const isHidden = (name: string) => name.startsWith('.') || (name.startsWith('_') && !name.includes('='))

/** Files that others write beside the parts of a table, or have not finished. */
const isNoPart = (name: string) => isHidden(name) || name.endsWith('._COPYING_')

async function find(path: string) {
  return stat(path).catch((cause) => {
    if (isMissing(cause) || cause.code === 'ENAMETOOLONG') return undefined
    throw systemError(path, cause)
  })
}

/** The files of a folder and of those in it, without hidden ones. */
async function walk(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause) => {
    throw systemError(folder, cause)
  })
  const paths: string[] = []
  for (const name of names.filter((one) => !isNoPart(one))) {
    const path = join(folder, name)
    const found = await stat(path).catch((cause) => {
      throw systemError(path, cause)
    })
    paths.push(...(found.isDirectory() ? await walk(path) : [path]))
  }
  return paths
}

/** The files that a glob matches, of folders their part files. A wildcard at the begin of a name matches no `_` or dot. */
async function matches(pattern: string): Promise<string[]> {
  let folder = isAbsolute(pattern) ? '/' : '.'
  const names = pattern.split('/').filter((name) => name !== '')
  while (names.length > 1 && (await find(join(folder, names[0]!)))?.isDirectory()) folder = join(folder, names.shift()!)
  const takesMarked = names.some((name) => name.startsWith('_'))
  // Parentheses, and ! at the begin, are characters like others: a path with them is no pattern.
  const escaped = names.join('/').replace(/[()|]|^!/g, '\\$&')
  const found = await glob(escaped, { ...GLOB_OPTIONS, cwd: folder }).catch((cause) => {
    throw systemError(pattern, cause)
  })
  const paths = new Set<string>()
  for (const match of found) {
    if (!takesMarked && match.split('/').some(isNoPart)) continue
    const path = join(folder, match).replace(/\/$/, '')
    for (const part of (await find(path))?.isDirectory() ? await walk(path) : [path]) paths.add(part)
  }
  return [...paths]
}

/** The path that a list's entry means: as it stands if there is such a file, else of a URL. */
async function pathOf(entry: unknown): Promise<string> {
  if (isUrl(entry)) return ofUrl(entry)
  if (typeof entry !== 'string' || entry === '' || entry.includes('\0'))
    throw new KindredError(
      'ERR_VALUE',
      `path: expected the path or file: URL of a file, a folder or a glob, or a list of them, but received ${show(entry)}.`,
    )
  return URL_BEGIN.test(entry) && (await find(entry)) === undefined ? ofUrl(entry) : entry
}

async function expand(path: string): Promise<string[]> {
  const found = await find(path)
  if (found?.isDirectory()) {
    const parts = await walk(path)
    if (parts.length === 0) throw new KindredError('ERR_IO', `${path}: the folder holds no file that is not hidden.`)
    return parts
  }
  if (found !== undefined || !/[*?[{]/.test(path)) return [path]
  const matched = await matches(path)
  if (matched.length > 0) return matched
  throw new KindredError('ERR_IO', `${path}: no such file, and as a glob it matches none.`)
}

/**
 * The files of a table: those of a list in its order, those of a folder or a glob by name. Empty part files are left out.
 * @throws ERR_VALUE for what is no path, or a file that comes twice, ERR_IO for one that is missing, a folder without files
 * or a glob without a match, ERR_DATA if all are empty
 */
export async function listFiles(path: unknown): Promise<string[]> {
  if (Array.isArray(path) && path.length === 0)
    throw new KindredError('ERR_VALUE', 'path: expected at least one file but received an empty list.')
  const files: string[] = []
  const seen = new Set<string>()
  for (const entry of Array.isArray(path) ? path : [path])
    for (const file of (await expand(await pathOf(entry))).sort()) {
      // Also through a link.
      const real = await realpath(file).catch(() => resolve(file))
      if (seen.size === seen.add(real).size)
        throw new KindredError('ERR_VALUE', `path: ${file} comes twice. Its rows would count twice.`)
      files.push(file)
    }
  if (files.length === 1) {
    await checkFile(files[0])
    return files
  }
  const filled: string[] = []
  for (const file of files) {
    const found = await find(file)
    if (!found?.isFile() || found.size > 0) {
      await checkFile(file)
      filled.push(file)
    }
  }
  if (filled.length === 0) throw new KindredError('ERR_DATA', `${files[0]}: all ${files.length} files are empty.`)
  return filled
}
