import { readdir, stat } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { Catalogue } from '../data/catalogue.js'
import type { Id } from '../data/id-map.js'
import { checkTarget } from '../data/storage/saved-folder.js'
import type { TableFileOptions } from '../data/tables/table-file-options.js'
import { isPictureName } from '../encode/image/frames.js'
import { ImageEmbedder } from '../encode/image/image-embedder.js'
import type { EncoderDtype } from '../encode/onnx/find-model-file.js'
import { KindredError, show } from '../native/errors.js'
import { systemError } from '../native/system-errors.js'
import { usageError } from './options.js'
import { refuseTableOptions, tableOptionsOf } from './table-options.js'
import { createTerminal } from './terminal.js'

/** What `kindred embed --images` is given. */
export interface EmbedImagesOptions extends TableFileOptions {
  encoder?: string
  images: string[]
  items?: string[]
  id?: string
  out: string
  dtype?: EncoderDtype
  json?: boolean
}

/** Failed pictures that are named in words; JSON has all of them. */
const NAMED = 10

/** From pictures to vectors: of files and folders, named by their files, or of a table's items. */
export async function embedImages(options: EmbedImagesOptions): Promise<void> {
  if (options.encoder === undefined && options.dtype !== undefined)
    throw usageError('--dtype: of --encoder, a folder with a model; the descriptors of pictures need none.')
  const terminal = createTerminal(options.json ?? false)
  const { signal } = terminal
  const started = performance.now()
  await checkTarget(options.out, { kind: 'features' })
  const catalogue = await readCatalogue(options, signal)
  const encoder = await ImageEmbedder.load(options.encoder, { dtype: options.dtype, signal })
  const bar = terminal.progress('embedding pictures')
  try {
    const onProgress = (progress: { done: number; total: number }) => bar.update(progress)
    const features = await encoder.embedItems(catalogue, { signal, onProgress })
    bar.stop()
    const { failed, ...counts } = features.report
    if (features.size === 0)
      throw new KindredError(
        'ERR_DATA',
        `${options.images.join(' ')}: none of ${counts.items} items has a picture that can be used.${failed.length > 0 ? ` The first: ${failed[0]!.error.message}` : ''}`,
      )
    await features.save(options.out, { signal })
    const seconds = (performance.now() - started) / 1000
    const result = {
      items: features.size,
      dims: features.dims,
      pictures: { ...counts, failed: failed.map(({ id, error: { code, message } }) => ({ id, code, message })) },
      catalogue: catalogue.report,
      seconds: Number(seconds.toFixed(2)),
      out: options.out,
    }
    terminal.print(result, () => {
      const what = `${result.items} ${result.items === 1 ? 'picture' : 'pictures'}`
      console.log(`${what} -> ${result.dims} dimensions in ${seconds.toFixed(1)} s, in ${options.out}`)
      console.log('pictures:', { ...counts, failed: failed.length })
      for (const { id, error } of failed.slice(0, NAMED)) console.log(`  ${id}: ${error.message} [${error.code}]`)
    })
  } finally {
    bar.stop()
    encoder.dispose()
  }
}

async function readCatalogue(options: EmbedImagesOptions, signal: AbortSignal): Promise<Catalogue> {
  const { images, items, id } = options
  if (items !== undefined) {
    if (images.length !== 1 || id === undefined || !images[0]!.includes('{'))
      throw usageError(
        '--images: with --items and --id, one template of the path, e.g. "photos/{id}.jpg" or "{picture}".',
      )
    return Catalogue.read(items, { id, text: images[0]!, ...tableOptionsOf(options), signal })
  }
  if (id !== undefined) throw usageError('--id: of --items; pictures of files and folders are named by their files.')
  refuseTableOptions(options, 'of --items.')
  const found = (await Promise.all(images.map(picturesOf))).flat()
  if (found.length === 0)
    throw new KindredError(
      'ERR_DATA',
      `${images.join(' ')}: there are no pictures (.jpg, .png, .webp, .gif, .tif, .avif).`,
    )
  checkNames(found)
  const ids = toIds(found.map(({ name }) => name))
  const rows = found.map(({ path }, i) => ({ id: ids[i], path }))
  return Catalogue.from(rows, { id: 'id', text: ({ path }) => path })
}

/** @throws ERR_DUPLICATE for two pictures of one name */
function checkNames(found: readonly { path: string; name: string }[]): void {
  const known = new Map<string, string>()
  for (const { path, name } of found) {
    const other = known.get(name)
    if (other !== undefined)
      throw new KindredError(
        'ERR_DUPLICATE',
        `${other} and ${path}: items are named by their files, and both would be ${show(name)}. Rename one, or name the items by a table with --items.`,
      )
    known.set(name, path)
  }
}

/** The picture that a path names, or those in a folder and the folders in it, sorted. */
async function picturesOf(path: string): Promise<{ path: string; name: string }[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [{ path, name: withoutExtension(relative(join(path, '..'), path)) }]
    const names = await readdir(path, { recursive: true })
    const pictures = names.filter(isPictureName).sort()
    return pictures.map((name) => ({ path: join(path, name), name: withoutExtension(name).split(sep).join('/') }))
  } catch (cause) {
    throw systemError(`${path} cannot be read`, cause)
  }
}

const withoutExtension = (name: string) => name.slice(0, name.length - extname(name).length)

/** Numbers where all names are whole numbers, as readers of tables have it; else the names. */
function toIds(names: readonly string[]): Id[] {
  const areNumbers = names.every((name) => /^(0|-?[1-9]\d*)$/.test(name) && Number.isSafeInteger(Number(name)))
  return areNumbers ? names.map(Number) : [...names]
}
