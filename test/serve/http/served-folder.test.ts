import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Interactions, ItemKNN, loadModel, type Recommender } from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { ServedFolder } from '#lib/serve/http/served-folder.js'
import { tasteLog } from '../../support/logs.js'
import { code, dir } from '../../support/table-files.js'

let folders = 0
const saved = join(dir, 'model')
beforeAll(async () => {
  await (await new ItemKNN({ neighbors: 8 }).fit(tasteLog())).save(saved)
})

/** A copy of the model, with its events beside. */
function copy() {
  const model = join(dir, `copy-${folders++}`)
  cpSync(saved, model, { recursive: true })
  const events = join(model, 'events')
  return { model, open: () => ServedFolder.open(model, { events }) }
}

const lists = (model: Recommender) => model.recommendMany(model.users, { k: 5 })

describe('a served folder', () => {
  it('knows an event in the next list, and after a restart', async () => {
    const { open } = copy()
    const source = await open()
    const version = source.version
    await source.accept([
      { user: 'new', item: 4, weight: 2 },
      { user: 1, item: 'fresh' },
    ])
    expect(source.version).not.toBe(version)
    expect(source.current.seenItems('new')).toEqual([4])
    expect(source.current.seenItems(1)).toContain('fresh')
    const before = await lists(source.current)
    await source.close()
    const again = await open()
    expect(again.cutBytes).toBe(0)
    expect(await lists(again.current)).toEqual(before)
    await again.close()
  })

  it('keeps what many requests bring at once', async () => {
    const { open } = copy()
    const source = await open()
    await Promise.all(Array.from({ length: 100 }, (_, n) => source.accept([{ user: `u${n}`, item: n % 40 }])))
    for (let n = 0; n < 100; n++) expect(source.current.seenItems(`u${n}`)).toEqual([n % 40])
    await source.close()
    const again = await open()
    for (let n = 0; n < 100; n++) expect(again.current.seenItems(`u${n}`)).toEqual([n % 40])
    await again.close()
  })

  it('takes another model with the events since; who has the former keeps it', async () => {
    const { model: folder, open } = copy()
    const source = await open()
    await source.accept([{ user: 'new', item: 4 }])
    const { current: former, version } = source
    const other = await new ItemKNN({ neighbors: 3 }).fit(tasteLog({ seed: 5 }))
    await other.save(folder)
    const [, , reloaded] = await Promise.all([
      source.reload(),
      source.accept([{ user: 'newer', item: 6 }]),
      source.reload().then(() => source.version),
    ])
    expect(reloaded).not.toBe(version)
    expect(source.current).not.toBe(former)
    expect(source.current.seenItems('new')).toEqual([4])
    expect(source.current.seenItems('newer')).toEqual([6])
    expect(await source.current.recommend(3)).toEqual(await updated(folder, source).then((one) => one.recommend(3)))
    await source.close()
  })

  it('stays as it was where the new model is damaged', async () => {
    const { model: folder, open } = copy()
    const source = await open()
    const before = await lists(source.current)
    const { version } = source
    writeFileSync(join(folder, 'config.json'), '{}')
    await expect(source.reload()).rejects.toEqual(code('ERR_MODEL_FILE'))
    expect(source.version).toBe(version)
    expect(await lists(source.current)).toEqual(before)
    await source.close()
  })
})

/** The model of a folder with the events that `source` was given. */
async function updated(folder: string, source: ServedFolder): Promise<Recommender> {
  const model = await loadModel(folder)
  await model.update(
    Interactions.from([
      { user: 'new', item: 4 },
      { user: 'newer', item: 6 },
    ]),
  )
  expect([...model.users]).toEqual([...source.current.users])
  return model
}
