// Attacks on the built package, each kind in a process of its own: damaged files, kills during saves, terminated workers,
// aborted calls, failed allocations, and rounds that must not grow.
//   node scripts/stress.mjs [KIND...] [--part] [--seed N] [--case N] [--count N]
// --part runs less, within a minute; --case runs one case again.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const KINDS = ['files', 'saves', 'workers', 'aborts', 'allocations', 'memory']
/** A case that takes longer hangs, in milliseconds. */
const HANGS = 120_000
/** Faults of a kind after which it is left. */
const ENOUGH = 10

const child = fileURLToPath(new URL('stress/child.mjs', import.meta.url))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    part: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    case: { type: 'string' },
    count: { type: 'string' },
  },
})
const unknown = positionals.find((name) => !KINDS.includes(name))
if (unknown !== undefined) throw new Error(`expected kinds among ${KINDS.join(', ')} but received ${unknown}`)

/** Runs cases until the process ends; calls `onFault(text, number)` for each that fails. What it says at its end, or undefined. */
function runCases(kind, name, folder, first, count, onFault) {
  for (const [path, bytes] of Object.entries(kind.files?.(folder) ?? {})) writeFileSync(path, bytes)
  const args = [...(kind.nodeArgs ?? []), child, name, values.seed, String(first), String(count), folder]
  const env = { ...process.env, ...kind.environment?.(folder) }
  const running = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let current
  let done
  let stderr = ''
  let isHanging = false
  const hang = () => {
    isHanging = true
    running.kill('SIGKILL')
  }
  let timer = setTimeout(hang, HANGS)
  running.stderr.on('data', (text) => {
    stderr = (stderr + text).slice(-4000)
  })
  running.on('message', (message) => {
    clearTimeout(timer)
    timer = setTimeout(hang, HANGS)
    if (message.begins !== undefined) current = message.begins
    if (message.fault !== undefined) onFault(message.fault, message.number)
    if (message.done !== undefined) done = message.done
  })
  return new Promise((resolve) => {
    running.on('close', (code, signal) => {
      clearTimeout(timer)
      if (isHanging && done !== undefined) onFault(`the process is done but does not end within ${HANGS / 1000} s`)
      else if (isHanging) onFault(`hangs for ${HANGS / 1000} s`, current)
      else if (code !== 0 || done === undefined) onFault(`the process ends with ${signal ?? code}:\n${stderr}`, current)
      resolve({ done, next: (current ?? first) + 1 })
    })
  })
}

async function runKind(name) {
  const kind = await import(`./stress/${name}.mjs`)
  if (kind.needs && !existsSync(kind.needs.file))
    throw new Error(`${name} needs ${kind.needs.file}: ${kind.needs.remedy}`)
  const begin = Number(values.case ?? 0)
  const end =
    begin + Number(values.count ?? (values.case === undefined ? kind.counts[values.part ? 'part' : 'full'] : 1))
  const started = performance.now()
  const folder = mkdtempSync(join(tmpdir(), `kindred-stress-${name}-`))
  let faults = 0
  let said = ''
  const onFault = (text, number) => {
    faults++
    const again = number === undefined ? '' : ` --case ${number}`
    console.error(`stress: ${name}, seed ${values.seed}, case ${number ?? '(all)'}: ${text}`)
    console.error(`  again: npm run stress -- ${name} --seed ${values.seed}${again}`)
  }
  try {
    for (let first = begin; first < end && faults < ENOUGH; ) {
      const { done, next } = await runCases(kind, name, folder, first, end - first, onFault)
      if (done !== undefined) said = done
      first = done === undefined ? next : end
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const note = said ? `; ${said}` : ''
  console.log(`stress: ${name}, seed ${values.seed}: ${end - begin} cases, ${faults} faults, ${seconds} s${note}`)
  return faults
}

let faults = 0
for (const name of positionals.length > 0 ? positionals : KINDS) faults += await runKind(name)
process.exitCode = faults > 0 ? 1 : 0
