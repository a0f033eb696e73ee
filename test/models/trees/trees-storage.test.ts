import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DeepFM, FeaturePipeline, GradientBoostedTrees, loadModel, Table } from 'kindred'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import type { Tensor } from '#lib/data/storage/safetensors.js'
import { loadFolder, saveFolder } from '#lib/data/storage/saved-folder.js'
import { code } from '../../support/logs.js'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kindred-trees-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const random = createRandom(1)
const table = Table.from(
  Array.from({ length: 400 }, (_, n) => {
    const [a, b] = [random.next(), Math.floor(random.next() * 9)]
    return { a: n % 7 ? a : null, b: `b${b}`, tags: b % 2 ? ['x', `t${b}`] : [], label: a + b / 9 > 1 ? 1 : 0 }
  }),
)
const KIND = { kind: 'model' }
const TENSORS = ['offsets', 'columns', 'lefts', 'rows', 'bins', 'missing_left', 'values', 'gains']
const TYPES: Record<string, [string, number]> = {
  base: ['Float64Array', 1],
  'edges.values': ['Float64Array', 1],
  'edges.offsets': ['Int32Array', 1],
}

async function saved() {
  const model = await new GradientBoostedTrees({ iterations: 6, minLeafRows: 5 }).fit(table, { label: 'label' })
  await model.save(dir)
  return model
}

/** Every tensor of the folder, copied. */
async function contents(): Promise<{ config: Record<string, unknown>; tensors: Record<string, Tensor> }> {
  const { config, tensors } = await loadFolder(dir, KIND)
  const own: Record<string, Tensor> = {}
  const [file] = (await readdir(dir)).filter((name) => name.endsWith('.safetensors'))
  const bytes = await readFile(join(dir, file!))
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0))))
  const arrays = { F64: Float64Array, F32: Float32Array, I32: Int32Array, I64: BigInt64Array, U8: Uint8Array }
  for (const [name, { dtype, shape }] of Object.entries<{ dtype: keyof typeof arrays; shape: number[] }>(header)) {
    if (name === '__metadata__') continue
    const { data } = tensors.get(name, arrays[dtype] as never, shape.length)
    own[name] = { shape, data: (data as Float32Array).slice() }
  }
  return { config: structuredClone(config) as Record<string, unknown>, tensors: own }
}

describe('saved trees', () => {
  it('predict as before, loaded by either way', async () => {
    const model = await saved()
    const expected = await model.predict(table)
    const loaded = await GradientBoostedTrees.load(dir)
    expect(await loaded.predict(table)).toEqual(expected)
    expect(loaded.options).toEqual(model.options)
    expect(loaded.importance()).toEqual(model.importance())
    expect(loaded.fields).toEqual(model.fields)
    expect(loaded.history).toEqual({ validationLosses: [], kept: 0 })
    expect(await (await loadModel<GradientBoostedTrees>(dir)).predict(table)).toEqual(expected)
    await expect(DeepFM.load(dir)).rejects.toThrow(code('ERR_MODEL_FILE', /GradientBoostedTrees/))
  })

  it('go with their FeaturePipeline', async () => {
    const features = new FeaturePipeline({ a: 'standard', b: 'one-hot' })
    const model = await new GradientBoostedTrees({ iterations: 5 }).fit(table, { label: 'label', features })
    await model.save(dir)
    expect(await (await GradientBoostedTrees.load(dir)).predict(table)).toEqual(await model.predict(table))
  })

  it('have as many tensors as the arrays of trees', async () => {
    await saved()
    const { tensors } = await contents()
    for (const name of TENSORS) expect(tensors).toHaveProperty([`trees.${name}`])
    for (const [name, [type, rank]] of Object.entries(TYPES)) {
      expect(tensors[name]!.data.constructor.name).toBe(type)
      expect(tensors[name]!.shape).toHaveLength(rank)
    }
  })

  it('are refused where a tree has a cycle or asks what there is not', async () => {
    await saved()
    const change = async (name: string, put: (data: Int32Array) => void) => {
      const { config, tensors } = await contents()
      put(tensors[name]!.data as Int32Array)
      await saveFolder(dir, KIND, { config, tensors })
      await expect(GradientBoostedTrees.load(dir)).rejects.toThrow(code('ERR_MODEL_FILE'))
      await expect(loadModel(dir)).rejects.toThrow(code('ERR_MODEL_FILE'))
      await saved()
    }
    await change('trees.lefts', (lefts) => lefts.fill(0))
    await change('trees.lefts', (lefts) => {
      lefts[0] = 2 ** 31 - 1
    })
    await change('trees.lefts', (lefts) => {
      for (const [n, left] of lefts.entries()) if (left > 1) lefts[n] = 1
    })
    await change('trees.columns', (columns) => columns.fill(1000))
    await change('trees.bins', (bins) => bins.fill(0))
    await change('trees.offsets', (offsets) => offsets.reverse())
    await change('trees.values', (values) => values.fill(Number.NaN))
    await change('edges.values', (values) => values.reverse())
    await change('edges.offsets', (offsets) => {
      offsets[1] = -5
    })
    await change('base', (base) => base.fill(Number.NaN))
  })

  it('are refused, or predict, with any number changed', async () => {
    await saved()
    const good = await contents()
    const draw = createRandom(9)
    const names = Object.keys(good.tensors).filter((name) =>
      /^(trees|edges|field\d\.(statistics|indicators))/.test(name),
    )
    for (let n = 0; n < 60; n++) {
      const { config, tensors } = structuredClone(good)
      const data = tensors[names[draw.integer(names.length)]!]!.data as Float64Array
      data[draw.integer(data.length)] = [0, -1, 1, 7, 255, 2 ** 31 - 1, Number.NaN, 1e300][draw.integer(8)]!
      await saveFolder(dir, KIND, { config, tensors })
      const loaded = await GradientBoostedTrees.load(dir).catch((error) => error)
      if (loaded instanceof GradientBoostedTrees) expect(await loaded.predict(table)).toHaveLength(400)
      else expect(loaded).toMatchObject({ code: 'ERR_MODEL_FILE' })
    }
  })

  it('are refused with a damaged config', async () => {
    await saved()
    const path = join(dir, 'config.json')
    const config = JSON.parse(await readFile(path, 'utf8'))
    for (const change of [
      { options: { maxLeaves: 0 } },
      { options: { unknown: 1 } },
      { fitted: null },
      { fitted: {} },
    ]) {
      await writeFile(path, JSON.stringify({ ...config, ...change }))
      await expect(GradientBoostedTrees.load(dir)).rejects.toThrow(code('ERR_MODEL_FILE'))
    }
  })
})
