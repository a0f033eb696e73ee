import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** The command that installs the rivals that come from npm. */
export const INSTALL = 'npm ci --prefix bench'

/**
 * A package of bench/node_modules, with its version.
 * @returns {{ module: object, version: string } | { missing: string }} `missing` says why it is not here
 */
export function npmRival(name) {
  try {
    const module = require(name)
    const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url)
    return { module, version: JSON.parse(readFileSync(manifest, 'utf8')).version }
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return { missing: `not installed: ${INSTALL}` }
    return { missing: `it does not load here: ${error.message.split('\n')[0]}` }
  }
}
