import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { bundledError } from './bundled-error.js'

let root: string | undefined

/**
 * A path in the package's own folder: of its addon, its assets, its child processes.
 * @throws ERR_ADDON where this code runs elsewhere than in its package, as in a bundle
 */
export function packageFile(...path: string[]): string {
  root ??= findRoot()
  return join(root, ...path)
}

/** ERR_ADDON in a bundle, before something fails that says less. */
export function checkNotBundled(): void {
  packageFile()
}

function findRoot(): string {
  try {
    const folder = join(__dirname, '..', '..')
    if (existsSync(join(folder, 'dist', 'native', 'package-file.js'))) return folder
  } catch {} // an ES module has no __dirname
  throw bundledError('kindred runs inside a bundle')
}
