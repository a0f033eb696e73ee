import { spawn } from 'node:child_process'
import { join } from 'node:path'

const folder = join(__dirname, '..', '..', 'build', 'native', 'test', 'emulated_cuda')

/** The library of CUDA kernels over an emulated runtime (native/test/emulated_cuda). */
export const emulatedLibrary = join(folder, 'libemulated_cuda.so')

/** Settings under which kindred finds that library and a fake driver. */
export const emulatedGpu = { KINDRED_CUDA_LIBRARY: emulatedLibrary, LD_LIBRARY_PATH: join(folder, 'driver') }

export interface ScriptResult {
  code: number | null
  signal: string | null
  stderr: string
  /** What the script gave to `tell`. */
  reported: unknown[]
}

const PRELUDE = `
const kindred = require('kindred')
const tell = (value) => console.log(JSON.stringify(value ?? null))
const caught = (promise) => promise.then(() => null, ({ code, message }) => ({ code, message }))
const numbers = (rows, cols) => new kindred.Matrix(rows, cols, Float32Array.from({ length: rows * cols }, (_, i) => ((i * 37) % 101) / 50 - 1))
`

/** Runs a script in a process of its own, where it may await, use `kindred`, and `tell` what it finds. */
export function runScript(script: string, env: Record<string, string> = {}): Promise<ScriptResult> {
  const child = spawn(process.execPath, ['-e', `${PRELUDE};(async () => { ${script} })()`], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data) => {
    stdout += data
  })
  child.stderr.on('data', (data) => {
    stderr += data
  })
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      const lines = stdout.split('\n').filter((line) => line !== '')
      resolve({ code, signal, stderr, reported: lines.map((line) => JSON.parse(line)) })
    })
  })
}
