// Compiles lib/ to CommonJS in dist/ and writes the ESM face over it, so that import and require share one instance of
// every class; and the face that bundlers take (lib/native/load-installed.mts). With --package it writes no source maps: the package has no sources, and its code is readable as it is.
import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')

rmSync(join(root, 'dist'), { recursive: true, force: true })
const maps = process.argv.includes('--package') ? ['--sourceMap', 'false'] : []
execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.json'), ...maps], { stdio: 'inherit' })

for (const entry of [
  '.',
  'data',
  'encode',
  'features',
  'models',
  'evaluate',
  'search',
  'nn',
  'text',
  'rank',
  'serve',
]) {
  const folder = join(root, 'dist', entry)
  const names = Object.keys(require(join(folder, 'index.js'))).sort()
  const list = `{\n${names.map((name) => `  ${name},\n`).join('')}}`
  const native = entry === '.' ? './native' : '../native'
  const guard = `import '${native}/not-bundled.mjs'\n`
  writeFileSync(join(folder, 'index.mjs'), `${guard}export ${list} from './index.js'\n`)
  const loader = `import { loadInstalled } from '${native}/load-installed.mjs'\n`
  writeFileSync(join(folder, 'bundled.mjs'), `${loader}export const ${list} = loadInstalled('${entry}')\n`)
  writeFileSync(join(folder, 'index.d.mts'), "export * from './index.js'\n")
}
chmodSync(join(root, 'dist', 'cli', 'main.js'), 0o755)
