import type { Catalogue } from '../../data/catalogue.js'
import { checkOptions } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { embedMediaItems } from './embed-media.js'
import { type EmbeddedMediaItems, MEDIA_EMBED_OPTIONS, type MediaEmbedOptions } from './media-embeddings.js'
import type { MediaEngine } from './media-engine.js'

/** What encoders of pictures and sounds share. */
export abstract class MediaEmbedder implements Disposable, AsyncDisposable {
  readonly #engine: MediaEngine

  /** @internal */
  protected constructor(engine: MediaEngine) {
    this.#engine = engine
  }

  /** Length of a vector. */
  get dims(): number {
    return this.#engine.dims
  }

  /** @internal */
  protected get engine(): MediaEngine {
    return this.#engine
  }

  /**
   * One vector per item of a catalogue whose texts are the paths of files (`text: 'images/{id}.jpg'`). Items whose file is
   * missing or fails are left out, and told in `report`.
   * @throws like `embed`
   */
  async embedItems(catalogue: Catalogue, options: MediaEmbedOptions = {}): Promise<EmbeddedMediaItems> {
    options = checkOptions('embedItems', options, MEDIA_EMBED_OPTIONS)
    return embedMediaItems(this.#engine, catalogue, options)
  }

  /** Ends the encoder's process, if it has one; calls under way fail with ERR_DISPOSED, and so do later ones. Idempotent. */
  dispose(): void {
    this.#engine.dispose()
  }

  /** As {@link dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose()
  }

  /** The same, and waits until the process is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose()
    await this.#engine.gone()
  }
}

guardReceivers(MediaEmbedder)
