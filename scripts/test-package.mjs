// Packs the tarball, installs it into an empty folder without running any script, and uses it there as an ES module, as
// CommonJS and from strict TypeScript.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
const folder = mkdtempSync(join(tmpdir(), 'kindred-package-'))
const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' })

try {
  const packed = run('npm', ['pack', '--json', '--loglevel', 'error', '--pack-destination', folder], root)
  const { filename } = JSON.parse(packed.slice(packed.indexOf('[\n')))[0]
  const megabytes = statSync(join(folder, filename)).size / 2 ** 20
  if (megabytes > 20) throw new Error(`the tarball has ${megabytes.toFixed(1)} MB, more than 20`)
  cpSync(join(root, 'test', 'package'), folder, { recursive: true })
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, dependencies: { kindred: `file:${filename}`, '@types/node': '^20' } }),
  )
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error'], folder)
  for (const script of ['consumer.mjs', 'consumer.cjs']) run(process.execPath, [script], folder)
  run(process.execPath, [tsc, '-p', '.'], folder)
  run('npx', ['kindred', '--version'], folder)
  console.log(`package: ${filename}, ${megabytes.toFixed(1)} MB, installs and runs as ESM, CommonJS and TypeScript`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
