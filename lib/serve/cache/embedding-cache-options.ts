import { checkInteger, checkOptions, checkString } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError } from '../../native/errors.js'
import type { CutSegment } from './disk-cache.js'

/** How `EmbeddingCache.open` caches. */
export interface EmbeddingCacheOptions extends AbortOptions {
  /** The most bytes of vectors in memory: what was used longest ago goes. Default 256 MiB. */
  maxBytes?: number
  /** A folder that keeps vectors across restarts; made if it is not there. Default: none. Several processes may share it. */
  folder?: string
  /** The most bytes in the folder: the oldest file of vectors goes. Default 1 GiB. */
  maxFolderBytes?: number
  /** A name for the encoder, such as a version of its weights: vectors of other names are not used. Default ''. */
  identity?: string
}

/** What a cache has met since it was opened. */
export interface EmbeddingCacheStatistics {
  /** Texts that were asked for. */
  texts: number
  /** Texts whose vectors were in memory. */
  hits: number
  /** Texts whose vectors were in the folder. */
  folderHits: number
  /** Texts that another call, or this one, was computing already. */
  shared: number
  /** Texts that were computed. */
  computed: number
  /** Texts of calls that cannot be cached: those with an AttentionPooling. */
  bypassed: number
  /** Vectors in memory. */
  entries: number
  /** Bytes in memory. */
  bytes: number
  /** Vectors that went from memory for want of room. */
  evictions: number
  /** Of the folder; undefined without. */
  folder: EmbeddingFolderStatistics | undefined
}

/** What a cache has met in its folder. */
export interface EmbeddingFolderStatistics {
  /** Vectors. */
  entries: number
  /** Bytes of files. */
  bytes: number
  /** What was cut off the ends of files when the folder was opened, as a crash or damage leaves it. */
  cut: readonly CutSegment[]
  /** Vectors whose checksum failed when they were read: they were computed anew. */
  damaged: number
  /** Files that went for want of room. */
  dropped: number
  /** Small files of processes that have ended, that became part of another. */
  merged: number
  /** Writes that failed; the vectors were given all the same. */
  failedWrites: number
  /** What went wrong last. */
  lastError: string | undefined
}

const DEFAULT_BYTES = 256 * 2 ** 20
const DEFAULT_FOLDER_BYTES = 2 ** 30

/** @throws ERR_VALUE */
export function checkCacheOptions(options: EmbeddingCacheOptions) {
  const own = checkOptions('EmbeddingCache.open', options, [
    'maxBytes',
    'folder',
    'maxFolderBytes',
    'identity',
    'signal',
  ])
  const { maxBytes = DEFAULT_BYTES, folder, maxFolderBytes = DEFAULT_FOLDER_BYTES, identity = '', signal } = own
  checkInteger('maxBytes', maxBytes, { min: 1 })
  checkInteger('maxFolderBytes', maxFolderBytes, { min: 1 })
  checkString('identity', identity)
  if (folder !== undefined && checkString('folder', folder) === '')
    throw new KindredError('ERR_VALUE', "folder: expected the path of a folder but received ''.")
  return { maxBytes, folder, maxFolderBytes, identity, signal }
}
