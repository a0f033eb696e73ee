import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The checkout that is tested. */
export const root = join(__dirname, '..', '..')

export const read = (path: string): string => readFileSync(join(root, path), 'utf8')
export const exists = (path: string): boolean => existsSync(join(root, path))

/** What .gitignore names, and git's own folder. */
const IGNORED = ['.git', ...read('.gitignore').split('\n')].map((line) => line.replace(/\/$/, ''))

/** Every file below `folder`, as a path from the root. */
export function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (IGNORED.includes(entry.name)) return []
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? filesBelow(path) : [path]
  })
}

/** The pages of the documentation: what a reader is sent to. */
export const PAGES = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'bench/README.md',
  'bench/RESULTS.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].filter(exists)
