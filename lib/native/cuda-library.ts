import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { addonPath } from './addon.js'
import { packageFile } from './package-file.js'

const NAME = 'libkindred_cuda.so'

/** Where the CUDA kernels are, or why there are none and what to do about it. */
export type CudaLibrary = { path: string } | { path?: undefined; reason: string }

/**
 * Looks for the library of CUDA kernels: where `KINDRED_CUDA_LIBRARY` says, else beside the addon, in build/Release and in
 * build/cuda. Nothing is opened.
 */
export function findCudaLibrary(): CudaLibrary {
  const named = process.env.KINDRED_CUDA_LIBRARY
  if (named) {
    const path = resolve(named) // a bare name would be looked for on the linker's path
    return existsSync(path)
      ? { path }
      : {
          reason: `KINDRED_CUDA_LIBRARY names ${path}, which does not exist. Name a ${NAME} that npm run build:cuda built, or unset it.`,
        }
  }
  const folders = [dirname(addonPath()), packageFile('build', 'Release'), packageFile('build', 'cuda')]
  const path = folders.map((folder) => join(folder, NAME)).find((candidate) => existsSync(candidate))
  if (path !== undefined) return { path }
  return {
    reason: `no ${NAME} beside the addon or in build/cuda. Run npm run build:cuda in ${packageFile()} (it needs nvcc of CUDA 13), or name a built one with KINDRED_CUDA_LIBRARY.`,
  }
}
