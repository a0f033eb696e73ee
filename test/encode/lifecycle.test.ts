import { TextEmbedder } from 'kindred'
import { describe, expect, it } from 'vitest'
import { childrenOf, isAlive, program, until } from './processes.js'

const folder = 'test/fixtures/tiny-encoder'
const many = Array.from({ length: 50_000 }, (_, i) => `a story of love and war ${i}`)

/** Starts a program, waits for it to print 'midst', and gives its encoder's process. */
async function untilMidst(script: string) {
  const running = program(script)
  expect(await until(() => running.output().includes('midst'), 30), running.output()).toBe(true)
  const [encoder] = childrenOf(running.child.pid!)
  expect(encoder).toBeDefined()
  return { ...running, encoder: encoder! }
}

const BUSY = "const encoder = await TextEmbedder.load(folder); await midst(encoder); console.log('midst');"
const pause = '; await new Promise((resolve) => setTimeout(resolve, 500));'

describe('the end of the parent in mid-run keeps its own exit code, and takes the encoder along', () => {
  it.each([
    ['process.exit', `${BUSY}${pause} process.exit(7)`, 7],
    ['an uncaught error', `${BUSY}${pause} setImmediate(() => { throw new Error('mine') })`, 1],
    ['an unhandled rejection', `${BUSY}${pause} Promise.reject(new Error('mine'))`, 1],
    ['SIGKILL', `${BUSY}${pause} process.kill(process.pid, 'SIGKILL')`, 'SIGKILL'],
    ['SIGTERM', `${BUSY}${pause} process.kill(process.pid, 'SIGTERM')`, 'SIGTERM'],
  ])('%s', async (_, script, code) => {
    const { ended, encoder, output } = await untilMidst(script)
    expect(await ended, output()).toBe(code)
    expect(output()).not.toMatch(/Napi|abort/i)
    expect(await until(() => !isAlive(encoder), 5)).toBe(true)
  })

  it('Ctrl-C', async () => {
    const { child, ended, encoder } = await untilMidst(`${BUSY} await run`)
    process.kill(-child.pid!, 'SIGINT')
    expect(await ended).toBe('SIGINT')
    expect(await until(() => !isAlive(encoder), 5)).toBe(true)
  })

  it('Ctrl-C that the parent survives is survived by the encoder too', async () => {
    const { child, ended, output } = await untilMidst(
      `process.on('SIGINT', () => console.log('caught')); ${BUSY} await run; console.log('finished')`,
    )
    process.kill(-child.pid!, 'SIGINT')
    expect(await ended, output()).toBe(0)
    expect(output()).toMatch(/caught\n[\s\S]*finished/)
  })

  it('while the encoder is busy and sees no message', async () => {
    const busy = "encoder.embed(['x'.repeat(100e6)]).catch(() => {}); console.log('midst');"
    const { child, ended, encoder } = await untilMidst(
      `const encoder = await TextEmbedder.load(folder); ${busy} await new Promise((resolve) => setTimeout(resolve, 1e6))`,
    )
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(isAlive(encoder)).toBe(true)
    process.kill(child.pid!, 'SIGKILL')
    await ended
    expect(await until(() => !isAlive(encoder), 5)).toBe(true)
  })
})

describe('a worker thread that uses an encoder', () => {
  const inWorker = (end: string) => `
    const { Worker } = require('node:worker_threads')
    const body = ${JSON.stringify(`
      const { TextEmbedder } = require('kindred')
      const { parentPort } = require('node:worker_threads')
      const many = Array.from({ length: 300000 }, (_, i) => 'a story of love and war ' + i)
      TextEmbedder.load('test/fixtures/tiny-encoder').then((encoder) =>
        encoder.embed(many, { onProgress: () => parentPort.postMessage('midst') }))
    `)}
    const worker = new Worker(body, { eval: true })
    await new Promise((resolve) => worker.once('message', resolve))
    console.log('midst')
    ${pause}
    ${end}`

  it('is terminated in mid-run: the process goes on, the encoder ends', async () => {
    const script = inWorker("await worker.terminate(); console.log('terminated'); setTimeout(() => {}, 3000)")
    const { ended, encoder, output } = await untilMidst(script)
    expect(await until(() => output().includes('terminated'), 10)).toBe(true)
    expect(await until(() => !isAlive(encoder), 5)).toBe(true)
    expect(await ended, output()).toBe(0)
  })

  it('is there when the process exits', async () => {
    const { ended, encoder, output } = await untilMidst(inWorker('process.exit(5)'))
    expect(await ended, output()).toBe(5)
    expect(await until(() => !isAlive(encoder), 5)).toBe(true)
  })

  it('eight of them, terminated at different moments', async () => {
    const script = `
      const body = ${JSON.stringify(`
        const { TextEmbedder } = require('kindred')
        const { parentPort, workerData } = require('node:worker_threads')
        TextEmbedder.load('test/fixtures/tiny-encoder').then((encoder) => encoder.embed(Array(100000).fill('love')))
      `)}
      const workers = Array.from({ length: 8 }, () => new Worker(body, { eval: true }))
      await Promise.all(workers.map(async (worker, i) => {
        await new Promise((resolve) => setTimeout(resolve, 200 + 300 * i))
        await worker.terminate()
      }))
      console.log('done')`
    const { ended, output } = program(script)
    expect(await ended, output()).toBe(0)
    expect(output()).toBe('done\n')
  })
})

