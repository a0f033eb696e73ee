import { spawn } from 'node:child_process'

export interface Ended {
  code: number | null
  signal: string | null
  output: string
}

/** Runs test/stress/scripts/<name>.mjs to its end. */
export function runScript(name: string, args: readonly (string | number)[] = [], nodeArgs: string[] = []) {
  const script = `test/stress/scripts/${name}.mjs`
  return new Promise<Ended>((resolve) => {
    const child = spawn(process.execPath, [...nodeArgs, script, ...args.map(String)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const take = (data: Buffer) => {
      output += data
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('close', (code, signal) => resolve({ code, signal, output }))
  })
}
