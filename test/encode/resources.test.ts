import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TextEmbedder } from 'kindred'
import { describe, expect, it } from 'vitest'
import { childrenOf, isAlive, program, until } from './processes.js'

const folder = 'test/fixtures/tiny-encoder'

/** Runs a script under a limit of open files, and gives the JSON that it prints. */
function underLimit(files: number, script: string): unknown {
  const source = `const kindred = require('kindred'); const { Worker } = require('node:worker_threads');(async () => { ${script} })()`
  const { stdout, stderr, status } = spawnSync(
    'sh',
    ['-c', `ulimit -n ${files}; exec "$0" "$@"`, process.execPath, '-e', source],
    { encoding: 'utf8' },
  )
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout)
}

describe.skipIf(process.platform === 'win32')('where no more files may be opened', () => {
  it('loads fail with ERR_RESOURCES that names the limit, and work again afterwards', () => {
    const counts = underLimit(
      48,
      `const load = () => kindred.TextEmbedder.load(${JSON.stringify(folder)})
       const counts = []
       for (let round = 0; round < 2; round++) {
         const loads = await Promise.allSettled(Array.from({ length: 20 }, load))
         const failed = loads.filter((load) => load.status === 'rejected').map((load) => load.reason)
         counts.push({ loaded: 20 - failed.length, typed: failed.filter((error) => error.code === 'ERR_RESOURCES' && error.message.includes('48')).length })
         await Promise.all(loads.map((load) => load.value?.[Symbol.asyncDispose]()))
       }
       console.log(JSON.stringify(counts))`,
    ) as { loaded: number; typed: number }[]
    for (const { loaded, typed } of counts) {
      expect(loaded).toBeGreaterThan(0)
      expect(typed).toBeGreaterThan(0)
      expect(loaded + typed).toBe(20)
    }
    expect(counts[1]!.loaded).toBeGreaterThan(counts[0]!.loaded - 2) // nothing leaks
  })

  it('an encoder whose process has died fails with ERR_RESOURCES, and starts another one later', () => {
    const result = underLimit(
      64,
      `const { openSync, closeSync } = require('node:fs')
       const children = require('node:child_process')
       const { fork } = children
       let encoderProcess
       children.fork = (...args) => (encoderProcess = fork(...args))
       const encoder = await kindred.TextEmbedder.load(${JSON.stringify(folder)})
       encoderProcess.kill('SIGKILL')
       await new Promise((resolve) => setTimeout(resolve, 500))
       const open = []
       try { for (;;) open.push(openSync('/dev/null')) } catch {}
       const codes = [await encoder.embed(['love']).catch((error) => error.code)]
       for (const descriptor of open) closeSync(descriptor)
       codes.push((await encoder.embed(['love'])).vectors.rows)
       encoder.dispose()
       console.log(JSON.stringify(codes))`,
    )
    expect(result).toEqual(['ERR_RESOURCES', 1])
  })

  it.each(['the main thread', 'a worker'])('a table is read again after a failed first read in %s', (where) => {
    const body = `
      const { openSync, closeSync, writeFileSync, rmSync } = require('node:fs')
      const kindred = require('kindred')
      kindred.backendInfo() // the addon is loaded
      const run = async () => {
        const path = require('node:path').join(require('node:os').tmpdir(), 'kindred-resources-' + process.pid + '.csv')
        writeFileSync(path, 'user,item\\n1,2\\n3,4\\n')
        const open = []
        try { for (;;) open.push(openSync('/dev/null')) } catch {}
        const codes = [await kindred.Interactions.read(path, { user: 'user', item: 'item' }).catch((error) => error.code ?? error.stack)]
        for (const descriptor of open) closeSync(descriptor)
        codes.push((await kindred.Interactions.read(path, { user: 'user', item: 'item' })).size)
        rmSync(path)
        return codes
      }`
    const script =
      where === 'a worker'
        ? `const worker = new Worker(${JSON.stringify(`${body}; run().then((codes) => require('node:worker_threads').parentPort.postMessage(codes))`)}, { eval: true })
           worker.on('message', (codes) => console.log(JSON.stringify(codes)))`
        : `${body}; console.log(JSON.stringify(await run()))`
    expect(underLimit(96, script)).toEqual(['ERR_RESOURCES', 2])
  })
})

