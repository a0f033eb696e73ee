import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'

/** Ids of the processes whose parent is `pid`. */
export function childrenOf(pid: number): number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n')
  const found = rows.map((row) => row.trim().split(/\s+/)).filter(([, parent]) => Number(parent) === pid)
  return found.filter((row) => row.join(' ').includes('encode')).map(([id]) => Number(id))
}

/** Whether the process runs; one that has ended and waits for its parent to take note does not. */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.startsWith('Z')
}

export async function until(condition: () => boolean, seconds: number): Promise<boolean> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    if (condition()) return true
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return condition()
}

export interface Program {
  child: ChildProcess
  /** What it has printed so far. */
  output: () => string
  /** Resolves with the exit code, or the signal's name. */
  ended: Promise<number | string>
}

const PRELUDE = `
const { TextEmbedder } = require('kindred')
const { Worker, isMainThread, parentPort } = require('node:worker_threads')
const folder = 'test/fixtures/tiny-encoder'
const many = Array.from({ length: 300000 }, (_, i) => 'a story of love and war ' + i)
/** Resolves when embed of many texts is in its midst. */
const midst = (encoder) => new Promise((resolve) => {
  globalThis.run = encoder.embed(many, { onProgress: () => resolve() })
  globalThis.run.catch(() => {})
})
`

/** Runs a script in a process group of its own. It may use what PRELUDE declares. */
export function program(script: string, type: 'commonjs' | 'module' = 'commonjs'): Program {
  const source =
    type === 'module'
      ? `import { createRequire } from 'node:module'\nconst require = createRequire(process.cwd() + '/x')\n${PRELUDE};${script}`
      : `${PRELUDE};(async () => { ${script} })()`
  const child = spawn(process.execPath, [`--input-type=${type}`, '-e', source], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  child.stdout!.on('data', (data) => {
    text += data
  })
  child.stderr!.on('data', (data) => {
    text += data
  })
  const ended = new Promise<number | string>((resolve) => child.on('exit', (code, signal) => resolve(signal ?? code!)))
  return { child, output: () => text, ended }
}
