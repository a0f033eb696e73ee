// Compiles lib/ to CommonJS in dist/ and writes the ESM face over it, so that import and require share one instance of
// every class.
import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')

rmSync(join(root, 'dist'), { recursive: true, force: true })
execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.json')], { stdio: 'inherit' })

const names = Object.keys(require(join(root, 'dist', 'index.js'))).sort()
writeFileSync(
  join(root, 'dist', 'index.mjs'),
  `export {\n${names.map((n) => `  ${n},\n`).join('')}} from './index.js'\n`,
)
writeFileSync(join(root, 'dist', 'index.d.mts'), "export * from './index.js'\n")
chmodSync(join(root, 'dist', 'cli', 'main.js'), 0o755)
