// The package as its users get it: packed, and installed into an empty folder.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Runs a program in `cwd` and returns what it prints; throws if it fails. */
export const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' })

/** Packs the tarball into `folder`; its name there and its size. */
export function pack(folder) {
  const packed = run('npm', ['pack', '--json', '--loglevel', 'error', '--pack-destination', folder], root)
  const { filename } = JSON.parse(packed.slice(packed.indexOf('[\n')))[0]
  return { filename, megabytes: statSync(join(folder, filename)).size / 2 ** 20 }
}

/**
 * Installs the tarball into `folder` as a user would, with `others`, and returns true; where the registry cannot be
 * reached, unpacks it beside this checkout's own dependencies. No script of a package is run.
 */
export function install(folder, filename, others) {
  const dependencies = { kindred: `file:${filename}`, ...others }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }))
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error', '--fetch-retries', '0']
  const { status } = spawnSync('npm', ['install', ...quiet], { cwd: folder, stdio: 'ignore' })
  if (status === 0) return true
  console.log('package: the registry is not reached; the dependencies of this checkout are used')
  const modules = join(folder, 'node_modules')
  rmSync(modules, { recursive: true, force: true })
  cpSync(join(root, 'node_modules'), modules, { recursive: true })
  mkdirSync(join(modules, 'kindred'))
  run('tar', ['-xzf', filename, '-C', join(modules, 'kindred'), '--strip-components', '1'], folder)
  symlinkSync(join('..', 'kindred', 'dist', 'cli', 'main.js'), join(modules, '.bin', 'kindred'))
  return false
}
