import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { Catalogue, Interactions } from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const dir = mkdtempSync(join(tmpdir(), 'kindred-'))
const csv = join(dir, 'log.csv')
const jsonl = join(dir, "it's.jsonl")
const kindred = JSON.stringify(join(process.cwd(), 'dist/index.js'))
const options = { user: 'user', item: 'item', weight: 'w', time: 't' }

beforeAll(() => {
  const lines = Array.from({ length: 200_000 }, (_, i) => `u${i % 997},${i},${i % 5},${i % 3 === 0 ? '' : i}`)
  writeFileSync(csv, `user,item,w,t\n${lines.join('\n')}\n`)
  writeFileSync(jsonl, '{"id":1,"title":"a","tags":["x","y"]}\n{"id":"1","title":null}\n')
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** Runs the body of an async function in a worker thread; `kindred` is the library. */
function inWorker(body: string): Promise<unknown> {
  const script = `
    const { parentPort } = require('node:worker_threads')
    const kindred = require(${kindred})
    const run = async () => { ${body} }
    run().then((value) => parentPort.postMessage({ value }),
      ({ code, message }) => parentPort.postMessage({ code, message }))`
  return new Promise((resolve, reject) => {
    const worker = new Worker(script, { eval: true })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

describe('in a worker thread', () => {
  it('a table of several files in another encoding is read', async () => {
    const parts = ['User,user,item\nx,\xfc,1\n', 'item,user,User\n2,\xe9,y\n'].map((text, part) => {
      const path = join(dir, `part-${part}.csv`)
      writeFileSync(path, Buffer.from(text, 'latin1'))
      return path
    })
    const options = { user: 'user', item: 'item', encoding: 'latin1' }
    const read = (path: unknown) =>
      inWorker(`return [...await kindred.Interactions.read(${JSON.stringify(path)}, ${JSON.stringify(options)})]`)
    const rows = [
      { user: 'ü', item: 1, weight: 1, time: undefined },
      { user: 'é', item: 2, weight: 1, time: undefined },
    ]
    expect(await read(parts)).toEqual({ value: rows })
    expect(await read(join(dir, 'part-*.csv'))).toEqual({ value: rows })
    writeFileSync(parts[1]!, 'user,item\n1,2,3\n')
    expect(await read([parts[1]])).toMatchObject({ code: 'ERR_DATA', message: expect.stringMatching(/part-1.*line 2/) })
  })

  it('a log is read as on the main thread', async () => {
    const log = await Interactions.read(csv, options)
    const read = await inWorker(`
      let progress = 0
      const log = await kindred.Interactions.read(${JSON.stringify(csv)},
        { ...${JSON.stringify(options)}, onProgress: (last) => { progress = last } })
      return { progress, report: log.report, users: [...log.users], items: [...log.items],
        userRows: log.userRows, itemRows: log.itemRows, weights: log.weights, times: log.times }`)
    const { report, userRows, itemRows, weights, times } = log
    expect(read).toEqual({
      value: {
        progress: { done: 200_000, total: undefined },
        report,
        users: [...log.users],
        items: [...log.items],
        userRows,
        itemRows,
        weights,
        times,
      },
    })
  })

  it('a catalogue is read as on the main thread', async () => {
    const catalogue = await Catalogue.read(jsonl, { id: 'id', text: '{title}: {tags}' })
    expect(
      await inWorker(`
      const { ids, texts, report } = await kindred.Catalogue.read(${JSON.stringify(jsonl)}, { id: 'id', text: '{title}: {tags}' })
      return { ids: [...ids], texts, report }`),
    ).toEqual({ value: { ids: [1, '1'], texts: catalogue.texts, report: catalogue.report } })
  })

  it.each([
    [`kindred.Interactions.read(${JSON.stringify(csv)}, { user: 'user', item: 'film' })`, 'ERR_COLUMN', /"film"/],
    [`kindred.Interactions.read(${JSON.stringify(jsonl)}, { user: 'id', item: 'film' })`, 'ERR_COLUMN', /"film"/],
    [`kindred.Interactions.read('nowhere.csv', { user: 'user', item: 'film' })`, 'ERR_IO', /no such file/],
    [`kindred.Catalogue.read(${JSON.stringify(csv)}, { id: 'user', text: '{item}' })`, 'ERR_DUPLICATE', /"u0"/],
    [
      `{ const c = new AbortController(); setTimeout(() => c.abort(), 150)
         for (;;) await kindred.Interactions.read(${JSON.stringify(csv)}, { user: 'user', item: 'item', signal: c.signal }) }`,
      'ERR_ABORTED',
      /aborted/,
    ],
    [
      `{ const cp = require('node:child_process'), { fork } = cp
         cp.fork = (...args) => { const child = fork(...args); setTimeout(() => child.kill('SIGKILL'), 60); return child }
         await kindred.Interactions.read(${JSON.stringify(csv)}, { user: 'user', item: 'item' }) }`,
      'ERR_IO',
      /SIGKILL/,
    ],
  ])('errors are the same: %s', async (body, code, message) => {
    const run = body.startsWith('{') ? body : `await ${body}`
    expect(await inWorker(run)).toEqual({ code, message: expect.stringMatching(message) })
  })

  it('eight terminated in the middle of reading leave the process and no child behind', async () => {
    const marker = join(dir, 'marked.csv')
    writeFileSync(marker, readFileSync(csv))
    const script = `
      const { Worker } = require('node:worker_threads')
      const body = 'const k = require(${kindred.replaceAll('"', '\\"')}); for (;;) await k.Interactions.read(' +
        JSON.stringify(${JSON.stringify(marker)}) + ', { user: "user", item: "item" })'
      const one = async (n) => {
        const worker = new Worker('(async () => {' + body + '})()', { eval: true })
        await new Promise((resolve) => setTimeout(resolve, 200 + 60 * n))
        await worker.terminate()
      }
      Promise.all(Array.from({ length: 8 }, (_, n) => one(n)))`
    await promisify(execFile)(process.execPath, ['-e', script])
    const running = () => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).includes(marker)
    for (const begun = Date.now(); running() && Date.now() - begun < 5000; )
      await new Promise((resolve) => setTimeout(resolve, 100))
    expect(running()).toBe(false)
  })
})

describe('process.exit in the middle of reading', () => {
  it.each([30, 150, 300])('keeps its exit code, after %i ms', async (ms) => {
    const script = `require(${kindred}).Interactions.read(${JSON.stringify(csv)}, { user: 'user', item: 'item' })
      setTimeout(() => process.exit(3), ${ms})`
    await expect(promisify(execFile)(process.execPath, ['-e', script])).rejects.toMatchObject({ code: 3 })
  })
})
