// Uses the installed package in tests of Jest 29 and 30 (CommonJS, ES modules, ts-jest) and of Vitest, in every kind of
// worker that these have: most run tests in a realm of their own, whose built-in classes are not Node's.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { install, pack, root, run } from './packed-package.mjs'

const RUNNERS = {
  'jest-29': { jest: '29.7.0', 'ts-jest': '^29.4.0', typescript: '5.9.2' },
  'jest-30': { jest: '^30.0.0', 'ts-jest': '^29.4.0', typescript: '5.9.2' },
  vitest: { vitest: '^4.1.0' },
}

const JEST = {
  testMatch: ['**/*.spec.*'],
  transform: { '\\.js$': 'babel-jest', '\\.ts$': ['ts-jest', { tsconfig: 'tsconfig.json' }] },
}
const TSCONFIG = { compilerOptions: { target: 'ES2022', module: 'commonjs', isolatedModules: true } }

function runJest(folder) {
  writeFileSync(join(folder, 'jest.config.json'), JSON.stringify(JEST))
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG))
  const jest = [join('node_modules', 'jest', 'bin', 'jest.js'), '--ci', '--silent']
  // In this process one after the other, then in worker threads.
  run(process.execPath, [...jest, '--runInBand', 'commonjs', 'typescript'], folder)
  run(process.execPath, [...jest, '--workerThreads', '--maxWorkers=2', 'commonjs', 'typescript'], folder)
  run(process.execPath, ['--experimental-vm-modules', '--no-warnings', ...jest, '--runInBand', 'module'], folder)
}

function runVitest(folder) {
  const vitest = [join('node_modules', 'vitest', 'vitest.mjs'), 'run', '--globals', '--reporter=dot', 'module']
  for (const pool of ['forks', 'threads', 'vmForks', 'vmThreads'])
    run(process.execPath, [...vitest, `--pool=${pool}`], folder)
}

/**
 * Runs every runner in a folder of its own below `project`, where the package is installed.
 * @returns those that ran: none where the registry is not reached
 */
export function testRunners(project) {
  for (const [name, dependencies] of Object.entries(RUNNERS)) {
    const folder = join(project, name)
    mkdirSync(folder)
    if (!install(folder, dependencies)) return []
    cpSync(join(root, 'test', 'package', 'runners'), folder, { recursive: true })
    if (name === 'vitest') runVitest(folder)
    else runJest(folder)
    rmSync(folder, { recursive: true })
  }
  return Object.keys(RUNNERS)
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const project = mkdtempSync(join(tmpdir(), 'kindred-runners-'))
  try {
    const installed = install(project, { kindred: `file:${pack(project)}` })
    const ran = installed ? testRunners(project) : []
    console.log(`runners: ${ran.join(', ') || 'the registry is not reached; none ran'}`)
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
}
