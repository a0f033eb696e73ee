// Formats native/ and bindings/ with clang-format, or with --check fails and names the files that differ.
import { execFileSync, spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'

const { getNativeBinary } = createRequire(import.meta.url)('clang-format')
const binary = getNativeBinary()
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'native', 'bindings'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.(h|cpp|cu|cuh)$/.test(file))
const flags = process.argv.includes('--check') ? ['--dry-run', '--Werror'] : ['-i']
process.exit(spawnSync(binary, [...flags, ...files], { stdio: 'inherit' }).status ?? 1)
