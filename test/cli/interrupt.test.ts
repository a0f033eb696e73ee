import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ENCODER, itemsJsonl, json, kindred, logCsv, trainArgs, workFolder } from './run.js'

const { path, write } = workFolder()
const log = write('log.csv', logCsv({ users: 3000, items: 500 }))

/** Names and contents of all files of a folder. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
  return Object.fromEntries(
    names
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file, readFileSync(file, 'base64')]),
  )
}

/** Runs a command and interrupts it, and all of its processes, as Ctrl-C would. */
function interrupted(args: (string | number)[], milliseconds = 2500) {
  return kindred(args, (child) => setTimeout(() => process.kill(-child.pid!, 'SIGINT'), milliseconds))
}

describe('Ctrl-C', () => {
  it('during training: exit code 130, the earlier model and its held-out part as they were', async () => {
    const out = path('model')
    await json(trainArgs(log, out, '--factors', 4, '--split', 'random'))
    const before = contents(out)
    expect(Object.keys(before)).toHaveLength(4)
    const judged = await json(['evaluate', '--model', out])

    const long = ['--factors', 1024, '--iterations', 1000, '--split', 'leave-last-out', '--time', 'time']
    const { code, stdout, stderr } = await interrupted(trainArgs(log, out, ...long))
    expect({ code, stdout }, stderr).toEqual({ code: 130, stdout: '' })
    expect(stderr).toMatch(/^kindred: .*aborted.*\n$/)
    expect(contents(out)).toEqual(before)

    // A training that fails late, when all is read and divided.
    const failed = await kindred(trainArgs(log, out, '--alpha', 1e300, '--factors', 4, '--split', 'random'))
    expect(failed, failed.stderr).toMatchObject({ code: 1, stdout: '' })
    expect(contents(out)).toEqual(before)
    expect(await json(['evaluate', '--model', out])).toEqual(judged)

    // One that succeeds without a split takes the old held-out part away.
    await json(trainArgs(log, out, '--factors', 4))
    expect(readdirSync(out).sort()).toEqual(['config.json', expect.stringMatching(/^model-[0-9a-f]{16}\.safetensors$/)])
  })

  it('during training into a new folder: nothing is written; JSON tells it', async () => {
    const long = ['--factors', 1024, '--iterations', 1000, '--json']
    const { code, stdout } = await interrupted(trainArgs(log, path('fresh'), ...long))
    expect(code).toBe(130)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ERR_ABORTED' } })
    expect(() => readdirSync(path('fresh'))).toThrow()
  })

  it('during embedding: exit code 130, no file written', async () => {
    const items = write('items.jsonl', itemsJsonl(150_000))
    const { code, stderr } = await interrupted([
      ...['embed', '--encoder', ENCODER, '--items', items, '--id', 'id', '--text', Array(8).fill('{plot}').join(' ')],
      ...['--out', path('vectors')],
    ])
    expect(code, stderr).toBe(130)
    expect(() => readdirSync(path('vectors'))).toThrow()
  })
})
