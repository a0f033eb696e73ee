import assert from 'node:assert/strict'
import { TextEmbedder } from 'kindred'
import { IdMap } from 'kindred/data'

const encoder = await TextEmbedder.load()
const { vectors } = await encoder.embed(['a whale at sea', 'a ship hunts a whale', 'tax law'])
const cosine = (a: number, b: number) => vectors.row(a).reduce((sum, value, i) => sum + value * vectors.row(b)[i]!, 0)
assert.ok(cosine(0, 1) > cosine(0, 2))
assert.equal(IdMap.from(['x']).size, 1)
