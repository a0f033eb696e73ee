// Pictures a second of the descriptors without a model, beside decoding alone, which no way of describing can beat: JPEG files
// made from a seed, of the size of catalogue photos and of cameras'.
import sharp from 'sharp'
import { ImageEmbedder, setThreads } from '../dist/index.mjs'
import { USUAL_ROUNDS } from './harness/compete.mjs'
import { generator } from './harness/random.mjs'

export const summary = 'pictures a second of the descriptors without a model'

/** A JPEG of coloured boxes and noise. */
async function makePicture(width, height, next) {
  const pixels = Buffer.alloc(width * height * 3, 250)
  for (let box = 0; box < 12; box++) {
    const [left, top] = [Math.floor(next() * width * 0.8), Math.floor(next() * height * 0.8)]
    const color = [next(), next(), next()].map((x) => Math.floor(200 * x))
    for (let y = top; y < Math.min(height, top + height / 4); y++)
      for (let x = left; x < Math.min(width, left + width / 4); x++)
        for (let c = 0; c < 3; c++) pixels[(y * width + x) * 3 + c] = color[c] + Math.floor(30 * next())
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 85 })
    .toBuffer()
}

/** Milliseconds of the fastest of some runs. */
async function fastest(rounds, run) {
  let best = Infinity
  for (let i = 0; i < rounds; i++) {
    const start = performance.now()
    await run()
    best = Math.min(best, performance.now() - start)
  }
  return best
}

/** Decoding alone, brought within the square that is described, as many at once as there are threads. */
async function decodeAll(pictures, atOnce) {
  let at = 0
  const worker = async () => {
    while (at < pictures.length)
      await sharp(pictures[at++])
        .autoOrient()
        .resize(128, 128, { fit: 'inside' })
        .toColourspace('srgb')
        .raw()
        .toBuffer()
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

export async function run({ small, rounds = USUAL_ROUNDS, threadCounts, log }) {
  const next = generator(1)
  const images = await ImageEmbedder.load()
  const rows = []
  const data = []
  for (const [width, height, count] of [
    [224, 224, small ? 64 : 1024],
    [1200, 1600, small ? 16 : 128],
  ]) {
    const made = await Promise.all(Array.from({ length: 16 }, () => makePicture(width, height, next)))
    const pictures = Array.from({ length: count }, (_, i) => made[i % made.length])
    for (const threads of threadCounts) {
      setThreads(threads)
      const { failed } = await images.embed(pictures)
      if (failed.length > 0) throw failed[0].error
      const described = await fastest(rounds, () => images.embed(pictures))
      const decoded = await fastest(rounds, () => decodeAll(pictures, threads))
      const rates = [described, decoded].map((ms) => Math.round((1000 * count) / ms))
      log(`${width} x ${height}, ${threads} threads: ${rates[0]} pictures/s, decoding alone ${rates[1]}`)
      rows.push([
        `${count} JPEGs of ${width} x ${height}`,
        threads,
        ...rates,
        `${Math.round((100 * decoded) / described)}%`,
      ])
      data.push({ width, height, count, threads, described, decoded })
    }
  }
  images.dispose()
  const columns = ['', 'threads at once', 'described/s', 'decoded/s', 'of the limit']
  return { versions: { sharp: sharp.versions.sharp }, tables: [{ columns, rows }], data }
}
