import { execFileSync } from 'node:child_process'
import { backendInfo, KindredError, Matrix } from 'kindred'
import { describe, expect, it } from 'vitest'

function backendOf(env: Record<string, string>) {
  const script = "console.log(JSON.stringify(require('kindred').backendInfo()))"
  const out = execFileSync(process.execPath, ['-e', script], { env: { ...process.env, ...env }, encoding: 'utf8' })
  return JSON.parse(out) as ReturnType<typeof backendInfo>
}

describe('backendInfo', () => {
  it('names what was chosen', () => {
    const info = backendInfo()
    expect(info.isa.available).toContain(info.isa.name)
    expect(info.threads.count).toBeGreaterThanOrEqual(1)
  })

  it.each(backendInfo().isa.available)('KINDRED_ISA=%s forces that instruction set', (isa) => {
    expect(backendOf({ KINDRED_ISA: isa }).isa).toMatchObject({ name: isa, reason: 'forced by KINDRED_ISA' })
  })

  it('refuses an instruction set that the machine lacks, and says what is legal', () => {
    expect(() => backendOf({ KINDRED_ISA: 'avx1024' })).toThrow(/expected one of .* but received "avx1024"/)
  })

  it('takes the number of threads from KINDRED_THREADS', () => {
    expect(backendOf({ KINDRED_THREADS: '3' }).threads).toMatchObject({ count: 3, reason: 'KINDRED_THREADS' })
    expect(() => backendOf({ KINDRED_THREADS: 'many' })).toThrow(/KINDRED_THREADS/)
  })

  it('reads the environment through process.env, once: when the addon is first loaded, by whichever thread', () => {
    const script = `
      const { Worker } = require('node:worker_threads')
      const { backendInfo } = require('kindred')
      process.env.KINDRED_THREADS = '5'
      const counts = [backendInfo().threads.count]
      process.env.KINDRED_THREADS = '7'
      const worker = new Worker("require('worker_threads').parentPort.postMessage(require('kindred').backendInfo().threads.count)", { eval: true })
      worker.on('message', (count) => console.log(JSON.stringify([...counts, count, backendInfo().threads.count])))`
    const { KINDRED_THREADS: _, ...env } = process.env
    expect(JSON.parse(execFileSync(process.execPath, ['-e', script], { env, encoding: 'utf8' }))).toEqual([5, 5, 5])
  })
})

describe('Matrix', () => {
  it('shares memory with its rows and slices', () => {
    const matrix = new Matrix(3, 2, Float32Array.of(1, 2, 3, 4, 5, 6))
    matrix.row(1)[0] = 9
    expect([...matrix.subarray(1, 3).data]).toEqual([9, 4, 5, 6])
  })

  it('refuses sizes that do not fit', () => {
    expect(() => new Matrix(2, 2, new Float32Array(3))).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }))
    expect(() => new Matrix(-1, 2)).toThrow(KindredError)
    expect(() => new Matrix(1, 1).row(1)).toThrow(expect.objectContaining({ code: 'ERR_VALUE' }))
  })
})
