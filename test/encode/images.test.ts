import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Catalogue, ImageEmbedder, type KindredError, similarityMatrix } from 'kindred'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkInstalled } from '#lib/encode/onnx/check-installed.js'
import { largestDifference, modelFolders, picture } from './media-folders.js'
import { program } from './processes.js'

const { root } = modelFolders()
let images: ImageEmbedder
beforeAll(async () => {
  images = await ImageEmbedder.load()
})
afterAll(() => images.dispose())

const GOOD = [
  'wide.png',
  'tall.jpg',
  'grey.png',
  'alpha.png',
  'palette.png',
  'animated.gif',
  'cmyk.jpg',
  'deep.png',
  'small.png',
  'wide.webp',
]
const norm = (row: Float32Array) => Math.hypot(...row)

/** A PNG's header that tells of a picture of this size, without one. */
function bomb(width: number, height: number): Uint8Array {
  const bytes = new Uint8Array(readFileSync(picture('wide.png')))
  const view = new DataView(bytes.buffer)
  view.setUint32(16, width)
  view.setUint32(20, height)
  view.setUint32(29, crc(bytes.subarray(12, 29)))
  return bytes
}

function crc(bytes: Uint8Array): number {
  let value = 0xffffffff
  for (const byte of bytes) {
    value ^= byte
    for (let i = 0; i < 8; i++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  }
  return (value ^ 0xffffffff) >>> 0
}

describe('pictures without a model', () => {
  it('of every kind have vectors of norm 1, from paths, URLs and bytes alike', async () => {
    expect(images).toMatchObject({ dims: 1258, folder: undefined })
    const paths = GOOD.map(picture)
    const { vectors, failed, truncated } = await images.embed(paths)
    expect(failed).toEqual([])
    expect(truncated).toEqual(GOOD.map(() => false))
    for (let i = 0; i < GOOD.length; i++) expect(norm(vectors.row(i)), GOOD[i]).toBeCloseTo(1, 5)
    const bytes = await images.embed(paths.map((path) => new Uint8Array(readFileSync(path))))
    const urls = await images.embed(paths.map((path) => pathToFileURL(path)))
    expect(bytes.vectors.data).toEqual(vectors.data)
    expect(urls.vectors.data).toEqual(vectors.data)
    expect((await images.embed([])).vectors).toMatchObject({ rows: 0, cols: 1258 })
  })

  it('has four blocks of norm 1/2, and the whole unscaled where asked', async () => {
    const { vectors } = await images.embed([picture('wide.png')], { normalize: false })
    let from = 0
    for (const length of [500, 118, 576, 64]) {
      expect(norm(vectors.row(0).subarray(from, from + length))).toBeCloseTo(0.5, 5)
      from += length
    }
  })

  it('turns pictures by their EXIF orientation, and sees the first frame', async () => {
    const turned = await sharp(picture('turned.jpg')).autoOrient().png().toBuffer()
    const first = await sharp(picture('animated.gif'), { page: 0 }).png().toBuffer()
    const { vectors } = await images.embed([picture('turned.jpg'), turned, picture('animated.gif'), first])
    expect(largestDifference(vectors.row(0), vectors.row(1))).toBeLessThan(0.02)
    expect(largestDifference(vectors.row(2), vectors.row(3))).toBeLessThan(1e-3)
  })

  it('gives a picture the vector that it has alone, the same each time', async () => {
    const paths = Array.from({ length: 75 }, (_, i) => picture(GOOD[i % GOOD.length]!))
    const progress: number[] = []
    const { vectors } = await images.embed(paths, { onProgress: ({ done, total }) => progress.push(done / total) })
    for (const i of [0, 31, 32, 74]) expect(vectors.row(i)).toEqual((await images.embed([paths[i]!])).vectors.row(0))
    expect(progress.length).toBe(75)
    expect(progress.at(-1)).toBe(1)
  })

  it('finds the same thing before another background nearer than another thing', async () => {
    const of = (color: string, shape: string, background: string) =>
      sharp(
        Buffer.from(
          `<svg width="200" height="200"><rect width="200" height="200" fill="${background}"/>${shape.replace('COLOR', color)}</svg>`,
        ),
      )
        .png()
        .toBuffer()
    const circle = '<circle cx="100" cy="100" r="60" fill="COLOR"/>'
    const bar = '<rect x="20" y="85" width="160" height="25" fill="COLOR"/>'
    const pictures = await Promise.all([
      of('#c03020', circle, '#ffffff'),
      of('#c03020', circle, '#dddde8'),
      of('#2040c0', bar, '#ffffff'),
    ])
    const { vectors } = await images.embed(pictures)
    const near = await similarityMatrix(vectors, vectors)
    expect(near.row(0)[1]).toBeGreaterThan(0.9)
    expect(near.row(0)[1]).toBeGreaterThan(near.row(0)[2]! + 0.3)
  })
})

describe('a picture that fails', () => {
  const folder = join(root, 'folder.jpg')
  mkdirSync(folder)
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>')
  it.each<[string, string | Uint8Array, string, RegExp]>([
    ['truncated', picture('truncated.jpg'), 'ERR_DATA', /truncated\.jpg cannot be decoded/],
    ['text', picture('text.jpg'), 'ERR_DATA', /text\.jpg cannot be decoded/],
    ['empty', picture('empty.jpg'), 'ERR_DATA', /empty\.jpg: the file is empty/],
    ['no bytes', new Uint8Array(0), 'ERR_DATA', /0 bytes: the file is empty/],
    ['missing', picture('none.jpg'), 'ERR_IO', /none\.jpg cannot be read.*no such file/],
    ['a folder', folder, 'ERR_IO', /folder\.jpg cannot be read/],
    ['a bomb', bomb(60_000, 60_000), 'ERR_TOO_LARGE', /100000000 pixels but found 60000 x 60000/],
    ['a drawing', svg, 'ERR_DATA', /expected a picture.*svg/],
    ['random bytes', Uint8Array.from({ length: 4000 }, (_, i) => (i * 7919) % 256), 'ERR_DATA', /cannot be decoded/],
  ])('%s is told, and the others go on', async (_, bad, code, message) => {
    const { vectors, failed } = await images.embed([picture('wide.png'), bad, picture('grey.png')])
    expect(failed.map(({ index, error }) => [index, error.code])).toEqual([[1, code]])
    expect(failed[0]!.error.message).toMatch(message)
    expect(vectors.row(1).every(Number.isNaN)).toBe(true)
    for (const row of [0, 2]) expect(norm(vectors.row(row))).toBeCloseTo(1, 5)
  })

  it('is refused by its size where the limit says so', async () => {
    using small = await ImageEmbedder.load(undefined, { maxPixels: 1000 })
    const { failed } = await small.embed([picture('small.png'), picture('wide.png')])
    expect(failed).toMatchObject([{ index: 1, error: { code: 'ERR_TOO_LARGE' } }])
  })

  it('of any bytes never fails the call, nor gives a number that is not finite', async () => {
    const whole = readFileSync(picture('tall.jpg'))
    const damaged = Array.from({ length: 60 }, (_, n) => {
      const copy = Uint8Array.from(whole)
      for (let i = 0; i < 3; i++) copy[(n * 131 + i * 977) % copy.length] = (n * 37 + i * 91) % 256
      return copy
    })
    const { vectors, failed } = await images.embed(damaged)
    const without = new Set(failed.map(({ index }) => index))
    expect(without.size).toBeGreaterThan(0)
    for (let i = 0; i < 60; i++)
      expect(vectors.row(i).every(without.has(i) ? Number.isNaN : Number.isFinite)).toBe(true)
  })
})

describe('what is refused', () => {
  const bad = (value: unknown) => value as never
  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['no list', () => images.embed(bad('a.jpg')), /pictures: expected an array/],
    ['a number', () => images.embed([picture('wide.png'), bad(5)]), /pictures\[1\]: expected the path.*received 5/],
    ['a URL of the web', () => images.embed([new URL('https://example.com/a.jpg')]), /"https:\/\/example.com\/a.jpg"/],
    ['an empty path', () => images.embed(['']), /pictures\[0\]/],
    ['normalize', () => images.embed([], { normalize: bad(1) }), /normalize: expected true or false/],
    ['a folder', () => ImageEmbedder.load(''), /expected the path of an encoder's folder/],
    [
      'dtype without a folder',
      () => ImageEmbedder.load(undefined, { dtype: 'fp16' }),
      /dtype: of folders with a model/,
    ],
    [
      'maxPixels',
      () => ImageEmbedder.load(undefined, { maxPixels: 0 }),
      /maxPixels: expected an integer of at least 1/,
    ],
  ])('%s', async (_, call, message) => {
    await expect(call()).rejects.toMatchObject({ code: 'ERR_VALUE', message: expect.stringMatching(message) })
  })

  it('a call after dispose, and an aborted one', async () => {
    const other = await ImageEmbedder.load()
    other.dispose()
    await expect(other.embed([picture('wide.png')])).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
    const controller = new AbortController()
    const paths = Array(200).fill(picture('wide.png'))
    const call = images.embed(paths, { signal: controller.signal, onProgress: () => controller.abort('enough') })
    await expect(call).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: 'enough' })
    await expect(images.embed(paths, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    expect((await images.embed([paths[0]])).failed).toEqual([])
  })

  it("an error of the caller's onProgress is the call's", async () => {
    const own = new Error('mine')
    const onProgress = () => {
      throw own
    }
    await expect(images.embed([picture('wide.png')], { onProgress })).rejects.toBe(own)
  })
})