describe.skipIf(process.platform === 'win32')('a process that does not start, or stands still', () => {
  const signalSoon = async (seen: readonly number[]) => {
    const fresh = () => childrenOf(process.pid).filter((pid) => !seen.includes(pid))
    expect(await until(() => fresh().length > 0, 10)).toBe(true)
    for (const pid of fresh()) process.kill(pid, 'SIGSTOP')
    return fresh()
  }

  it('load fails with ERR_RESOURCES after startTimeout, and leaves no process', async () => {
    const seen = childrenOf(process.pid)
    const load = TextEmbedder.load(folder, { startTimeout: 60 })
    const stopped = signalSoon(seen).catch(() => [])
    await expect(load).rejects.toMatchObject({ code: 'ERR_RESOURCES', message: expect.stringContaining('0.06 s') })
    for (const pid of await stopped) expect(await until(() => !isAlive(pid), 5)).toBe(true)
  })

  it('startTimeout is checked', async () => {
    for (const startTimeout of [0, -1, 1.5, Number.NaN, '1' as never])
      await expect(TextEmbedder.load(folder, { startTimeout })).rejects.toMatchObject({ code: 'ERR_VALUE' })
  })

  it('is ended by dispose although it is stopped', async () => {
    const seen = childrenOf(process.pid)
    const encoder = await TextEmbedder.load(folder)
    const [pid] = await signalSoon(seen)
    await encoder[Symbol.asyncDispose]()
    expect(isAlive(pid!)).toBe(false)
  })

  it.each([
    ['process.exit', 'process.exit(0)'],
    ['an uncaught error', "setImmediate(() => { throw new Error('mine') })"],
    ['the natural end', ''],
  ])('is ended by %s of its parent although it is stopped', async (_, end) => {
    const { child, output, ended } = program(
      `await TextEmbedder.load(folder); console.log('loaded'); await new Promise((resolve) => setTimeout(resolve, 2000)); ${end}`,
    )
    expect(await until(() => output().includes('loaded'), 30)).toBe(true)
    const [encoder] = childrenOf(child.pid!)
    process.kill(encoder!, 'SIGSTOP')
    await ended
    expect(await until(() => !isAlive(encoder!), 5)).toBe(true)
  })

  it('a terminated worker leaves no zombie', async () => {
    const { output, ended } = program(`
      const body = "require('kindred').TextEmbedder.load('test/fixtures/tiny-encoder').then(() => require('node:worker_threads').parentPort.postMessage(1)); setInterval(() => {}, 1000)"
      for (let i = 0; i < 3; i++) {
        const worker = new Worker(body, { eval: true })
        await new Promise((resolve) => worker.once('message', resolve))
        await worker.terminate()
      }
      console.log(require('node:child_process').execSync('ps -o stat=,args= --ppid ' + process.pid).toString().split('\\n').filter((line) => /defunct|encoder/.test(line)).length)`)
    expect(await ended, output()).toBe(0)
    expect(output().trim()).toBe('0')
  })
})

it('an encoder writes nothing outside what was asked for', () => {
  const home = mkdtempSync(join(tmpdir(), 'kindred-home-'))
  try {
    const env = {
      ...process.env,
      HOME: home,
      XDG_CACHE_HOME: home,
      XDG_CONFIG_HOME: home,
      XDG_DATA_HOME: home,
      TMPDIR: home,
    }
    const script = `const { TextEmbedder } = require('kindred')
      TextEmbedder.load(${JSON.stringify(folder)}).then(async (encoder) => { await encoder.embed(['love']); encoder.dispose() })`
    const { status, stderr } = spawnSync(process.execPath, ['-e', script], { env, encoding: 'utf8' })
    expect(status, stderr).toBe(0)
    expect(readdirSync(home)).toEqual([])
  } finally {
    rmSync(home, { recursive: true })
  }
})
