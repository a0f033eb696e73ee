import { describe, expect, it } from 'vitest'
import { emulatedGpu, runScript } from '../support/emulated-cuda.js'

/** From here on, each wait for the device takes so long. */
const SLOW = `process.env.KINDRED_EMULATED_SLOW = '300'`

async function run(script: string, env: Record<string, string> = emulatedGpu) {
  const { code, signal, stderr, reported } = await runScript(script, env)
  expect({ code, signal }, stderr).toEqual({ code: 0, signal: null })
  return reported
}

describe('a process that uses the GPU', () => {
  it('ends by itself with objects that nobody disposed of', async () => {
    const reported = await run(`
      globalThis.kept = [await kindred.DeviceMatrix.upload(numbers(4, 4)), await kindred.SimilarityIndex.build(numbers(9, 4), { device: 'cuda' })]
      tell(1)
    `)
    expect(reported).toEqual([1])
  })

  it.each(['probe', 'upload', 'search'])('exits 0 in the midst of a %s', async (what) => {
    await run(
      `
      if ('${what}' !== 'probe') {
        const index = await kindred.SimilarityIndex.build(numbers(9, 4), { device: 'cuda' })
        ${SLOW}
        if ('${what}' === 'search') index.search(numbers(2, 4))
      }
      if ('${what}' !== 'search') kindred.DeviceMatrix.upload(numbers(400, 4))
      setTimeout(() => process.exit(0), 50)
      `,
      { ...emulatedGpu, ...(what === 'probe' ? { KINDRED_EMULATED_CUDA: 'hang' } : {}) },
    )
  })

  it('waits for no kernel when it disposes of what a call under way needs', async () => {
    const reported = await run(
      `
      const index = await kindred.SimilarityIndex.build(numbers(9, 4), { device: 'cuda' })
      const matrix = await kindred.DeviceMatrix.upload(numbers(2, 4))
      ${SLOW}
      let done = false
      const search = index.search(matrix, { k: 1 }).then(({ indices }) => { done = true; return [...indices] })
      matrix.dispose()
      index.dispose()
      tell(done)
      tell(await search)
      tell(await caught(index.search(numbers(2, 4))))
      `,
    )
    expect(reported).toEqual([false, [0, 1], { code: 'ERR_DISPOSED', message: expect.any(String) }])
  })

  it('stops a call when its signal fires', async () => {
    const reported = await run(
      `
      const controller = new AbortController()
      const upload = kindred.DeviceMatrix.upload(numbers(2, 4), { signal: controller.signal })
      setTimeout(() => controller.abort(), 20)
      tell(await caught(upload))
      await kindred.DeviceMatrix.upload(numbers(1, 1))
      ${SLOW}
      const other = new AbortController()
      const late = kindred.DeviceMatrix.upload(numbers(2200, 1000), { signal: other.signal }) // in three pieces
      setTimeout(() => other.abort(), 400)
      tell(await caught(late))
      `,
    )
    const aborted = { code: 'ERR_ABORTED', message: 'The operation was aborted.' }
    expect(reported).toEqual([aborted, aborted])
  })

  it('takes any number of calls with one signal while it looks for a device', async () => {
    const { code, stderr, reported } = await runScript(
      `
      const { signal } = new AbortController()
      const uploads = Array.from({ length: 30 }, () => kindred.DeviceMatrix.upload(numbers(2, 2), { signal }))
      tell((await Promise.all(uploads)).length)
      `,
      emulatedGpu,
    )
    expect({ code, stderr, reported }).toEqual({ code: 0, stderr: '', reported: [30] })
  })

  it('gets memory back from objects that were let go of', async () => {
    const reported = await run(
      `
      require('node:v8').setFlagsFromString('--expose-gc')
      const gc = require('node:vm').runInNewContext('gc')
      for (let i = 0; i < 20; i++) {
        for (let attempt = 0; ; attempt++)
          try { await kindred.DeviceMatrix.upload(numbers(32, 32)); break }
          catch (error) { if (attempt === 20) throw error; gc(); await new Promise((resolve) => setTimeout(resolve, 5)) }
      }
      tell('done')
      `,
      { ...emulatedGpu, KINDRED_CUDA_MEMORY: '10KiB' },
    )
    expect(reported).toEqual(['done'])
  })
})

describe('worker threads', () => {
  const WORKER = `
    const { Worker } = require('node:worker_threads')
    const source = (body) => \`
      const kindred = require('kindred')
      const { parentPort, workerData } = require('node:worker_threads')
      const numbers = (rows, cols) => new kindred.Matrix(rows, cols, Float32Array.from({ length: rows * cols }, (_, i) => ((i * 37) % 101) / 50 - 1))
      ;(async () => { \${body} })()\`
    const worker = (body) => new Worker(source(body), { eval: true })
  `

  it('share what one of them found out, and compute at the same time', async () => {
    const reported = await run(`${WORKER}
      const body = \`
        const index = await kindred.SimilarityIndex.build(numbers(40, 4), { device: 'cuda' })
        const { indices } = await index.search(numbers(3, 4), { k: 2 })
        parentPort.postMessage([...indices, kindred.backendInfo().cuda.state])\`
      const answers = await Promise.all(Array.from({ length: 4 }, () => new Promise((resolve, reject) => worker(body).on('message', resolve).on('error', reject))))
      tell(new Set(answers.map(String)).size)
      tell(kindred.backendInfo().cuda.state)
    `)
    expect(reported).toEqual([1, 'available'])
  })

  it('that are terminated in the midst of a call leave the others alone', async () => {
    const reported = await run(
      `${WORKER}
      const body = \`
        const matrix = await kindred.DeviceMatrix.upload(numbers(8, 8))
        parentPort.postMessage('begin')
        for (;;) await matrix.download()\`
      const workers = Array.from({ length: 4 }, () => worker(body))
      await Promise.all(workers.map((each) => new Promise((resolve) => each.on('message', resolve))))
      await Promise.all(workers.map((each) => each.terminate()))
      const matrix = await kindred.DeviceMatrix.upload(numbers(2, 2))
      tell((await matrix.download()).data.length)
      `,
      { ...emulatedGpu, KINDRED_EMULATED_SLOW: '10' },
    )
    expect(reported).toEqual([4])
  })
})
