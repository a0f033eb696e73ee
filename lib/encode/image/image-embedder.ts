import { resolve } from 'node:path'
import { checkInteger, checkOneOf, checkOptions, checkString } from '../../native/argument-checks.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { checkSources } from '../media/check-media.js'
import { embedMedia } from '../media/embed-media.js'
import { MediaEmbedder } from '../media/media-embedder.js'
import {
  MEDIA_EMBED_OPTIONS,
  type MediaEmbeddings,
  type MediaEmbedOptions,
  type MediaSource,
} from '../media/media-embeddings.js'
import type { MediaEngine } from '../media/media-engine.js'
import { ModelEngine } from '../media/model-engine.js'
import type { StatePooling } from '../media/state-pooling.js'
import { EncoderHost } from '../onnx/encoder-host.js'
import { checkEncoderOptions, checkRuntime, type LoadEncoderOptions } from '../transformer/load-options.js'
import { DescriptorEngine } from './descriptor-engine.js'
import { embedFrames, VIDEO_OPTIONS, type VideoEmbedding, type VideoOptions } from './embed-frames.js'
import { readImageModel } from './image-config.js'
import { checkSharp } from './load-sharp.js'

/** How {@link ImageEmbedder.load} loads an encoder of pictures. */
export interface LoadImageOptions extends LoadEncoderOptions {
  /**
   * Which output of the model is the vector, by its name; default: the first there is of `image_embeds`, `embeddings`,
   * `pooler_output`, `last_hidden_state`, `features`, else the only one. Feature maps [channels, height, width] give the mean
   * over their places.
   */
  output?: string
  /** How an output of states [tokens, dims] becomes one vector: the first state (default) or the mean of all. */
  pooling?: StatePooling
  /** Most pixels of a picture, by its header; default 100,000,000. A larger one is an error of that picture. */
  maxPixels?: number
}

const MAX_PIXELS = 100_000_000

const disposed = () => new KindredError('ERR_DISPOSED', 'This ImageEmbedder has been disposed of.')

/**
 * Pictures in, vectors out: a vision model in ONNX (ResNet, VGG, ViT, the image side of CLIP) in a process of its own, or,
 * without a folder, descriptors of colour, texture and shape that need no model. Decoding needs the optional dependency
 * `sharp`.
 */
export class ImageEmbedder extends MediaEmbedder {
  /** The folder that it was loaded from, absolute; undefined for the descriptors that need none. */
  readonly folder: string | undefined

  private constructor(folder: string | undefined, engine: MediaEngine) {
    super(engine)
    this.folder = folder
  }

  /**
   * Loads a vision model from a folder with `preprocessor_config.json` (or `processor_config.json`) and, there or in `onnx/`,
   * `vision_model.onnx` or `model.onnx` (for other dtypes `model_quantized.onnx`, `model_fp16.onnx` and so on). Pictures are
   * resized, cut and scaled as transformers' processors of ViT, DeiT, CLIP, SigLIP, BiT and ConvNeXT do, with Pillow's
   * resampling bit for bit; what that file asks for beyond this is refused.
   *
   * Without a folder, model-free descriptors of what stands before the background, four blocks of norm 1/2: joint CIELAB
   * histograms over a spatial pyramid of two levels (500 numbers), uniform local binary patterns at two scales (118),
   * histograms of oriented gradients over 8 x 8 cells (576) and the silhouette (64). They take no other options than
   * `maxPixels` and `signal`.
   * @throws ERR_ENCODER if the folder is no such encoder, cannot be run as it says, or sharp or onnxruntime-node is not
   *   installed; ERR_ENCODER_DIED, ERR_RESOURCES, ERR_VALUE, ERR_ABORTED
   */
  static async load(folder?: string, options: LoadImageOptions = {}): Promise<ImageEmbedder> {
    options = checkEncoderOptions('ImageEmbedder.load', options, ['output', 'pooling', 'maxPixels'])
    const { dtype = 'fp32', threads, startTimeout = 60_000, output, pooling = 'cls', signal } = options
    const maxPixels = checkInteger('maxPixels', options.maxPixels ?? MAX_PIXELS, { min: 1 })
    if (output !== undefined) checkString('output', output)
    checkOneOf('pooling', pooling, ['cls', 'mean'])
    if (folder !== undefined && (typeof folder !== 'string' || folder === ''))
      throw new KindredError(
        'ERR_VALUE',
        `ImageEmbedder.load: expected the path of an encoder's folder but received ${show(folder)}.`,
      )
    throwIfAborted(signal)
    if (folder === undefined) {
      refuseOfDescriptors(options)
      checkSharp()
      return new ImageEmbedder(undefined, new DescriptorEngine(maxPixels))
    }
    const path = resolve(folder)
    const config = await readImageModel(path, dtype, output, pooling, maxPixels)
    checkSharp()
    checkRuntime()
    throwIfAborted(signal)
    const program = { script: ['image', 'image-child.js'], config, threads, startTimeout }
    const { host, ready } = await EncoderHost.start(program, disposed, signal)
    const embedder = new ImageEmbedder(path, new ModelEngine(host, ready.dims))
    host.belongTo(embedder)
    return embedder
  }

  /**
   * One vector per picture, in the order given. A picture that fails is told in `failed`, its row is NaN, and the others go
   * on. Pictures are turned as their EXIF orientation says; of an animation the first frame counts; models see colours as
   * stored, without alpha, the descriptors see them by their profile, on white. Bytes must not change before the end of the
   * call. Few pictures are decoded at a time.
   * @param pictures paths, `file:` URLs or the bytes of files (JPEG, PNG, WebP, GIF, TIFF, AVIF)
   * @throws ERR_VALUE for an input that is none of these, ERR_ENCODER if the model fails, ERR_ENCODER_DIED, ERR_RESOURCES,
   *   ERR_DISPOSED, ERR_ABORTED
   */
  async embed(pictures: readonly MediaSource[], options: MediaEmbedOptions = {}): Promise<MediaEmbeddings> {
    options = checkOptions('embed', options, MEDIA_EMBED_OPTIONS)
    return embedMedia(this.engine, checkSources('pictures', pictures), options)
  }

  /**
   * One vector of a film: of frames that lie as pictures in a folder, in the natural order of their names, or of a file,
   * through the programs `ffmpeg` and `ffprobe`, which must be installed. Frames that fail are left out, and told.
   * @param video path of a folder or a file
   * @throws ERR_VALUE, ERR_NOT_SUPPORTED if ffmpeg is not installed, ERR_DATA if there is no frame or none that can be used, or
   *   the file is no film, ERR_SHAPE for attention over other vectors, ERR_IO; and as {@link embed}
   */
  async embedVideo(video: string | URL, options: VideoOptions = {}): Promise<VideoEmbedding> {
    options = checkOptions('embedVideo', options, VIDEO_OPTIONS)
    return embedFrames(this.engine, video, options)
  }
}

guardReceivers(ImageEmbedder)

function refuseOfDescriptors(options: LoadImageOptions): void {
  for (const name of ['dtype', 'threads', 'startTimeout', 'output', 'pooling'] as const)
    if (options[name] !== undefined)
      throw new KindredError(
        'ERR_VALUE',
        `${name}: of folders with a model; the descriptors that need none are computed in this process, whose threads setThreads or KINDRED_THREADS sets.`,
      )
}