describe('an idle encoder', () => {
  it('does not keep the process alive, without dispose', async () => {
    const { ended, output } = program(
      "const e = await TextEmbedder.load(folder); await e.embed(['love']); console.log(1)",
    )
    expect(await ended, output()).toBe(0)
    expect(output()).toBe('1\n')
  })

  it('nor with dispose', async () => {
    const { ended, output } = program("const e = await TextEmbedder.load(folder); await e.embed(['love']); e.dispose()")
    expect(await ended, output()).toBe(0)
  })

  it('serves again after the loop has been idle', async () => {
    const pauseRef = 'await new Promise((resolve) => setTimeout(resolve, 100));'
    const script = `const e = await TextEmbedder.load(folder); ${pauseRef} console.log((await e.embed(['love'])).vectors.rows)`
    const { ended, output } = program(script, 'module')
    expect(await ended, output()).toBe(0)
    expect(output()).toBe('1\n')
  })
})

describe('the encoder killed from outside', () => {
  it('fails every call under way, and the next call starts a new one', async () => {
    const encoder = await TextEmbedder.load(folder)
    const before = await encoder.embed(['love'])
    const calls = [encoder.embed(many), encoder.embed(many), encoder.tokenize(many)]
    const settled = Promise.allSettled(calls)
    await new Promise((resolve) => setTimeout(resolve, 300))
    for (const pid of childrenOf(process.pid)) process.kill(pid, 'SIGKILL')
    for (const result of await settled)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ERR_ENCODER_DIED' } })
    const after = await encoder.embed(['love'])
    expect(after.vectors.data).toEqual(before.vectors.data)
    encoder.dispose()
  })

  it('while idle: the next call does not notice', async () => {
    const encoder = await TextEmbedder.load(folder)
    for (const pid of childrenOf(process.pid)) process.kill(pid, 'SIGKILL')
    await until(() => childrenOf(process.pid).length === 0, 5)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await encoder.embed(['love'])).vectors.rows).toBe(1)
    encoder.dispose()
  })
})

describe('dispose', () => {
  it('is idempotent, fails calls under way and later ones, and ends the process', async () => {
    const encoder = await TextEmbedder.load(folder)
    const call = encoder.embed(many)
    const failed = expect(call).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
    await new Promise((resolve) => setTimeout(resolve, 100))
    encoder.dispose()
    encoder[Symbol.dispose]()
    await failed
    await encoder[Symbol.asyncDispose]()
    expect(childrenOf(process.pid)).toEqual([])
    await expect(encoder.embed(['love'])).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
    await expect(encoder.tokenize(['love'])).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
  })
})

it('an encoder that nobody holds any more ends its process', async () => {
  const script = `
    require('node:v8').setFlagsFromString('--expose-gc')
    const gc = require('node:vm').runInNewContext('gc')
    await (async () => { await (await TextEmbedder.load(folder)).embed(['love']) })()
    console.log('midst')
    const timer = setInterval(gc, 50)
    setTimeout(() => clearInterval(timer), 8000)`
  const { child, encoder } = await untilMidst(script)
  expect(await until(() => !isAlive(encoder), 5)).toBe(true)
  expect(isAlive(child.pid!)).toBe(true)
  child.kill('SIGKILL')
})
