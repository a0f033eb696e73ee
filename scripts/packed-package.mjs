// The package as npm packs it, installed in a folder outside this checkout.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Runs a command to its end and gives what it printed; throws if it fails. */
export const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' })

/** Makes the tarball in `folder` and gives its name. */
export function pack(folder) {
  const packed = run('npm', ['pack', '--json', '--loglevel', 'error', '--pack-destination', folder], root)
  return JSON.parse(packed.slice(packed.indexOf('[\n')))[0].filename
}

/** Installs `dependencies` in `folder` without running any script; false where the registry is not reached. */
export function install(folder, dependencies) {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }))
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error', '--fetch-retries', '0']
  return spawnSync('npm', ['install', ...quiet], { cwd: folder, stdio: 'ignore' }).status === 0
}

/** Unpacks the tarball in `folder` beside this checkout's own dependencies, for where the registry is not reached. */
export function unpack(folder, filename) {
  rmSync(join(folder, 'node_modules'), { recursive: true, force: true })
  cpSync(join(root, 'node_modules'), join(folder, 'node_modules'), { recursive: true })
  mkdirSync(join(folder, 'node_modules', 'kindred'))
  run('tar', ['-xzf', filename, '-C', join('node_modules', 'kindred'), '--strip-components', '1'], folder)
  symlinkSync(join('..', 'kindred', 'dist', 'cli', 'main.js'), join(folder, 'node_modules', '.bin', 'kindred'))
}
