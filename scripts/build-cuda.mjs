// Builds build/cuda/libkindred_cuda.so, the kernels on NVIDIA GPUs; where there is no nvcc it says so and ends well.
// CUDACXX, PATH and /usr/local/cuda/bin are looked at, in this order.
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const nvcc = [process.env.CUDACXX, 'nvcc', '/usr/local/cuda/bin/nvcc'].find(
  (path) => path && spawnSync(path, ['--version']).status === 0,
)
if (!nvcc) {
  console.log('build:cuda: skipped, no nvcc (CUDA 13) was found: not by CUDACXX, on PATH, or in /usr/local/cuda/bin.')
  process.exit(0)
}

const root = fileURLToPath(new URL('..', import.meta.url))
const build = join(root, 'build', 'cuda')
const env = { ...process.env, CUDACXX: nvcc }
for (const args of [
  ['-S', join(root, 'native', 'cuda'), '-B', build],
  ['--build', build, '--target', 'kindred_cuda', '--parallel', String(availableParallelism())],
]) {
  const { status, error } = spawnSync('cmake', args, { env, stdio: 'inherit' })
  if (error) console.error(`cmake: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}
