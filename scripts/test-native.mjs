// Configures, builds and tests native/ alone with one of its presets, or only builds a target of it:
//   node scripts/test-native.mjs release|asan|tsan|arm64 [TARGET]
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

const [preset = 'release', target] = process.argv.slice(2)
const only = target ? ['--target', target] : []
const cwd = fileURLToPath(new URL('../native', import.meta.url))
for (const [command, ...args] of [
  ['cmake', '--preset', preset],
  ['cmake', '--build', '--preset', preset, '--parallel', String(availableParallelism() + 1), ...only],
  ...(target ? [] : [['ctest', '--preset', preset]]),
]) {
  const { status, error } = spawnSync(command, args, {
    cwd,
    stdio: ['ignore', target ? 'ignore' : 'inherit', 'inherit'],
  })
  if (error) console.error(`${command}: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}
