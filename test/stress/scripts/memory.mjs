// Rounds of lists, saves and loads. Prints the resident memory in MB after a first part and at the end.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadModel } from 'kindred'
import { makeLog, quickAls } from './logs.mjs'

const dir = mkdtempSync(join(tmpdir(), 'kindred-memory-'))
const megabytes = async () => {
  for (let i = 0; i < 5; i++) {
    globalThis.gc()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return process.memoryUsage().rss / 2 ** 20
}

try {
  const log = makeLog()
  let model = await quickAls().fit(log)
  let begun = 0
  for (let round = 0; round < 200; round++) {
    if (round === 50) begun = await megabytes()
    await model.recommendMany(model.users, { k: 20 })
    await model.recommendMany(model.users, { k: 1, signal: new AbortController().signal })
    if (round % 2 === 0) {
      await model.save(dir)
      model = await loadModel(dir)
    }
  }
  console.log(JSON.stringify({ begun, ended: await megabytes() }))
} finally {
  rmSync(dir, { recursive: true })
}
