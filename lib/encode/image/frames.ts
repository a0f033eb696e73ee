import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { KindredError, throwIfAborted } from '../../native/errors.js'
import { systemError } from '../../native/system-errors.js'
import { runProgram } from '../media/run-program.js'

/** Which frames are taken. */
export interface FrameOptions {
  fps: number | undefined
  frames: number | undefined
  maxFrames: number
  signal: AbortSignal | undefined
}

const PICTURES = ['.jpg', '.jpeg', '.png', '.webp', '.gif', '.tif', '.tiff', '.avif']

/** Whether a file's name is that of a picture. */
export function isPictureName(name: string): boolean {
  return PICTURES.includes(extname(name).toLowerCase())
}

/** Calls `use` with the paths of frames, which are gone afterwards where they were made of a file. */
export async function withFrames<T>(
  path: string,
  options: FrameOptions,
  use: (paths: string[]) => Promise<T>,
): Promise<T> {
  throwIfAborted(options.signal)
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    (cause) => {
      throw systemError(`${path} cannot be read`, cause)
    },
  )
  if (isFolder) return use(await framesOfFolder(path, options))
  const folder = await mkdtemp(join(tmpdir(), 'kindred-frames-')).catch((cause) => {
    throw systemError(`${tmpdir()} takes no folder for frames`, cause)
  })
  try {
    return await use(await framesOfFile(path, folder, options))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Indices of `count` of `total` things at equal distances, each in the middle of its share. */
function spread(total: number, count: number): number[] {
  return Array.from({ length: Math.min(count, total) }, (_, i) =>
    Math.floor(((i + 0.5) * total) / Math.min(count, total)),
  )
}

async function framesOfFolder(path: string, { fps, frames, maxFrames }: FrameOptions): Promise<string[]> {
  if (fps !== undefined)
    throw new KindredError('ERR_VALUE', 'fps: of a film; the pictures of a folder have no times. Use frames.')
  const names = await readdir(path).catch((cause) => {
    throw systemError(`${path} cannot be listed`, cause)
  })
  const order = new Intl.Collator('en', { numeric: true })
  const all = names.filter(isPictureName).sort((a, b) => order.compare(a, b) || (a < b ? -1 : 1))
  if (all.length === 0)
    throw new KindredError('ERR_DATA', `${path}: no pictures (${PICTURES.join(', ')}) are in the folder.`)
  if (frames === undefined) checkCount(path, all.length, maxFrames)
  return spread(all.length, frames ?? all.length).map((i) => join(path, all[i]!))
}

function checkCount(path: string, count: number, maxFrames: number): void {
  if (count > maxFrames)
    throw new KindredError(
      'ERR_TOO_LARGE',
      `${path}: expected at most ${maxFrames} frames but found ${count}. Take fewer (frames, or a smaller fps), or raise maxFrames.`,
    )
}

const FFMPEG =
  'Films are read through ffmpeg and ffprobe, which are not installed or not in PATH. Install them: apt-get install ffmpeg, brew install ffmpeg, winget install ffmpeg; or give a folder of pictures'

/** Writes frames of a film into `folder`. */
async function framesOfFile(path: string, folder: string, options: FrameOptions): Promise<string[]> {
  const { frames, maxFrames, signal } = options
  const input = `file:${path}`
  let { fps = 1 } = options
  if (frames !== undefined) {
    const probe = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', input]
    const seconds = Number(await runProgram('ffprobe', probe, { missing: FFMPEG, what: path, signal }))
    if (!(seconds > 0)) throw new KindredError('ERR_DATA', `${path}: its length is not known. Use fps.`)
    fps = frames / seconds
  }
  const limit = frames ?? maxFrames + 1
  const args = ['-v', 'error', '-nostdin', '-protocol_whitelist', 'file', '-i', input, '-map', '0:v:0']
  args.push('-vf', `fps=${fps}`, '-frames:v', String(limit), '-q:v', '2', join(folder, '%08d.jpg'))
  await runProgram('ffmpeg', args, { missing: FFMPEG, what: path, signal })
  const names = (await readdir(folder)).sort()
  if (names.length === 0) throw new KindredError('ERR_DATA', `${path}: ffmpeg found no frames in it.`)
  checkCount(path, names.length, frames ?? maxFrames)
  return names.map((name) => join(folder, name))
}
