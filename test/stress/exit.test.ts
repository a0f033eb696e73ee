import { describe, expect, it } from 'vitest'
import { runScript } from './run-script.js'

describe('the process ends in the midst of a call', () => {
  it.each([
    ['fit', 'exit0', 0, null],
    ['fit', 'exit7', 7, null],
    ['topK', 'exit0', 0, null],
    ['topK', 'exit7', 7, null],
    ['kernelRidge', 'exit7', 7, null],
    ['recommendMany', 'exit7', 7, null],
    ['fit', 'throw', 1, null],
    ['topK', 'reject', 1, null],
    ['fit', 'sigterm', null, 'SIGTERM'],
  ])('%s, %s: exit code %s', async (kind, how, code, signal) => {
    const ended = await runScript('end-in-call', [kind, how])
    expect(ended, ended.output).toMatchObject({ code, signal })
    expect(ended.output).not.toMatch(/too quick|Napi|terminate called|abort/i)
    if (code === 1) expect(ended.output).toMatch(/mine/)
    else expect(ended.output).toBe('')
  })
})

describe('the process ends by itself with exit code 0', () => {
  it.each([
    ['finish-awaited', 'none'],
    ['finish-awaited', 'dispose'],
    ['finish-awaited', 'no-dispose'],
    ['finish-pending', ''],
  ])('%s %s', async (name, arg) => {
    const ended = await runScript(name, [arg])
    expect(ended, ended.output).toMatchObject({ code: 0, signal: null })
    expect(ended.output).toMatch(/^done \d+\n$/)
  })
})
