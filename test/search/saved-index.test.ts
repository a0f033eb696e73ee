import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Matrix, SimilarityIndex } from 'kindred'
import { afterEach, describe, expect, it } from 'vitest'
import { code } from '../support/logs.js'
import { METRICS, random } from './brute-force.js'

const folders: string[] = []
function folder(): string {
  folders.push(mkdtempSync(join(tmpdir(), 'kindred-index-')))
  return join(folders.at(-1)!, 'index')
}
afterEach(() => {
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true })
})

describe('save and load', () => {
  it.each(METRICS)('give the same bits for the metric %s', async (metric) => {
    const dir = folder()
    const queries = random(9, 7, 3)
    using index = await SimilarityIndex.build(random(5000, 7), { metric })
    await index.remove([0, 17, 4999])
    await index.save(dir)
    using loaded = await SimilarityIndex.load(dir)
    expect([loaded.metric, loaded.dims, loaded.rows, loaded.size]).toEqual([metric, 7, 5000, 4997])
    expect(loaded.searchSync(queries, { k: 30 })).toEqual(index.searchSync(queries, { k: 30 }))
    await loaded.add(random(3, 7, 4))
    await loaded.save(dir)
    expect((await SimilarityIndex.load(dir)).rows).toBe(5003)
  })

  it.each(['bf16', 'int8'] as const)('keep the codes of %s, exact or alone', async (dtype) => {
    const queries = random(9, 7, 3)
    for (const exact of [true, false]) {
      const dir = folder()
      using index = await SimilarityIndex.build(random(300, 7), { metric: 'euclidean', dtype, exact })
      await index.save(dir)
      using loaded = await SimilarityIndex.load(dir)
      expect([loaded.dtype, loaded.exact, loaded.recall]).toEqual([dtype, exact, index.recall])
      expect(loaded.searchSync(queries, { k: 30 })).toEqual(index.searchSync(queries, { k: 30 }))
    }
  })

  it('holds an index without rows', async () => {
    const dir = folder()
    using empty = await SimilarityIndex.build(new Matrix(0, 3))
    await empty.save(dir)
    using loaded = await SimilarityIndex.load(dir)
    expect([...(await loaded.search(new Float32Array(3), { k: 2 })).indices]).toEqual([-1, -1])
  })

  it('a config of another metric or dtype is refused', async () => {
    const dir = folder()
    await (await SimilarityIndex.build(random(2, 2))).save(dir)
    const path = join(dir, 'config.json')
    const text = readFileSync(path, 'utf8')
    for (const [from, to] of [
      ['cosine', 'l2'],
      ['f32', 'f8'],
    ] as const) {
      writeFileSync(path, text.replace(`"${from}"`, `"${to}"`))
      await expect(SimilarityIndex.load(dir)).rejects.toEqual(code('ERR_MODEL_FILE'))
    }
    const config = JSON.parse(text)
    for (const [key, value] of [
      ['metric', undefined],
      ['exact', 1],
      ['exact', null],
      ['dtype', ['f32']],
      ['recall', 'high'],
      ['recall', null],
      ['recall', { value: 2, k: 10, queries: 1, rows: 1 }],
      ['recall', { value: 1 }],
    ]) {
      writeFileSync(path, JSON.stringify({ ...config, [key as string]: value }))
      await expect(SimilarityIndex.load(dir), `${key}: ${value}`).rejects.toEqual(code('ERR_MODEL_FILE'))
    }
    writeFileSync(path, text)
    using whole = await SimilarityIndex.load(dir)
    expect(whole.rows).toBe(2)
    await expect(SimilarityIndex.load(join(dir, 'none'))).rejects.toEqual(code('ERR_MODEL_FILE'))
  })
})
