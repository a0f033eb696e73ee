import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backendInfo, Interactions, MultVAE, setThreads } from 'kindred'
import { afterAll, afterEach, expect, it } from 'vitest'
import { historyBatch } from '#lib/models/autoencoder/history-batch.js'
import { foldInProgram, multVaeLoss, newMultVae } from '#lib/models/autoencoder/mult-vae-network.js'
import { positives, transposed } from '#lib/models/base/positive-rows.js'
import { Graph, Program } from '#lib/nn/index.js'
import { code, tasteLog } from '../support/logs.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-mult-vae-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const threads = backendInfo().threads.count
afterEach(() => setThreads(threads))

const OPTIONS = { hidden: 16, latent: 6, epochs: 60, batchSize: 20, learningRate: 0.02, seed: 1 }

it('loses as the paper says, by dense products in double', async () => {
  const sizes = { items: 10, hidden: 7, latent: 3 }
  const log = tasteLog({ users: 12, items: 10, perUser: 4 })
  const histories = await positives(await log.byUser())
  const weights = await newMultVae({ ...sizes, items: log.items.size }, 5)
  const whole = { ...sizes, items: log.items.size }
  const batch = await historyBatch(
    histories,
    Int32Array.of(3, 0, 8),
    whole,
    { dropout: 0.4, beta: 0.3, seed: 9 },
    undefined,
  )
  const graph = new Graph(weights)
  const { told, objective } = multVaeLoss(graph, whole)
  const [loss, all] = await new Program(graph, [told, objective]).run(batch.inputs, batch.sizes)

  const table = async (name: string) => {
    const data = await weights.read(name)
    const cols = weights.entry(name).shape[1]!
    return Array.from({ length: data.length / cols }, (_, row) => [...data.subarray(row * cols, (row + 1) * cols)])
  }
  const product = (x: number[], rows: number[][]) => rows.map((row) => row.reduce((sum, w, n) => sum + w * x[n]!, 0))
  const [into, latent, hidden, out] = await Promise.all(
    ['encoder.items', 'encoder.latent', 'decoder.hidden', 'decoder.items'].map(table),
  )
  const { offsets, columns, values, noise, places } = batch.inputs as Record<string, Float32Array>
  let [likelihood, divergence] = [0, 0]
  for (let user = 0; user < 3; user++) {
    const dense = new Array(whole.items).fill(0)
    for (let n = offsets![user]!; n < offsets![user + 1]!; n++) dense[columns![n]!] = values![n]!
    const first = into![0]!.map((_, h) => Math.tanh(dense.reduce((sum, x, item) => sum + x * into![item]![h]!, 0)))
    const both = product(first, latent!)
    const [mean, logVariance] = [both.slice(0, 3), both.slice(3)]
    const z = mean.map((m, k) => m + noise![user * 3 + k]! * Math.exp(logVariance[k]! / 2))
    const logits = product(product(z, hidden!).map(Math.tanh), out!)
    const top = Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0))
    for (const place of places!)
      if (Math.floor(place / whole.items) === user) likelihood += logits[place % whole.items]! - top
    for (let k = 0; k < 3; k++) divergence += (mean[k]! ** 2 + Math.exp(logVariance[k]!) - logVariance[k]!) / 2
  }
  expect(places!.length).toBe([3, 0, 8].reduce((sum, u) => sum + histories.indptr[u + 1]! - histories.indptr[u]!, 0))
  expect(loss![0]).toBeCloseTo(-likelihood / 3, 4)
  expect(all![0]).toBeCloseTo((-likelihood + 0.3 * divergence) / 3, 4)
})

it('lets about the asked share of an input fall away, the others growing', async () => {
  const log = tasteLog({ users: 200, items: 60, perUser: 30 })
  const histories = await positives(await log.byUser())
  const sizes = { items: log.items.size, hidden: 2, latent: 1 }
  const users = Int32Array.from({ length: 200 }, (_, n) => n)
  const draw = (seed: number) => historyBatch(histories, users, sizes, { dropout: 0.25, beta: 0, seed }, undefined)
  const [one, again, other] = [await draw(1), await draw(1), await draw(2)]
  expect(again).toEqual(one)
  expect(other.inputs.columns).not.toEqual(one.inputs.columns)
  const { columns, values, places } = one.inputs as Record<string, Float32Array>
  expect(columns!.length / places!.length).toBeGreaterThan(0.72)
  expect(columns!.length / places!.length).toBeLessThan(0.78)
  const size = histories.indptr[1]! - histories.indptr[0]!
  expect(values![0]).toBeCloseTo(1 / (0.75 * Math.sqrt(size)), 6)
})

