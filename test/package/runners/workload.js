// What a project's tests do with kindred, under any runner: `kindred` is the package, `test` and `expect` are the runner's.
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')

module.exports = (kindred, { test, expect }) => {
  const inFolder = async (work) => {
    const dir = mkdtempSync(join(tmpdir(), 'kindred-runner-'))
    try {
      await work((name) => join(dir, name))
    } finally {
      rmSync(dir, { recursive: true })
    }
  }

  test('a CSV file is read, a model fitted, saved and loaded', () =>
    inFolder(async (path) => {
      const rows = Array.from({ length: 200 }, (_, i) => `${i % 20},${(i * 7) % 31},2024-01-${(i % 28) + 1}`)
      writeFileSync(path('log.csv'), ['user,item,time', ...rows].join('\n'))
      const log = await kindred.Interactions.read(path('log.csv'), { user: 'user', item: 'item', time: 'time' })
      expect(log.report.kept).toBe(200)
      const { signal } = new AbortController()
      const model = await new kindred.AlternatingLeastSquares({ factors: 4 }).fit(log, { signal })
      const list = await model.recommend(1, { k: 3, exclude: new Set([0]) })
      expect(list).toHaveLength(3)
      await model.save(path('model'))
      expect(await (await kindred.loadModel(path('model'))).recommend(1, { k: 3, exclude: [0] })).toEqual(list)
      await expect(kindred.Interactions.read(path('none.csv'), { user: 'user', item: 'item' })).rejects.toThrow(
        kindred.KindredError,
      )
    }))

  test('texts are embedded and searched, and matrices go through files', () =>
    inFolder(async (path) => {
      const encoder = await kindred.TextEmbedder.load()
      const { vectors } = await encoder.embed(['a whale at sea', 'a ship hunts a whale', 'tax law'])
      const index = await kindred.SimilarityIndex.build(vectors)
      const { indices, scores } = await index.search(vectors.row(0), { k: 2, exclude: Uint8Array.of(1) })
      expect([...indices]).toEqual([1, 2])
      const own = new kindred.Matrix(2, 2, Float32Array.of(1, 0, 0, 1))
      expect((await kindred.similarityMatrix(own, new kindred.Matrix(1, 2, scores))).rows).toBe(2)
      for (const name of ['m.npy', 'm.safetensors']) {
        await vectors.write(path(name))
        expect([...(await kindred.Matrix.read(path(name))).data]).toEqual([...vectors.data])
      }
    }))

  test('values of the test are taken, and errors of the addon are of kindred', async () => {
    const log = kindred.Interactions.from([
      { user: 'ann', item: 1, time: new Date(1000) },
      { user: 'ann', item: 2, time: new Date(3000) },
    ])
    expect(log.split({ by: 'time', at: new Date(2000) }).train.size).toBe(1)
    const matrix = new kindred.Matrix(2, 1, Float32Array.of(1, Number.NaN))
    await expect(kindred.SimilarityIndex.build(matrix)).rejects.toThrow(kindred.KindredError)
    const controller = new AbortController()
    controller.abort()
    await expect(kindred.similarityMatrix(matrix, matrix, { signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    })
  })
}
