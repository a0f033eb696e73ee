import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll } from 'vitest'

export interface Ran {
  code: number | null
  stdout: string
  stderr: string
}

export const ENCODER = 'test/fixtures/tiny-encoder'

/** Runs `kindred ...args` to its end, in the folder `cwd`; `meet` gets the process as it starts. */
export function kindred(
  args: readonly (string | number)[],
  meet?: (child: ChildProcess) => void,
  cwd?: string,
): Promise<Ran> {
  const child = spawn(process.execPath, [resolve('dist/cli/main.js'), ...args.map(String)], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const ran = { stdout: '', stderr: '' }
  child.stdout.on('data', (data) => {
    ran.stdout += data
  })
  child.stderr.on('data', (data) => {
    ran.stderr += data
  })
  meet?.(child)
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...ran })))
}

/** What a command with --json printed; it must have succeeded. */
export async function json(args: readonly (string | number)[]) {
  const { code, stdout, stderr } = await kindred([...args, '--json'])
  if (code !== 0) throw new Error(`kindred ${args.join(' ')}: exit code ${code}\n${stdout}${stderr}`)
  return JSON.parse(stdout)
}

/** A folder for one test file, removed after it. `write` makes a file in it and gives its path. */
export function workFolder() {
  const dir = mkdtempSync(join(tmpdir(), 'kindred-cli-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  const path = (name: string) => join(dir, name)
  const write = (name: string, text: string | Buffer) => {
    writeFileSync(path(name), text)
    return path(name)
  }
  return { dir, path, write }
}

/** Rows `user,item,time` of two groups of users, who like even and odd items; `id` writes an item's id. */
export function logCsv({ users = 60, items = 40, perUser = 10, id = (n: number) => String(n) } = {}): string {
  const rows = Array.from({ length: users * perUser }, (_, row) => {
    const [user, n] = [Math.floor(row / perUser), row % perUser]
    return `${user},${id(2 * ((user * 3 + n * 7) % (items / 2)) + (user % 2))},${n}`
  })
  return `user,item,time\n${rows.join('\n')}\n`
}

/** Titles and plots of items 0 to items - 1, as JSONL. */
export function itemsJsonl(items = 44): string {
  const taste = (n: number) => (n % 2 === 0 ? 'a story of love' : 'the end of the war')
  return Array.from(
    { length: items },
    (_, n) => `${JSON.stringify({ id: n, title: `Film ${n}`, plot: `${taste(n)} ${n}` })}\n`,
  ).join('')
}

export const trainArgs = (log: string, out: string, ...more: (string | number)[]) => [
  ...['train', '--interactions', log, '--user', 'user', '--item', 'item', '--out', out],
  ...more,
]
