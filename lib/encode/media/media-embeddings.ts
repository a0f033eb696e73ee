import type { Features } from '../../data/features.js'
import type { Id } from '../../data/id-map.js'
import type { Matrix } from '../../data/matrix.js'
import type { AbortOptions, Progress } from '../../native/call-options.js'
import type { KindredError } from '../../native/errors.js'

/** A picture, a sound or a film: the path of its file (or its `file:` URL), or the bytes of one. */
export type MediaSource = string | URL | Uint8Array

/** How pictures and sounds become vectors. */
export interface MediaEmbedOptions extends AbortOptions {
  /** Divide each vector by its Euclidean norm; default true. */
  normalize?: boolean
  /** Called as inputs are finished, those that failed included. */
  onProgress?: (progress: Progress) => void
}

export const MEDIA_EMBED_OPTIONS = ['normalize', 'signal', 'onProgress']

/** An input that has no vector. */
export interface FailedInput {
  /** Its place among the inputs. */
  index: number
  /**
   * Why: ERR_IO for a file that cannot be read, ERR_DATA for contents that are damaged or of another kind, ERR_TOO_LARGE,
   * ERR_SHAPE for channels that the encoder does not take, ERR_ENCODER for numbers that are not finite.
   */
  error: KindredError
}

/** One vector for each input. */
export interface MediaEmbeddings {
  /** [inputs, dims], in the caller's order; NaN in the rows of inputs that failed. */
  vectors: Matrix
  /** [inputs], whether a sound was longer than the model reads and was cut; never of pictures. */
  truncated: boolean[]
  /** The inputs that failed, in their order; empty where each has a vector. */
  failed: FailedInput[]
}

/** An item that has no vector. */
export interface FailedItem {
  /** Id of the item. */
  id: Id
  /** As {@link FailedInput.error}. */
  error: KindredError
}

/** What became of a catalogue's pictures or sounds. */
export interface MediaReport {
  /** Items of the catalogue. */
  items: number
  /** Items that have a vector. */
  embedded: number
  /** Items that name no file: theirs is empty. */
  missing: number
  /** Items whose sound was cut, as `truncated` of {@link MediaEmbeddings}. */
  truncated: number
  /** Items whose file failed; they are left out, as those without a file are. */
  failed: FailedItem[]
}

/** One vector per item that has one, with a report on the others. */
export type EmbeddedMediaItems = Features & {
  /** What became of the items. */
  readonly report: Readonly<MediaReport>
}