describe('embedItems', () => {
  it('leaves out items without a picture, and tells of them', async () => {
    const rows = [
      { id: 7, file: picture('wide.png') },
      { id: 'b', file: '' },
      { id: 3, file: picture('truncated.jpg') },
      { id: 4, file: picture('grey.png') },
    ]
    const features = await images.embedItems(Catalogue.from(rows, { id: 'id', text: '{file}' }))
    expect([...features.ids]).toEqual([7, 4])
    expect(features.report).toMatchObject({ items: 4, embedded: 2, missing: 1, truncated: 0 })
    expect(features.report.failed).toMatchObject([{ id: 3, error: { code: 'ERR_DATA' } }])
    expect(features.vector(4)).toEqual((await images.embed([picture('grey.png')])).vectors.row(0))
    await expect(images.embedItems(rows as never)).rejects.toMatchObject({ code: 'ERR_VALUE' })
  })
})

it("errors carry the caller's stack", async () => {
  async function someCallOfMine() {
    await images.embed([5 as never])
  }
  expect((await someCallOfMine().catch((e: KindredError) => e.stack)) as string).toContain('someCallOfMine')
})

it('a worker thread that is terminated in mid-run takes nothing along', async () => {
  const { ended, output } = program(`
    const source = "const { ImageEmbedder } = require('kindred'); const { parentPort } = require('node:worker_threads');"
      + "ImageEmbedder.load().then((images) => images.embed(Array(3000).fill('${picture('tall.jpg')}'),"
      + "{ onProgress: ({ done }) => done === 1 && parentPort.postMessage('midst') }))"
    for (let i = 0; i < 4; i++) {
      const worker = new Worker(source, { eval: true })
      await new Promise((resolve) => worker.once('message', resolve))
      await new Promise((resolve) => setTimeout(resolve, 10 * i))
      await worker.terminate()
    }
    console.log('alive')`)
  expect(await ended, output()).toBe(0)
  expect(output()).toMatch('alive')
})

it('an optional dependency that is not installed is named', () => {
  expect(() => checkInstalled('no-such-package', 'Add it with: npm install it')).toThrow(
    expect.objectContaining({ code: 'ERR_ENCODER', message: 'Add it with: npm install it' }),
  )
  expect(() => checkInstalled('sharp', '')).not.toThrow()
})
