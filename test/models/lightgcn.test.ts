import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backendInfo, Interactions, LightGCN, setThreads } from 'kindred'
import { afterAll, afterEach, expect, it } from 'vitest'
import { interactionGraph } from '#lib/models/graph/interaction-graph.js'
import { bprLoss, edgeInputs, newEmbeddings, vectorsProgram } from '#lib/models/graph/lightgcn-network.js'
import { Graph, Program } from '#lib/nn/index.js'
import { code, tasteLog } from '../support/logs.js'

const dir = mkdtempSync(join(tmpdir(), 'kindred-lightgcn-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const threads = backendInfo().threads.count
afterEach(() => setThreads(threads))

const OPTIONS = { factors: 8, layers: 2, epochs: 30, batchSize: 128, learningRate: 0.05, seed: 1 }

/** He et al. 2020, equations 3 and 4, entry by entry in double: [users, factors] and [items, factors]. */
function reference(entries: [number, number][], E: [number[][], number[][]], layers: number) {
  const degree = (side: 0 | 1, node: number) => entries.filter((entry) => entry[side] === node).length
  const mean = E.map((table) => table.map((row) => row.map(() => 0))) as [number[][], number[][]]
  const passed = structuredClone(mean)
  let now = E
  for (let layer = 0; layer <= layers; layer++) {
    const add = (to: [number[][], number[][]], by: number) => {
      for (const [side, table] of to.entries())
        for (const [n, row] of table.entries()) for (let f = 0; f < row.length; f++) row[f]! += by * now[side]![n]![f]!
    }
    add(mean, 1 / (layers + 1))
    if (layer < layers) add(passed, 1)
    const next = now.map((table) => table.map((row) => row.map(() => 0))) as [number[][], number[][]]
    for (const [u, i] of entries)
      for (let f = 0; f < next[0][0]!.length; f++) {
        const root = Math.sqrt(degree(0, u) * degree(1, i))
        next[0][u]![f]! += now[1][i]![f]! / root
        next[1][i]![f]! += now[0][u]![f]! / root
      }
    now = next
  }
  return { mean, passed }
}

const rowsOf = (data: Float32Array, cols: number) =>
  Array.from({ length: data.length / cols }, (_, row) => [...data.subarray(row * cols, (row + 1) * cols)])
const flat = (table: number[][]) => table.flat()

it('passes vectors on, and loses, as the paper says', async () => {
  const log = tasteLog({ users: 12, items: 10, perUser: 3 })
  const seen = await log.byUser()
  const edges = await interactionGraph(seen)
  const weights = await newEmbeddings(edges, 5, 3)
  const E = [await weights.read('users'), await weights.read('items')].map((table) => rowsOf(table, 5)) as [
    number[][],
    number[][],
  ]
  const entries = Array.from(edges.users, (user, n): [number, number] => [user, edges.byUser.indices[n]!])
  const { mean, passed } = reference(entries, E, 3)
  const found = await vectorsProgram(weights, 3, edges)()
  for (const [given, expected] of [
    [found.users, mean[0]],
    [found.items, mean[1]],
    [found.userSums, passed[0]],
    [found.itemSums, passed[1]],
  ] as const)
    for (const [n, value] of flat(expected).entries()) expect(given.data[n]).toBeCloseTo(value, 5)

  const graph = new Graph(weights)
  const { told, objective } = bprLoss(graph, 3, 0.1)
  const samples = [
    [0, 1, 2],
    [4, 3, 7],
  ]
  const { inputs, edges: count } = edgeInputs(edges)
  const [loss, whole] = await new Program(graph, [told, objective]).run(
    {
      ...inputs,
      sampleUsers: Int32Array.from(samples, ([u]) => u!),
      wanted: Int32Array.from(samples, ([, i]) => i!),
      unwanted: Int32Array.from(samples, ([, , j]) => j!),
      ones: Float32Array.of(1, 1),
      share: Float32Array.of(0.5),
    },
    { samples: 2, edges: count },
  )
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, f) => sum + value * b[f]!, 0)
  const expected = samples.map(([u, i, j]) =>
    Math.log1p(Math.exp(dot(mean[0][u!]!, mean[1][j!]!) - dot(mean[0][u!]!, mean[1][i!]!))),
  )
  const squares = samples.map(([u, i, j]) => [E[0][u!]!, E[1][i!]!, E[1][j!]!].reduce((sum, e) => sum + dot(e, e), 0))
  const half = (numbers: number[]) => (numbers[0]! + numbers[1]!) / 2
  expect(loss![0]).toBeCloseTo(half(expected), 5)
  expect(whole![0]).toBeCloseTo(half(expected) + (0.1 / 2) * half(squares), 5)
})

it('learns tastes', async () => {
  const model = await new LightGCN(OPTIONS).fit(tasteLog())
  let right = 0
  for (let user = 0; user < 60; user++)
    for (const { item } of await model.recommend(user, { k: 5 })) if ((item as number) % 2 === user % 2) right++
  expect(right / 300).toBeGreaterThan(0.85)
  expect(model.history).toHaveLength(30)
  expect(model.history.at(-1)!.loss).toBeLessThan(model.history[0]!.loss)
})

