import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ItemKNN, loadModel, type Recommender } from 'kindred'
import { beforeAll, describe, expect, it } from 'vitest'
import { Journal } from '#lib/serve/http/journal.js'
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
  return { model, events, file: join(events, 'events.jsonl'), open: () => ServedFolder.open(model, { events }) }
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
    expect(again.cut).toBe(0)
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

  it('removes what a crash had cut short, at every byte, and tells it', async () => {
    const { open, file, events } = copy()
    const source = await open()
    await source.accept([{ user: 'first', item: 1 }])
    const whole = readFileSync(file)
    await source.accept([{ user: 'second', item: 2 }])
    await source.close()
    const both = readFileSync(file)
    for (let end = whole.length; end < both.length; end++) {
      writeFileSync(file, both.subarray(0, end))
      const { journal, cut } = await Journal.open(events)
      expect(cut).toBe(end - whole.length)
      expect(await journal.events()).toEqual([{ user: 'first', item: 1 }])
      await journal.append([{ user: 'third', item: 3 }])
      expect(await journal.events()).toHaveLength(2)
      await journal.close()
    }
  })

  it('does not start on a damaged journal', async () => {
    const { open, file } = copy()
    const source = await open()
    await source.accept([{ user: 'first', item: 1 }])
    await source.close()
    const bytes = readFileSync(file)
    bytes[20]! ^= 1
    writeFileSync(file, bytes)
    await expect(open()).rejects.toEqual(code('ERR_DATA', /line 1 is damaged/))
    writeFileSync(file, '')
    appendFileSync(file, 'nonsense\n')
    await expect(open()).rejects.toEqual(code('ERR_DATA'))
  })

  it('refuses events that no log can hold, before they are kept', async () => {
    const { open, file } = copy()
    const source = await open()
    await source.accept([{ user: 1, item: 1, time: 1_700_000_000 }])
    const kept = readFileSync(file)
    await expect(source.accept([{ user: 1, item: 1, time: 1_700_000_000_000 }])).rejects.toEqual(code('ERR_DATA'))
    expect(readFileSync(file)).toEqual(kept)
    await source.close()
  })

  it('takes another model with the events since; who has the former keeps it', async () => {
    const { model: folder, open } = copy()
    const source = await open()
    await source.accept([{ user: 'new', item: 4 }])
    const { current: former, version } = source
    const before = await lists(former)
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
    expect((await lists(former)).slice(0, before.length - 1)).toBeDefined()
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
  const { Interactions } = await import('kindred')
  await model.update(
    Interactions.from([
      { user: 'new', item: 4 },
      { user: 'newer', item: 6 },
    ]),
  )
  expect([...model.users]).toEqual([...source.current.users])
  return model
}
