import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { AttentionPooling, ImageEmbedder, Matrix } from 'kindred'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { largestDifference, modelFolders, picture } from './media-folders.js'

const { root } = modelFolders()
let images: ImageEmbedder
beforeAll(async () => {
  images = await ImageEmbedder.load()
})
afterAll(() => images.dispose())

/** A folder of these pictures, named by their numbers. */
function frames(name: string, pictures: readonly string[]): string {
  const folder = join(root, name)
  mkdirSync(folder)
  for (const [i, one] of pictures.entries()) copyFileSync(picture(one), join(folder, `frame${i + 1}${one.slice(-4)}`))
  return folder
}

const unit = (row: Float32Array) => {
  const norm = Math.hypot(...row)
  return row.map((x) => x / norm)
}

describe('a folder of frames', () => {
  const twelve = frames('twelve', ['wide.png', ...Array(10).fill('grey.png'), 'small.png'])

  it('gives the mean of its frames, in the natural order of their names', async () => {
    const of = (await images.embed(['wide.png', 'grey.png', 'small.png'].map(picture))).vectors
    const mean = of.row(0).map((x, d) => (x + 10 * of.row(1)[d]! + of.row(2)[d]!) / 12)
    const { vector, frames: used, failed } = await images.embedVideo(twelve)
    expect([used, failed]).toEqual([12, []])
    expect(largestDifference(vector, unit(mean))).toBeLessThan(1e-5)
    const raw = await images.embedVideo(twelve, { normalize: false })
    expect(Math.hypot(...raw.vector)).toBeLessThan(1)
    // Of three, those in the middle of their thirds: 3, 7 and 11.
    const three = await images.embedVideo(twelve, { frames: 3 })
    expect(three.frames).toBe(3)
    expect(largestDifference(three.vector, of.row(1))).toBeLessThan(1e-5)
    const one = await images.embedVideo(frames('order', [...Array(9).fill('grey.png'), 'wide.png']), { frames: 10 })
    expect(one.frames).toBe(10)
  })

  it('is pooled by attention: to the mean frame, or as learned', async () => {
    const of = (await images.embed(['wide.png', 'grey.png', 'small.png'].map(picture))).vectors
    const mean = (await images.embedVideo(twelve)).vector
    const zero = await images.embedVideo(twelve, { pooling: AttentionPooling.zeros({ dims: images.dims }) })
    expect(largestDifference(zero.vector, mean)).toBeLessThan(1e-5)
    const near = await images.embedVideo(twelve, { pooling: 'attention' })
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, d) => sum + x * b[d]!, 0)
    expect(dot(near.vector, of.row(1))).toBeGreaterThan(dot(mean, of.row(1)))
    const query = new Matrix(
      1,
      images.dims,
      of.row(0).map((x) => x * 2000),
    )
    const sharp = await images.embedVideo(twelve, { pooling: new AttentionPooling(query) })
    expect(largestDifference(sharp.vector, of.row(0))).toBeLessThan(1e-3)
    const other = AttentionPooling.zeros({ dims: 8 })
    await expect(images.embedVideo(twelve, { pooling: other })).rejects.toMatchObject({ code: 'ERR_SHAPE' })
  })

  it('leaves frames that fail out, and tells of them', async () => {
    const folder = frames('damaged', ['wide.png', 'truncated.jpg', 'text.jpg'])
    const { frames: used, failed, vector } = await images.embedVideo(folder)
    expect([used, failed.map(({ index }) => index)]).toEqual([1, [1, 2]])
    expect(largestDifference(vector, (await images.embed([picture('wide.png')])).vectors.row(0))).toBeLessThan(1e-6)
    const none = frames('none', ['text.jpg', 'empty.jpg'])
    await expect(images.embedVideo(none)).rejects.toMatchObject({
      code: 'ERR_DATA',
      message: expect.stringMatching(/none of 2 frames.*text|frame1/),
    })
  })

  it.each<[string, () => Promise<unknown>, string, RegExp]>([
    ['no folder', () => images.embedVideo(join(root, 'nowhere')), 'ERR_IO', /no such file/],
    ['a folder without pictures', () => images.embedVideo('lib'), 'ERR_DATA', /no pictures/],
    ['fps of a folder', () => images.embedVideo(twelve, { fps: 2 }), 'ERR_VALUE', /fps: of a film/],
    ['fps and frames', () => images.embedVideo(twelve, { fps: 2, frames: 2 }), 'ERR_VALUE', /received both/],
    ['too many frames', () => images.embedVideo(twelve, { maxFrames: 11 }), 'ERR_TOO_LARGE', /11 frames but found 12/],
    ['pooling', () => images.embedVideo(twelve, { pooling: 'max' as never }), 'ERR_VALUE', /'mean', 'attention' or/],
    ['bytes', () => images.embedVideo(new Uint8Array(5) as never), 'ERR_VALUE', /path of a folder or a file/],
  ])('refuses %s', async (_, call, code, message) => {
    await expect(call()).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })
})

