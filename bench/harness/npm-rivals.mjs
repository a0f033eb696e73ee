import { readFileSync } from 'node:fs'

/** The command that installs the rivals that come from npm. */
export const INSTALL = 'npm ci --prefix bench'

/**
 * A package of bench/node_modules, with its version.
 * @returns {Promise<{ module: object, version: string } | { missing: string }>} `missing` says why it is not here
 */
export async function npmRival(name) {
  try {
    const module = await import(name)
    const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url)
    return { module: module.default ?? module, version: JSON.parse(readFileSync(manifest, 'utf8')).version }
  } catch (error) {
    if (error.code === 'ERR_MODULE_NOT_FOUND') return { missing: `not installed: ${INSTALL}` }
    return { missing: `it does not load here: ${error.message.split('\n')[0]}` }
  }
}
