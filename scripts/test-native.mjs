// Configures, builds and tests native/ alone with one of its presets: node scripts/test-native.mjs release|asan|tsan|arm64
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

const preset = process.argv[2] ?? 'release'
const cwd = fileURLToPath(new URL('../native', import.meta.url))
for (const [command, ...args] of [
  ['cmake', '--preset', preset],
  ['cmake', '--build', '--preset', preset, '--parallel', String(availableParallelism() + 1)],
  ['ctest', '--preset', preset],
]) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' })
  if (error) console.error(`${command}: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}
