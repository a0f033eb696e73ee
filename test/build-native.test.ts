import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const root = join(__dirname, '..')
const dir = mkdtempSync(join(tmpdir(), 'kindred-build-'))
afterAll(() => rmSync(dir, { recursive: true }))

// A package of its own, without cmake-js, so that npx is asked for it.
const script = join(dir, 'package', 'scripts', 'build-native.mjs')
mkdirSync(join(dir, 'package', 'scripts'), { recursive: true })
copyFileSync(join(root, 'scripts', 'build-native.mjs'), script)

const gcc = (version: number) => `echo '#define __GNUC__ ${version}'`
const GOOD = { cmake: 'echo cmake version 3.21.0', 'c++': gcc(11), make: 'echo GNU Make 4.3', npx: 'echo npx "$@"' }
type Tools = Partial<Record<string, string | undefined>>

/** A folder for PATH that has these tools alone. */
function folderOf(tools: Tools): string {
  const folder = mkdtempSync(join(dir, 'path-'))
  for (const [name, body] of Object.entries(tools))
    if (body !== undefined) writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
  return folder
}

function build(tools: Tools, env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
    env: { PATH: folderOf({ ...GOOD, ...tools }), ...env },
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

describe.skipIf(process.platform === 'win32')('build:native', () => {
  it.each<[string, Tools, Record<string, string>]>([
    ['GCC 11', {}, {}],
    [
      'Clang 14 and ninja',
      { 'c++': undefined, 'clang++': `${gcc(4)}; echo '#define __clang_major__ 14'`, ninja: 'echo 1', make: undefined },
      {},
    ],
    ['the compiler that CXX names', { 'c++': gcc(9), 'g++-12': gcc(12) }, { CXX: 'g++-12' }],
    ['a compiler with arguments', { 'c++': gcc(9), 'g++-12': gcc(12) }, { CXX: 'g++-12 -m64' }],
  ])('builds with %s', (_, tools, env) => {
    const { status, stdout, stderr } = build(tools, env)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^npx --yes cmake-js@8 build .*--parallel \d+/)
    expect(stdout.includes('--cxx g++-12')).toBe((env as { CXX?: string }).CXX === 'g++-12')
  })

  const remedy = process.platform === 'darwin' ? /Remedy: / : /Remedy: apt-get install /
  it.each<[string, Tools, RegExp, RegExp]>([
    ['no cmake', { cmake: undefined }, /CMake 3\.21 or newer is needed, but there is no cmake\./, remedy],
    ['an old cmake', { cmake: 'echo cmake version 3.16.3' }, /3\.21 .* but cmake is 3\.16\.3\./, /pip install cmake/],
    [
      'no compiler',
      { 'c++': undefined },
      /GCC 11 or Clang 14 or newer, but there is no c\+\+, g\+\+, clang\+\+\./,
      remedy,
    ],
    ['an old GCC', { 'c++': gcc(10) }, /but c\+\+ is GCC 10\./, /CXX=g\+\+-11 npm run build:native/],
    [
      'an old Clang',
      { 'c++': `${gcc(4)}; echo '#define __clang_major__ 13'` },
      /but c\+\+ is Clang 13\./,
      /CXX=clang\+\+-14/,
    ],
    ['neither make nor ninja', { make: undefined }, /make or ninja is needed, but there is neither\./, remedy],
  ])('says in one line that there is %s, and what helps', (_, tools, lack, remedy) => {
    const { status, stdout, stderr } = build(tools)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/^build:native: [^\n]+\n$/)
    expect(stderr).toMatch(lack)
    expect(stderr).toMatch(remedy)
  })

  it('ends npm run quickstart with that line', () => {
    const folder = folderOf({})
    symlinkSync(process.execPath, join(folder, 'node'))
    for (const name of ['sh', 'npm']) {
      const { stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' })
      symlinkSync(realpathSync(stdout.trim()), join(folder, name))
    }
    const { status, stderr } = spawnSync(join(folder, 'npm'), ['run', 'quickstart'], {
      cwd: root,
      env: { HOME: dir, PATH: folder, npm_config_update_notifier: 'false' },
      encoding: 'utf8',
    })
    expect(status).not.toBe(0)
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(/^build:native: .* there is no cmake\./)])
  })
})
