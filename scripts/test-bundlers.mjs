// Installs the packed package with bundlers into an empty folder, and runs what they make of an application there: by the
// recipes of docs/bundlers.md, without any setting, and where kindred cannot be found or was bundled itself.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { install, pack, root } from './packed-package.mjs'

const BUNDLERS = {
  '@rollup/plugin-commonjs': '29.0.3',
  '@rollup/plugin-json': '6.1.0',
  '@rollup/plugin-node-resolve': '16.0.3',
  esbuild: '0.28.2',
  rollup: '4.68.8',
  vite: '7.3.8',
  webpack: '5.113.0',
  'webpack-cli': '7.3.1',
}
const RECIPES = { esbuild: [], rollup: ['npx rollup -c'], vite: ['npx vite build'], webpack: ['npx webpack'] }
const FORMATS = { esm: 'mjs', cjs: 'cjs' }
const env = { ...process.env, TINY_ENCODER: join(root, 'test', 'fixtures', 'tiny-encoder') }

const folder = mkdtempSync(join(tmpdir(), 'kindred-bundlers-'))
const away = mkdtempSync(join(tmpdir(), 'kindred-away-'))
let runs = 0

function execute(command, args, cwd) {
  const { status, signal, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8', timeout: 120_000 })
  return { status: status ?? signal, output: stdout + stderr }
}

function build(name, command, args, cwd, mayWarn = false) {
  const { status, output } = execute(command, args, cwd)
  if (status !== 0) throw new Error(`${name}: the build fails:\n${output}`)
  if (!mayWarn && /warn/i.test(output)) throw new Error(`${name}: the build warns:\n${output}`)
}

function expectWorks(name, file) {
  const { status, output } = execute(process.execPath, [file], folder)
  if (status !== 0 || output.trim() !== 'the bundle works')
    throw new Error(`${name}: the bundle ends with ${status}:\n${output}`)
  runs++
}

/** The bundle names its fault and the remedy. */
function expectRefusal(name, file, cwd, found) {
  const { status, output } = execute(process.execPath, [file], cwd)
  const isTyped = output.includes("code: 'ERR_ADDON'") && output.includes('Mark kindred as external')
  if (status !== 1 || !isTyped || !output.includes(found))
    throw new Error(`${name}: expected ERR_ADDON with "${found}" but the bundle ends with ${status}:\n${output}`)
  runs++
}

/** The indented blocks under a heading of the page, without their indentation. */
function blocks(page, heading) {
  const section = page.split(/^### /m).find((text) => text.startsWith(`${heading}\n`))
  return [...section.matchAll(/(?:^ {4}.*\n(?:\n(?= {4}))?)+/gm)].map(([block]) => block.replace(/^ {4}/gm, ''))
}

/** What the page says, word for word: files first, then commands. */
function testRecipes() {
  const page = readFileSync(join(root, 'docs', 'bundlers.md'), 'utf8')
  const titles = { esbuild: 'esbuild', rollup: 'Rollup', vite: 'Vite', webpack: 'webpack' }
  for (const [bundler, title] of Object.entries(titles)) {
    const app = join(folder, `recipe-${bundler}`)
    cpSync(join(root, 'test', 'package', 'bundlers'), app, { recursive: true })
    const commands = [...RECIPES[bundler]]
    for (const block of blocks(page, title)) {
      const file = /^\/\/ (\S+)\n/.exec(block)?.[1]
      if (file) writeFileSync(join(app, file), block)
      else commands.push(...block.trim().split('\n'))
    }
    if (commands.length === 0) throw new Error(`docs/bundlers.md has no recipe for ${title}`)
    for (const command of commands) build(`recipe for ${title}`, 'sh', ['-c', command], app)
    for (const extension of Object.values(FORMATS)) {
      const file = join(app, 'out', `app.${extension}`)
      if (readFileSync(file, 'utf8').length > 10_000) throw new Error(`recipe for ${title}: kindred is in the bundle`)
      expectWorks(`recipe for ${title}, ${file}`, file)
    }
  }
}

/** No setting: the bundle loads the installed package, and says what is missing where there is none. */
function testNoSetting(bundler, entry, format) {
  const name = `${bundler} of ${entry} to ${format}, no setting`
  const file = join(folder, 'out', bundler, entry, `bundle.${FORMATS[format]}`)
  build(name, process.execPath, ['bundlers.mjs', `./${entry}`, format, file, bundler], folder)
  expectWorks(name, file)
  // webpack writes the path on this machine into an ES module, and so finds the package even so.
  if (bundler === 'webpack' && format === 'esm') return
  const moved = join(away, basename(file))
  cpSync(file, moved)
  expectRefusal(name, moved, away, 'kindred was bundled and is not installed above')
}

/** The package's own code in the bundle. */
function testOwnCode(bundler, format) {
  const name = `${bundler} to ${format}, kindred's own code in the bundle`
  const file = join(folder, 'out', bundler, 'own', `bundle.${FORMATS[format]}`)
  build(name, process.execPath, ['bundlers.mjs', './app.mjs', format, file, bundler, 'ours'], folder, true)
  expectRefusal(name, file, folder, 'kindred runs inside a bundle')
}

try {
  const started = performance.now()
  if (install(folder, { kindred: `file:${pack(folder)}`, ...BUNDLERS })) {
    cpSync(join(root, 'test', 'package', 'bundlers'), folder, { recursive: true })
    testRecipes()
    for (const bundler of Object.keys(RECIPES))
      for (const format of Object.keys(FORMATS)) {
        testNoSetting(bundler, 'app.mjs', format)
        testNoSetting(bundler, 'app.cjs', format)
        testOwnCode(bundler, format)
      }
    console.log(`bundlers: ${runs} bundles in ${((performance.now() - started) / 1000).toFixed(0)} s`)
  } else console.log('bundlers: not tested without a registry')
} finally {
  rmSync(folder, { recursive: true, force: true })
  rmSync(away, { recursive: true, force: true })
}
