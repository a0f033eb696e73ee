import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Compiles roof.c into `folder` for this very processor. @throws where there is no C compiler */
function compile(folder) {
  const program = join(folder, 'roof')
  const source = fileURLToPath(new URL('roof.c', import.meta.url))
  const flags = ['-O3', '-march=native', '-ffp-contract=fast', '-pthread']
  execFileSync(process.env.CC ?? 'cc', [...flags, source, '-o', program], { stdio: ['ignore', 'ignore', 'pipe'] })
  return program
}

/**
 * What the machine can do at most, from a process of its own: multiply-adds of registers ('f32', 'bf16', 'int8') and
 * reads of memory ('read'), in 1e9 operations or bytes a second, and 0 for what this processor lacks.
 * `missing` says why there is none.
 */
export async function startRoof() {
  const folder = mkdtempSync(join(tmpdir(), 'kindred-roof-'))
  try {
    const child = spawn(compile(folder), { stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    child.stdin.on('error', () => undefined)
    return {
      async rate(kind, threads, milliseconds) {
        child.stdin.write(`${kind} ${threads} ${milliseconds}\n`)
        const { value, done } = await lines.next()
        if (done) throw new Error(`The roof program ended at: ${kind} ${threads} ${milliseconds}`)
        return Number(value)
      },
      end: () => child.stdin.end(),
    }
  } catch (error) {
    return { missing: `roof.c does not compile (${error.code ?? `exit code ${error.status}`})` }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
