import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as kindred from 'kindred'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filesBelow, read, root } from './docs/repository.js'

const ENTRIES = ['.', 'data', 'encode', 'models', 'evaluate', 'search', 'nn', 'text', 'rank', 'serve']
const refusal = (found: string) =>
  expect.objectContaining({
    name: 'KindredError',
    code: 'ERR_ADDON',
    message: expect.stringMatching(new RegExp(`^${found}.*Mark kindred as external.*docs/bundlers\\.md`)),
  })

let folder: string
let own: typeof kindred

const { dependencies, optionalDependencies } = JSON.parse(read('package.json')) as Record<string, object>

/** The package's code where its files are not, as in a bundle: an entry of the package's copy. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kindred-in-a-bundle-'))
  cpSync(join(root, 'dist'), join(folder, 'code'), { recursive: true })
  mkdirSync(join(folder, 'node_modules'))
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies }).map((each) => each.split('/')[0]!))
    if (!existsSync(join(folder, 'node_modules', name)))
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  own = createRequire(join(folder, 'program.js'))('./code/index.js')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('what bundlers take for the package', () => {
  const exports = JSON.parse(read('package.json')).exports

  it.each(ENTRIES)('%s: the entry itself, loaded where it is installed', async (entry) => {
    const path = exports[entry === '.' ? '.' : `./${entry}`].module.default
    const bundled = await import(pathToFileURL(join(root, path)).href)
    const { default: _, ...entryItself } = await import(pathToFileURL(join(root, 'dist', entry, 'index.mjs')).href)
    expect({ ...bundled }).toEqual(entryItself)
    expect(bundled.KindredError ?? kindred.KindredError).toBe(kindred.KindredError)
  })

  it.each(ENTRIES)('%s: says where it is not installed, and what to do', async (entry) => {
    // What is imported below a folder without the package; its own file is the one place where it can look.
    const { argv } = process
    process.argv = argv.slice(0, 1)
    try {
      await expect(import(pathToFileURL(join(folder, 'code', entry, 'bundled.mjs')).href)).rejects.toThrow(
        refusal('kindred was bundled and is not installed above .*load-installed.mjs'),
      )
    } finally {
      process.argv = argv
    }
  })
})

describe("the package's own code in a bundle", () => {
  it('ES modules say so as they are loaded', async () => {
    const bundle = join(folder, 'bundle.mjs')
    const guard = readFileSync(join(folder, 'code', 'native', 'not-bundled.mjs'), 'utf8')
    writeFileSync(bundle, guard.replace('./bundled-error.js', './code/native/bundled-error.js'))
    await expect(import(pathToFileURL(bundle).href)).rejects.toThrow(refusal('kindred runs inside a bundle'))
  })

  const csv = join(root, 'assets', 'classics', 'readers.csv')
  const vectors = () => new own.Matrix(2, 2, Float32Array.of(1, 0, 0, 1))
  it.each<[string, () => unknown]>([
    ['backendInfo', () => own.backendInfo()],
    ['Interactions.read', () => own.Interactions.read(csv, { user: 'reader', item: 'book' })],
    [
      'Catalogue.read',
      () => own.Catalogue.read(join(root, 'assets', 'classics', 'books.jsonl'), { id: 'id', text: '{title}' }),
    ],
    ['TextEmbedder.load', () => own.TextEmbedder.load()],
    ['TextEmbedder.load of a folder', () => own.TextEmbedder.load(join(root, 'test', 'fixtures', 'tiny-encoder'))],
    ['loadEmbedder', () => own.loadEmbedder()],
    ['ImageEmbedder.load', () => own.ImageEmbedder.load()],
    ['SimilarityIndex.build', () => own.SimilarityIndex.build(vectors())],
    ['Features.save', () => own.Features.from(['a', 'b'], vectors()).save(join(folder, 'features'))],
    ['fit', () => new own.EASE({}).fit(own.Interactions.from([{ user: 1, item: 2 }]))],
    [
      'a saved fit',
      async () =>
        (await new own.Popularity().fit(own.Interactions.from([{ user: 1, item: 2 }]))).save(join(folder, 'model')),
    ],
  ])('%s: says so', async (_, call) => {
    await expect((async () => call())()).rejects.toThrow(refusal('kindred runs inside a bundle'))
  })

  it('only what has made sure of it, or runs in a process of its own, looks beside itself', () => {
    const users = filesBelow('lib').filter((path) => /__dirname|__filename|require\.resolve/.test(read(path)))
    expect(users.sort()).toEqual([
      'lib/data/storage/folder-lock.ts',
      'lib/encode/onnx/check-installed.ts',
      'lib/encode/onnx/serve-encoder.ts',
      'lib/native/load-installed.mts',
      'lib/native/package-file.ts',
    ])
  })
})
