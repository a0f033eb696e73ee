import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/**
 * The classic training loop of skip-gram in C (skip-gram.c), compiled for this very processor and started on a text.
 * `missing` says why there is none.
 */
export async function startClassic(tokens, { words, dims, window, negatives, sample, learningRate, epochs }) {
  const folder = mkdtempSync(join(tmpdir(), 'kindred-skip-gram-'))
  const program = join(folder, 'skip-gram')
  const source = fileURLToPath(new URL('skip-gram.c', import.meta.url))
  const flags = ['-O3', '-march=native', '-ffast-math', '-funroll-loops', '-pthread']
  try {
    execFileSync(process.env.CC ?? 'cc', [...flags, source, '-o', program, '-lm'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  } catch (error) {
    rmSync(folder, { recursive: true })
    return { missing: `skip-gram.c does not compile (${error.code ?? `exit code ${error.status}`})` }
  }
  const text = join(folder, 'text')
  writeFileSync(text, tokens)
  const options = [words, dims, window, negatives, sample, learningRate, epochs].map(String)
  const child = spawn(program, [text, ...options], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async (threads, path) => {
    child.stdin.write(`${threads} ${path}\n`)
    const { value, done } = await lines.next()
    if (done) throw new Error('The program of skip-gram.c ended.')
    return Number(value)
  }
  return {
    /** Milliseconds of one training. */
    time: ({ threads }) => ask(threads, '-'),
    /** [words, dims] */
    async answer({ threads }) {
      const path = join(folder, 'vectors')
      await ask(threads, path)
      const bytes = readFileSync(path)
      return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
    },
    end() {
      child.stdin.end()
      rmSync(folder, { recursive: true })
    },
  }
}
