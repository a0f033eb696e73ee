import { Matrix } from '../../data/matrix.js'
import { checkInteger, checkNumber } from '../../native/argument-checks.js'
import type { AbortOptions, Progress } from '../../native/call-options.js'
import { KindredError, show } from '../../native/errors.js'
import { nativeCall } from '../../native/native-call.js'
import { checkSource } from '../media/check-media.js'
import { embedMedia } from '../media/embed-media.js'
import type { FailedInput } from '../media/media-embeddings.js'
import type { MediaEngine } from '../media/media-engine.js'
import { AttentionPooling } from '../pooling/attention-pooling.js'
import { withFrames } from './frames.js'

/** How the frames of a film become one vector. */
export interface VideoOptions extends AbortOptions {
  /** Frames per second of a film; default 1. Not of a folder, whose frames have no times. */
  fps?: number
  /** How many frames at equal distances; of a folder all of them by default. Not beside `fps`. */
  frames?: number
  /** Most frames that are used; default 1,000. More are an error. */
  maxFrames?: number
  /**
   * 'mean' (default); 'attention': frames weigh more the nearer they are to the mean frame, whose vector is the query of
   * {@link AttentionPooling}; or an AttentionPooling that has learned its queries.
   */
  pooling?: 'mean' | 'attention' | AttentionPooling
  /** Divide the vectors of frames, and of the whole, by their norm; default true. */
  normalize?: boolean
  /** Called as frames are finished. */
  onProgress?: (progress: Progress) => void
}

export const VIDEO_OPTIONS = ['fps', 'frames', 'maxFrames', 'pooling', 'normalize', 'signal', 'onProgress']

/** The vector of a film. */
export interface VideoEmbedding {
  /** [dims] */
  vector: Float32Array
  /** Frames that are in it. */
  frames: number
  /** Frames that failed, by their place among those that were taken. */
  failed: FailedInput[]
}

/** See {@link ImageEmbedder.embedVideo}. */
export async function embedFrames(
  engine: MediaEngine,
  video: string | URL,
  options: VideoOptions,
): Promise<VideoEmbedding> {
  const { fps, frames, maxFrames = 1000, pooling = 'mean', normalize = true, signal, onProgress } = options
  if (fps !== undefined) checkNumber('fps', fps, { min: 1e-6, max: 1000 })
  if (frames !== undefined)
    checkInteger('frames', frames, { min: 1, max: checkInteger('maxFrames', maxFrames, { min: 1 }) })
  else checkInteger('maxFrames', maxFrames, { min: 1 })
  if (fps !== undefined && frames !== undefined)
    throw new KindredError('ERR_VALUE', 'fps, frames: expected one of them but received both.')
  checkPooling(pooling, engine.dims)
  const path = checkSource('video', video)
  if (typeof path !== 'string')
    throw new KindredError('ERR_VALUE', `video: expected the path of a folder or a file but received ${show(video)}.`)
  return withFrames(path, { fps, frames, maxFrames, signal }, async (paths) => {
    const { vectors, failed } = await embedMedia(engine, paths, { normalize, signal, onProgress })
    const without = new Set(failed.map(({ index }) => index))
    const kept = paths.map((_, i) => i).filter((i) => !without.has(i))
    if (kept.length === 0)
      throw new KindredError(
        'ERR_DATA',
        `${path}: none of ${paths.length} frames can be used. The first: ${failed[0]!.error.message}`,
        { cause: failed[0]!.error },
      )
    const states = new Matrix(kept.length, engine.dims)
    for (const [row, i] of kept.entries()) states.row(row).set(vectors.row(i))
    const vector = await pool(states, pooling, signal)
    if (normalize) await nativeCall(signal, (native, abort) => native.normalizeRows(vector, abort))
    return { vector: vector.row(0), frames: kept.length, failed }
  })
}

function checkPooling(pooling: unknown, dims: number): void {
  if (pooling === 'mean' || pooling === 'attention') return
  if (!(pooling instanceof AttentionPooling))
    throw new KindredError(
      'ERR_VALUE',
      `pooling: expected 'mean', 'attention' or an AttentionPooling but received ${show(pooling)}.`,
    )
  if (pooling.dims !== dims)
    throw new KindredError(
      'ERR_SHAPE',
      `pooling: expected queries of ${dims} dimensions, those of the encoder's vectors, but received ${pooling.dims}.`,
    )
}

/** [1, dims] */
async function pool(
  frames: Matrix,
  pooling: 'mean' | 'attention' | AttentionPooling,
  signal: AbortSignal | undefined,
): Promise<Matrix> {
  const { rows, cols } = frames
  const mask = new Uint8Array(rows).fill(1)
  const input = { states: frames.data, mask, batch: 1, tokens: rows }
  if (pooling instanceof AttentionPooling) return pooling.forward(input, { signal })
  const mean = await nativeCall(signal, (native, abort) => native.pool(frames.data, mask, 1, rows, cols, 'mean', abort))
  const query = new Matrix(1, cols, mean)
  return pooling === 'mean' ? query : new AttentionPooling(query).forward(input, { signal })
}