describe('a film', () => {
  const path = process.env.PATH
  afterEach(() => {
    process.env.PATH = path
  })
  const film = join(root, 'film.mp4')
  writeFileSync(film, 'a film')

  /** Programs of these names that come first. */
  function programs(name: string, scripts: Record<string, string>): void {
    const folder = join(root, name)
    mkdirSync(folder)
    for (const [program, script] of Object.entries(scripts)) {
      writeFileSync(join(folder, program), `#!/bin/sh\n${script}\n`)
      chmodSync(join(folder, program), 0o755)
    }
    process.env.PATH = `${folder}:${path}`
  }
  const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith('kindred-frames-'))

  it('needs ffmpeg, and says so', async () => {
    process.env.PATH = join(root, 'nothing')
    await expect(images.embedVideo(film)).rejects.toMatchObject({
      code: 'ERR_NOT_SUPPORTED',
      message: expect.stringMatching(/ffmpeg and ffprobe.*apt-get install ffmpeg/),
    })
    expect(leftovers()).toEqual([])
  })

  it('goes through it: so many frames a second, or so many', async () => {
    const log = join(root, 'log')
    const source = resolve(picture('tall.jpg'))
    const ffmpeg = `echo "$@" >> ${log}; for last; do :; done; d=$(dirname "$last"); cp ${source} $d/00000001.jpg; cp ${source} $d/00000002.jpg`
    programs('working', { ffmpeg, ffprobe: 'echo 8.0' })
    const { vector, frames: used } = await images.embedVideo(film, { fps: 3 })
    expect(used).toBe(2)
    expect(largestDifference(vector, (await images.embed([picture('tall.jpg')])).vectors.row(0))).toBeLessThan(1e-6)
    await images.embedVideo(film, { frames: 2 })
    const said = execFileSync('cat', [log], { encoding: 'utf8' }).split('\n')
    expect(said[0]).toMatch(`-i file:${film} -map 0:v:0 -vf fps=3 -frames:v 1001`)
    expect(said[1]).toMatch('-vf fps=0.25 -frames:v 2')
    await expect(images.embedVideo(film, { maxFrames: 1 })).rejects.toMatchObject({ code: 'ERR_TOO_LARGE' })
    expect(leftovers()).toEqual([])
  })

  it('that it cannot read fails with its words; an abort ends it', async () => {
    programs('failing', { ffmpeg: 'echo "some words" >&2; echo "Invalid data found" >&2; exit 1', ffprobe: 'echo N/A' })
    const code = 'ERR_DATA'
    await expect(images.embedVideo(film)).rejects.toMatchObject({
      code,
      message: `${film}: ffmpeg cannot read it: Invalid data found.`,
    })
    await expect(images.embedVideo(film, { frames: 3 })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/length is not known/),
    })
    programs('slow', { ffmpeg: 'exec sleep 60' })
    const started = Date.now()
    const call = images.embedVideo(film, { signal: AbortSignal.timeout(200) })
    await expect(call).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    expect(Date.now() - started).toBeLessThan(5000)
    expect(leftovers()).toEqual([])
  })

  const hasFfmpeg = () => {
    try {
      for (const program of ['ffmpeg', 'ffprobe']) execFileSync(program, ['-version'], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  }
  it.skipIf(!hasFfmpeg())('of its own making is read', async () => {
    const made = join(root, 'made.mp4')
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=duration=3:size=160x120:rate=10', made])
    expect((await images.embedVideo(made, { fps: 2 })).frames).toBe(6)
    expect((await images.embedVideo(made, { frames: 4, pooling: 'attention' })).frames).toBe(4)
    await expect(images.embedVideo(film)).rejects.toMatchObject({ code: 'ERR_DATA' })
  })
})