it('folds a history in near to where a user with it stands', async () => {
  const log = tasteLog()
  const model = await new LightGCN(OPTIONS).fit(log)
  const history = [...log].filter(({ user }) => user === 7).map(({ item }) => ({ item }))
  const folded = await model.recommendFor(history, { k: 10 })
  const right = folded.filter(({ item }) => (item as number) % 2 === 1).length
  expect(right).toBeGreaterThanOrEqual(8)
  await model.update(Interactions.from([...history.map(({ item }) => ({ user: 'new', item }))]))
  expect(await model.recommend('new', { k: 10 })).toEqual(folded)
  await model.update(Interactions.from([1, 3, 5, 9].map((user) => ({ user, item: 'novel' }))))
  const [odd, even] = await model.recommendMany([11, 12], { k: 100 })
  const place = (list: typeof folded) => list.findIndex(({ item }) => item === 'novel')
  expect(place(odd!)).toBeLessThan(place(even!))
})

it('gives the same bits for any number of threads, and after an interruption', async () => {
  const log = tasteLog()
  const options = { ...OPTIONS, epochs: 4 }
  setThreads(1)
  const one = await new LightGCN(options).fit(log)
  setThreads(4)
  const four = await new LightGCN(options).fit(log)
  expect(four.itemFactors.data).toEqual(one.itemFactors.data)
  expect(four.userFactors.data).toEqual(one.userFactors.data)
  const checkpoint = join(dir, 'checkpoint')
  const controller = new AbortController()
  const onProgress = ({ done }: { done: number }) => {
    if (done === 9) controller.abort()
  }
  const broken = new LightGCN(options).fit(log, { checkpoint, onProgress, signal: controller.signal })
  await expect(broken).rejects.toEqual(code('ERR_ABORTED'))
  let first = 0
  const whole = await new LightGCN(options).fit(log, {
    checkpoint,
    onProgress: ({ done }) => {
      first ||= done
    },
  })
  expect(first).toBeGreaterThan(1)
  expect(whole.itemFactors.data).toEqual(one.itemFactors.data)
})

it('keeps the best epoch of a validation, and ends after patience', async () => {
  const log = tasteLog({ users: 80, perUser: 10 })
  const { train, test } = log.split({ by: 'random', fraction: 0.2, seed: 1 })
  const model = await new LightGCN({ ...OPTIONS, epochs: 60, patience: 3 }).fit(train, { validation: test })
  const scores = model.history.map(({ score }) => score!)
  const best = scores.indexOf(Math.max(...scores))
  expect(best).toBe(Math.max(0, Math.min(59, scores.length - 1 - 3)))
  expect(scores.every((score) => score > 0 && score <= 1)).toBe(true)
  const strangers = Interactions.from([{ user: 'nobody', item: 1 }])
  await expect(new LightGCN(OPTIONS).fit(train, { validation: strangers })).rejects.toEqual(code('ERR_DATA'))
  await expect(new LightGCN(OPTIONS).fit(train, { validation: train })).rejects.toEqual(code('ERR_DATA', /leave/))
  await expect(new LightGCN(OPTIONS).fit(train, { validation: [] as never })).rejects.toEqual(code('ERR_VALUE'))
})

it('leaves out what is not liked, and refuses illegal options', async () => {
  const log = Interactions.from([
    ...tasteLog(),
    { user: 'sad', item: 2, weight: -1 },
    { user: 1, item: 'bad', weight: 0 },
  ])
  const model = await new LightGCN({ ...OPTIONS, epochs: 2 }).fit(log)
  expect([...(await model.score('sad', [1, 2]))]).toEqual([0, 0])
  expect([...(await model.score(1, ['bad']))]).toEqual([0])
  const none = await new LightGCN(OPTIONS).fit(Interactions.from([{ user: 1, item: 1, weight: -1 }]))
  expect([...(await none.score(1, [1]))]).toEqual([0])
  for (const options of [{ layers: 0 }, { factors: 0 }, { regularization: -1 }, { epochs: 0 }, { layer: 2 }])
    expect(() => new LightGCN(options as never)).toThrow(code('ERR_VALUE'))
})

it('an item that nobody had at the fit stands between all its users, in however many updates they came', async () => {
  const users = [0, 1, 2].map((user) => ({ user, item: 'new' }))
  const scores = []
  for (const parts of [[users], users.map((row) => [row]), [[{ ...users[0]!, weight: -1 }], users]]) {
    const model = await new LightGCN({ ...OPTIONS, epochs: 2 }).fit(tasteLog())
    for (const part of parts) await model.update(Interactions.from(part))
    scores.push(await model.score(5, ['new']))
  }
  expect(scores[0]![0]).not.toBe(0)
  for (const score of scores) expect(score[0]).toBeCloseTo(scores[0]![0]!, 6)
})
