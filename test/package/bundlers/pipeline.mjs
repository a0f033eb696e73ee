import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Uses what lies in files: DuckDB, the addon, the lock of a save, the bundled encoder, and an encoder's own process. */
export async function pipeline(kindred, { Interactions }) {
  const { AlternatingLeastSquares, KindredError, loadModel, TextEmbedder } = kindred
  const folder = mkdtempSync(join(tmpdir(), 'kindred-bundled-'))
  try {
    const path = join(folder, 'log.csv')
    writeFileSync(path, 'user,item\nann,1\nann,2\nbob,2\nbob,3\n')
    const log = await Interactions.read(path, { user: 'user', item: 'item' })
    const model = await new AlternatingLeastSquares({ factors: 4, regularization: 0.1 }).fit(log)
    await model.save(join(folder, 'model'))
    const list = await (await loadModel(join(folder, 'model'))).recommend('ann')
    assert.deepEqual(
      list.map(({ item }) => item),
      [3],
    )
    const { vectors } = await (await TextEmbedder.load()).embed(['a whale at sea', 'a ship hunts a whale'])
    assert.equal(vectors.rows, 2)
    assert.ok(vectors.data.some((value) => value !== 0))
    const transformer = await TextEmbedder.load(process.env.TINY_ENCODER)
    assert.equal((await transformer.embed(['a whale'])).vectors.rows, 1)
    transformer.dispose()
    await assert.rejects(loadModel(folder), KindredError)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  console.log('the bundle works')
}