it('turns a small matrix', () => {
  const csr = {
    rows: 2,
    cols: 3,
    indptr: Int32Array.of(0, 2, 3),
    indices: Int32Array.of(0, 2, 2),
    values: Float32Array.of(1, 2, 3),
  }
  const turned = transposed(csr)
  expect(turned).toEqual({
    rows: 3,
    cols: 2,
    indptr: Int32Array.of(0, 1, 1, 3),
    indices: Int32Array.of(0, 0, 1),
    values: Float32Array.of(1, 2, 3),
  })
  expect(transposed(turned)).toEqual(csr)
})

it('learns tastes, and serves a history as the user who has it', async () => {
  const log = tasteLog()
  const model = await new MultVAE(OPTIONS).fit(log)
  let right = 0
  for (let user = 0; user < 60; user++)
    for (const { item } of await model.recommend(user, { k: 5 })) if ((item as number) % 2 === user % 2) right++
  expect(right / 300).toBeGreaterThan(0.85)
  const history = [...log].filter(({ user }) => user === 7).map(({ item }) => ({ item }))
  expect(await model.recommendFor(history, { k: 5 })).toEqual(await model.recommend(7, { k: 5 }))
  await model.update(Interactions.from([...history, { item: 'novel' }].map(({ item }) => ({ user: 'new', item }))))
  expect(await model.recommend('new', { k: 5 })).toEqual(await model.recommend(7, { k: 5 }))
  expect([...(await model.score(7, ['novel']))]).toEqual([0])
  const similar = await model.similarItems(2, { k: 5 })
  expect(similar.filter(({ item }) => (item as number) % 2 === 0).length).toBeGreaterThanOrEqual(4)
})

it('gives the same bits for any number of threads, and after an interruption', async () => {
  const log = tasteLog()
  const options = { ...OPTIONS, epochs: 4 }
  const all = async (model: MultVAE) => [...(await model.scoreMany(log))]
  setThreads(1)
  const one = await new MultVAE(options).fit(log)
  setThreads(4)
  expect(await all(await new MultVAE(options).fit(log))).toEqual(await all(one))
  const checkpoint = join(dir, 'checkpoint')
  const controller = new AbortController()
  const onProgress = ({ done }: { done: number }) => {
    if (done === 7) controller.abort()
  }
  const broken = new MultVAE(options).fit(log, { checkpoint, onProgress, signal: controller.signal })
  await expect(broken).rejects.toEqual(code('ERR_ABORTED'))
  let first = 0
  const whole = await new MultVAE(options).fit(log, {
    checkpoint,
    onProgress: ({ done }) => {
      first ||= done
    },
  })
  expect(first).toBeGreaterThan(1)
  expect(await all(whole)).toEqual(await all(one))
})

it('scores by the mean, which is that of the fold-in', async () => {
  const weights = await newMultVae({ items: 5, hidden: 4, latent: 2 }, 1)
  const foldIn = foldInProgram(weights, { items: 5, hidden: 4, latent: 2 })
  const rows = {
    rows: 2,
    cols: 5,
    indptr: Int32Array.of(0, 1, 2),
    indices: Int32Array.of(1, 1),
    values: Float32Array.of(1, 1),
  }
  const states = await foldIn(rows)
  expect(states.row(0)).toEqual(states.row(1))
})

it('leaves out what is not liked, and refuses illegal options', async () => {
  const log = Interactions.from([
    ...tasteLog(),
    { user: 'sad', item: 2, weight: -1 },
    { user: 1, item: 'bad', weight: 0 },
  ])
  const model = await new MultVAE({ ...OPTIONS, epochs: 2 }).fit(log)
  expect([...(await model.score('sad', [1, 2]))]).toEqual([0, 0])
  expect([...(await model.score(1, ['bad']))]).toEqual([0])
  const none = await new MultVAE(OPTIONS).fit(Interactions.from([{ user: 1, item: 1, weight: -1 }]))
  expect([...(await none.score(1, [1]))]).toEqual([0])
  for (const options of [{ latent: 0 }, { dropout: 1 }, { beta: -1 }, { annealing: 2 }, { hiden: 2 }])
    expect(() => new MultVAE(options as never)).toThrow(code('ERR_VALUE'))
})
