import nodeGypBuild from 'node-gyp-build'
import { KindredError } from './errors.js'
import type { Addon } from './functions/index.js'
import { packageFile } from './package-file.js'
import { checkDescriptors, isExhausted, systemError } from './system-errors.js'

export type * from './functions/index.js'

/** For example "linux-x64 (glibc 2.36)". */
function platformName(): string {
  const name = `${process.platform}-${process.arch}`
  if (process.platform !== 'linux') return name
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } }
  return `${name} (${header.glibcVersionRuntime ? `glibc ${header.glibcVersionRuntime}` : 'musl'})`
}

const fromSource = () =>
  `Build it from source with: npm run build:native (in ${packageFile()}; needs CMake 3.21 and GCC 11 or Clang 14).`

/** Where the addon is. @throws ERR_ADDON if there is none for this machine, or inside a bundle; ERR_RESOURCES */
export function addonPath(): string {
  const folder = packageFile()
  try {
    checkDescriptors() // node-gyp-build finds nothing where it can open nothing
    return nodeGypBuild.resolve(folder)
  } catch (cause) {
    if (isExhausted(cause)) throw systemError('The native addon cannot be looked for', cause)
    throw new KindredError('ERR_ADDON', `No native addon for ${platformName()}. ${fromSource()}`, { cause })
  }
}

function load(): Addon {
  const path = addonPath()
  try {
    return require(path) as Addon
  } catch (cause) {
    if (isExhausted(cause)) throw systemError(`The native addon ${path} does not load`, cause)
    const { message } = cause as Error
    throw new KindredError('ERR_ADDON', `The native addon ${path} does not load: ${message} ${fromSource()}`, { cause })
  }
}

let loaded: Addon | undefined

/** The native addon, loaded at first use. @throws ERR_ADDON if there is none for this machine, ERR_RESOURCES */
export function addon(): Addon {
  loaded ??= load()
  return loaded
}
