import { KindredError } from './errors.js'

/** ERR_ADDON where code runs in a bundle and does not find the package's files. Needs no module of Node, which some bundles lack. */
export function bundledError(found: string, cause?: unknown): KindredError {
  return new KindredError(
    'ERR_ADDON',
    `${found}, but its addon, encoder and child processes are files that no bundle holds. Mark kindred as external (esbuild --external:kindred; webpack, Rollup and Vite external: [/^kindred(\\/|$)/]; Next.js serverExternalPackages: ['kindred']) and have it in a node_modules folder beside the bundle or above it: https://github.com/kindred-js/kindred/blob/main/docs/bundlers.md`,
    { cause },
  )
}
