#!/usr/bin/env node
// Builds the addon with cmake-js, after a look at the tools that takes: what is missing or too old is said in one line,
// with its remedy. Also stands in for node-gyp, which prebuildify calls, whatever flags that would take.
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const output = (command, ...args) => {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' })
  return status === 0 ? stdout : undefined
}
const install = (name) => (process.platform === 'darwin' ? `brew install ${name}` : `apt-get install ${name}`)

function lacksCMake() {
  const found = output('cmake', '--version')
  if (found === undefined) return `CMake 3.21 or newer is needed, but there is no cmake. Remedy: ${install('cmake')}`
  const [version, major, minor] = /(\d+)\.(\d+)[.\d]*/.exec(found) ?? []
  if (Number(major) > 3 || (Number(major) === 3 && Number(minor) >= 21)) return
  return `CMake 3.21 or newer is needed, but cmake is ${version}. Remedy: pip install cmake, or https://cmake.org/download`
}

function lacksCompiler() {
  const names = process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++']
  const needed = 'A C++20 compiler is needed, GCC 11 or Clang 14 or newer,'
  const remedy = process.platform === 'darwin' ? 'xcode-select --install' : install('g++')
  for (const name of names) {
    const [program, ...flags] = name.split(/\s+/)
    const macros = output(program, ...flags, '-dM', '-E', '-x', 'c++', '/dev/null')
    if (macros === undefined) continue
    const macro = (of) => Number(new RegExp(`#define ${of} (\\d+)`).exec(macros)?.[1] ?? 0)
    const clang = macro('__clang_major__')
    const version = clang || macro('__GNUC__')
    if (version >= (clang ? 14 : 11)) return
    const newer = clang ? 'clang++-14' : 'g++-11'
    const what = `${name} is ${clang ? 'Clang' : 'GCC'} ${version}`
    return `${needed} but ${what}. Remedy: ${install(newer.replace('++', clang ? '' : '++'))}, then CXX=${newer} npm run build:native`
  }
  return `${needed} but there is no ${names.join(', ')}. Remedy: ${remedy}`
}

function lacksMake() {
  if (output('ninja', '--version') !== undefined || output('make', '--version') !== undefined) return
  return `make or ninja is needed, but there is neither. Remedy: ${install('make')}`
}

/** On Windows cmake-js finds Visual Studio itself. */
const lacks = process.platform === 'win32' ? lacksCMake() : (lacksCMake() ?? lacksCompiler() ?? lacksMake())
if (lacks) {
  console.error(`build:native: ${lacks}`)
  process.exit(1)
}

/** cmake-js of this checkout, or as npx brings it into an installed package. */
function cmakeJs() {
  try {
    return [process.execPath, createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js')]
  } catch {
    return ['npx', '--yes', 'cmake-js@8']
  }
}

// `build`: `compile` would answer an error in the sources by removing build/ and making every other error twice.
const [command, ...start] = cmakeJs()
const args = [...start, 'build', '--log-level', 'error', '--parallel', String(availableParallelism() + 1)]
const cwd = fileURLToPath(new URL('..', import.meta.url))
// cmake-js takes a program by --cxx; CMake itself reads a CXX that has arguments.
if (process.env.CXX && !/\s/.test(process.env.CXX)) args.push('--cxx', process.env.CXX)
// A configuration that failed remembers the compiler it failed with.
if (!['build.ninja', 'Makefile', 'kindred.sln'].some((file) => existsSync(join(cwd, 'build', file))))
  rmSync(join(cwd, 'build', 'CMakeCache.txt'), { force: true })
const { status } = spawnSync(command, args, {
  cwd,
  stdio: 'inherit',
  shell: command === 'npx' && process.platform === 'win32',
})
process.exit(status ?? 1)
