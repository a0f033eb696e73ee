// Packs the tarball, installs it into an empty folder without running any script, and uses it there as an ES module, as
// CommonJS and in worker threads; several versions of TypeScript check its declarations and the type tests
// against them; test runners run tests with it (test-runners.mjs); publint and are-the-types-wrong look it over.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { install, pack, root, run, unpack } from './packed-package.mjs'
import { testRunners } from './test-runners.mjs'

const require = createRequire(import.meta.url)
const ts = require('typescript/package.json')
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
const folder = mkdtempSync(join(tmpdir(), 'kindred-package-'))
/** Versions of TypeScript that the package is installed with; that of this checkout is the newest. */
const OLDER_TYPESCRIPTS = { 'typescript-5.2': '5.2.2', 'typescript-5.6': '5.6.3', 'typescript-6.0': '6.0.2' }

/** The prebuild asks for no newer C or C++ library than the README says. */
function checkLibraries(addon) {
  const symbols = run('objdump', ['-T', addon], root)
  for (const [library, most] of Object.entries({ GLIBC: '2.28', GLIBCXX: '3.4.25', CXXABI: '1.3.11' })) {
    const versions = [...symbols.matchAll(new RegExp(`\\(${library}_([0-9.]+)\\)`, 'g'))].map(([, version]) => version)
    const newest = versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1)
    console.log(`package: needs ${library} ${newest}`)
    if (newest.localeCompare(most, 'en', { numeric: true }) > 0)
      throw new Error(`the prebuild needs ${library} ${newest}, newer than ${most}`)
  }
}

/** No source maps, which would name sources that the package lacks, and no file that names one. */
function checkNoMaps(dist) {
  for (const file of readdirSync(dist, { recursive: true })) {
    const path = join(dist, file)
    if (file.endsWith('.map') || (statSync(path).isFile() && readFileSync(path, 'utf8').includes('sourceMappingURL')))
      throw new Error(`dist/${file}: the package has no sources, and so no source maps`)
  }
}

/**
 * Compiles the type tests, and every declaration that they reach, as ES modules and CommonJS under node16 and as ES
 * modules under bundler resolution; then looks for types that are mentioned but not exported.
 */
function checkTypes(hasOlder) {
  const older = hasOlder ? Object.keys(OLDER_TYPESCRIPTS) : []
  for (const compiler of [...older.map((name) => join(folder, 'node_modules', name, 'bin', 'tsc')), tsc])
    for (const config of ['tsconfig.json', 'tsconfig.bundler.json'])
      run(process.execPath, [compiler, '-p', join('types', config)], folder)
  if (hasOlder) run(process.execPath, ['exported-types.mjs'], folder)
  console.log(
    `package: types hold for TypeScript ${[...older.map((name) => OLDER_TYPESCRIPTS[name]), ts.version].join(', ')}`,
  )
}

try {
  const typescripts = Object.fromEntries(
    Object.entries(OLDER_TYPESCRIPTS).map(([name, version]) => [name, `npm:typescript@${version}`]),
  )
  const filename = pack(folder)
  const megabytes = statSync(join(folder, filename)).size / 2 ** 20
  if (megabytes > 20) throw new Error(`the tarball has ${megabytes.toFixed(1)} MB, more than 20`)
  if (process.platform === 'linux') checkLibraries(join(root, 'prebuilds', `linux-${process.arch}`, 'kindred.node'))
  cpSync(join(root, 'test', 'package'), folder, { recursive: true })
  cpSync(join(root, 'test', 'types'), join(folder, 'types'), { recursive: true })
  const isInstalled = install(folder, { kindred: `file:${filename}`, '@types/node': '^20', ...typescripts })
  if (!isInstalled) {
    console.log('package: the registry is not reached; the dependencies of this checkout are used')
    unpack(folder, filename)
  }
  checkNoMaps(join(folder, 'node_modules', 'kindred', 'dist'))
  for (const [command, path] of [
    ['build:cuda', 'native/cuda/CMakeLists.txt'],
    ['build:cuda', 'native/cuda/search/top_k.cu'],
    ['build:cuda', 'scripts/build-cuda.mjs'],
    ['build:native', 'scripts/build-native.mjs'],
  ])
    if (!existsSync(join(folder, 'node_modules', 'kindred', path)))
      throw new Error(`npm run ${command} needs ${path}, which the package lacks`)
  run('cmake', ['-S', join('node_modules', 'kindred'), '-B', 'configured'], folder)
  for (const script of ['consumer.mjs', 'consumer.cjs', 'worker.mjs']) run(process.execPath, [script], folder)
  checkTypes(isInstalled)
  run('npx', ['kindred', '--version'], folder)
  const runners = isInstalled ? testRunners(folder) : []
  run('npx', ['publint', '--strict', join(folder, filename)], root)
  run('npx', ['attw', join(folder, filename), '--profile', 'node16', '--format', 'ascii'], root)
  rmSync(join(folder, 'node_modules', 'kindred', 'prebuilds'), { recursive: true })
  const script = "require('kindred').backendInfo()"
  const { stderr } = spawnSync(process.execPath, ['-e', script], { cwd: folder, encoding: 'utf8' })
  if (!/No native addon for .*npm run build:native/.test(stderr))
    throw new Error(`without a prebuild: expected the command that builds one but received ${stderr}`)
  console.log(
    `package: ${filename}, ${megabytes.toFixed(1)} MB, installs and runs as ESM, CommonJS and in worker threads`,
  )
  console.log(`package: test runners: ${runners.join(', ') || 'none, since the registry is not reached'}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
