import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/**
 * An environment without what keeps OpenBLAS from choosing for this processor: what scipy, numpy and implicit are fastest
 * with. faiss is not: it takes the environment as it is.
 */
export const FREE_BLAS = { OPENBLAS_CORETYPE: undefined, OPENBLAS_L2_SIZE: undefined, OMP_NUM_THREADS: undefined }

/**
 * A rival in Python, one process for each script of bench/rivals, fed by lines of JSON: { command, ...arguments } in, its
 * answer out (see rivals/serve.py). Large data goes by file, before anything is timed.
 * @returns {Promise<{ versions: object, ask: Function, end: Function } | { missing: string }>} `missing` says why there
 *   is none
 */
export async function startPython(python, script, env = {}) {
  const path = fileURLToPath(new URL(`../rivals/${script}`, import.meta.url))
  const child = spawn(python, [path], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  let complaint = ''
  let broken
  child.stderr.on('data', (bytes) => {
    complaint = `${complaint}${bytes}`.slice(-2000)
  })
  child.on('error', (error) => {
    broken = `Python does not start (${error.code})`
  })
  child.stdin.on('error', () => undefined)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async () => {
    const { value, done } = await lines.next()
    if (done) return { error: broken ?? (complaint.trim() || 'it ended') }
    return JSON.parse(value)
  }
  const ready = await answer()
  if (ready.error !== undefined || ready.missing !== undefined) {
    child.stdin.end()
    return { missing: ready.missing ?? ready.error }
  }
  return {
    versions: ready.versions,
    async ask(command, request = {}) {
      child.stdin.write(`${JSON.stringify({ command, ...request })}\n`)
      const reply = await answer()
      if (reply.error !== undefined) throw new Error(`${script}, ${command}: ${reply.error}`)
      return reply
    },
    end: () => child.stdin.end(),
  }
}
