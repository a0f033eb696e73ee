import Module from 'node:module'
import { dirname, isAbsolute, join } from 'node:path'
import { bundledError } from './bundled-error.js'

/** The bundle's file: as CommonJS names it, else as an ES module does. `typeof` would not do, webpack takes it for 'string'. */
function ownFile(): string {
  try {
    return __filename
  } catch {
    return import.meta.url
  }
}

/**
 * An entry of the package as it is installed where a bundle runs. What bundlers take for the package (the condition
 * "module" of its exports) holds nothing but calls of this, since no bundle can hold the addon and its files.
 * @param entry folder below dist/
 * @throws ERR_ADDON if it is not installed there
 */
export function loadInstalled(entry: string): unknown {
  // The program's own file too, since webpack writes into an ES module where it was when it was bundled.
  const places = [ownFile(), ...process.argv.slice(1, 2)].filter((place) => isAbsolute(place) || /^file:/.test(place))
  let cause: unknown
  for (const place of places) {
    const require = Module.createRequire(place) // a `createRequire` of its own name is compiled away by webpack
    let description: string
    try {
      description = require.resolve('kindred/package.json')
    } catch (error) {
      cause ??= error
      continue
    }
    return require(join(dirname(description), 'dist', entry, 'index.js'))
  }
  throw bundledError(`kindred was bundled and is not installed above ${places[0]}`, cause)
}
