// What lib/ checks for its users the addon checks for itself: whatever it is given, it neither ends the process, nor
// hangs, nor fails with anything but a code.
import { execFileSync, spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { addon } from '#lib/native/addon.js'
import { emulatedLibrary } from '../support/emulated-cuda.js'
import { code } from '../support/logs.js'

const script = 'test/stress/scripts/native-arguments.mjs'
const names: string[] = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' }))
/** They decide for the whole process, or end another one. */
const OTHERS = ['AbortFlag', 'adoptProcess', 'cudaOpen', 'cudaProbe', 'cudaRefuse']

/** The code with which the script ends, and the last that it said. Memory is limited, so that no size is had. */
function run(args: string[]): Promise<{ ended: number | string; said: string }> {
  const child = spawn('sh', ['-c', 'ulimit -v 12000000; exec "$0" "$@"', process.execPath, script, ...args])
  let said = ''
  const take = (data: Buffer) => {
    said = (said + data).slice(-2000)
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  return new Promise((resolve) => child.on('close', (ended, signal) => resolve({ ended: ended ?? signal!, said })))
}

const AT_ONCE = 8
const groups = Array.from({ length: Math.ceil(names.length / AT_ONCE) }, (_, i) =>
  names.slice(i * AT_ONCE, (i + 1) * AT_ONCE),
)

describe.skipIf(process.platform !== 'linux')('awkward arguments', () => {
  it('are tried with every function', () => {
    expect([...names, ...OTHERS].sort()).toEqual(Object.keys(addon()).sort())
  })

  it.each(groups.map((group) => [group.join(', '), group] as const))(
    'of %s',
    { timeout: 600_000 },
    async (_, group) => {
      const { ended, said } = await run([group.join(','), emulatedLibrary])
      expect(ended, said).toBe(0)
      expect(said).toMatch(/\ndone\n$/)
    },
  )

  it.each([0, -1, 0.5, Number.NaN, 2 ** 31])('of adoptProcess: %s', (pid) => {
    expect(() => addon().adoptProcess(pid)).toThrow(code('ERR_VALUE'))
    expect(() => addon().releaseProcess(pid)).toThrow(code('ERR_VALUE'))
  })
})
