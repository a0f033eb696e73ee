import { resolve } from 'node:path'
import { isFloat32Array } from 'node:util/types'
import { checkInteger, checkOneOf, checkOptions, checkString } from '../../native/argument-checks.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { checkSource } from '../media/check-media.js'
import { embedMedia } from '../media/embed-media.js'
import { MediaEmbedder } from '../media/media-embedder.js'
import {
  MEDIA_EMBED_OPTIONS,
  type MediaEmbeddings,
  type MediaEmbedOptions,
  type MediaSource,
} from '../media/media-embeddings.js'
import { ModelEngine } from '../media/model-engine.js'
import type { StatePooling } from '../media/state-pooling.js'
import { EncoderHost } from '../onnx/encoder-host.js'
import type { MediaInput } from '../onnx/ipc-protocol.js'
import { checkEncoderOptions, checkRuntime, type LoadEncoderOptions } from '../transformer/load-options.js'
import { readAudioModel } from './audio-config.js'
import { HIGHEST_RATE, LOWEST_RATE, type Sound, toWav } from './wav.js'

/** How {@link AudioEmbedder.load} loads an encoder of sounds. */
export interface LoadAudioOptions extends LoadEncoderOptions {
  /**
   * Which output of the model is the vector, by its name; default: the first there is of `audio_embeds`, `embeddings`,
   * `pooler_output`, `last_hidden_state`, `features`, else the only one.
   */
  output?: string
  /** How an output of states [frames, dims] becomes one vector: the mean of all (default) or the first state. */
  pooling?: StatePooling
}

const disposed = () => new KindredError('ERR_DISPOSED', 'This AudioEmbedder has been disposed of.')

/**
 * Sounds in, vectors out: an audio model in ONNX (the encoder of Whisper, AST, the audio side of CLAP) in a process of its
 * own, on log-mel spectrograms that are computed natively.
 */
export class AudioEmbedder extends MediaEmbedder {
  /** The folder that it was loaded from, absolute. */
  readonly folder: string
  /** Samples per second that the model reads; sounds at other rates are resampled. */
  readonly sampleRate: number

  private constructor(folder: string, sampleRate: number, engine: ModelEngine) {
    super(engine)
    this.folder = folder
    this.sampleRate = sampleRate
  }

  /**
   * Loads an audio model from a folder with `preprocessor_config.json` (or `processor_config.json`) and, there or in `onnx/`,
   * `audio_model.onnx`, `encoder_model.onnx` or `model.onnx` (for other dtypes with their suffix). Sounds are filled up and become log-mel
   * spectrograms as transformers' feature extractors of Whisper, AST (without torchaudio) and CLAP (`rand_trunc`) do; what
   * that file asks for beyond this is refused.
   * @throws ERR_ENCODER if the folder is no such encoder, cannot be run as it says, or onnxruntime-node is not installed;
   *   ERR_ENCODER_DIED, ERR_RESOURCES, ERR_VALUE, ERR_ABORTED
   */
  static async load(folder: string, options: LoadAudioOptions = {}): Promise<AudioEmbedder> {
    options = checkEncoderOptions('AudioEmbedder.load', options, ['output', 'pooling'])
    const { dtype = 'fp32', threads, startTimeout = 60_000, output, pooling = 'mean', signal } = options
    if (output !== undefined) checkString('output', output)
    checkOneOf('pooling', pooling, ['cls', 'mean'])
    if (typeof folder !== 'string' || folder === '')
      throw new KindredError(
        'ERR_VALUE',
        `AudioEmbedder.load: expected the path of an encoder's folder but received ${show(folder)}.`,
      )
    throwIfAborted(signal)
    const path = resolve(folder)
    const config = await readAudioModel(path, dtype, output, pooling)
    checkRuntime()
    throwIfAborted(signal)
    const program = { script: ['audio', 'audio-child.js'], config, threads, startTimeout }
    const { host, ready } = await EncoderHost.start(program, disposed, signal)
    const embedder = new AudioEmbedder(path, config.plan.spectrogram.sampleRate, new ModelEngine(host, ready.dims))
    host.belongTo(embedder)
    return embedder
  }

  /**
   * One vector per sound, in the order given. A sound that fails is told in `failed`, its row is NaN, and the others go on.
   * One longer than the model reads is cut at its end and flagged in `truncated`. WAV files (PCM of 8 to 32 bits, floats) are
   * read here, their channels averaged; other files go through the program `ffmpeg`, which must be installed.
   * @param sounds paths, `file:` URLs, the bytes of WAV files, or samples
   * @throws ERR_VALUE for an input that is none of these, ERR_ENCODER if the model fails, ERR_ENCODER_DIED, ERR_RESOURCES,
   *   ERR_DISPOSED, ERR_ABORTED
   */
  async embed(sounds: readonly (MediaSource | Sound)[], options: MediaEmbedOptions = {}): Promise<MediaEmbeddings> {
    options = checkOptions('embed', options, MEDIA_EMBED_OPTIONS)
    if (!Array.isArray(sounds))
      throw new KindredError(
        'ERR_VALUE',
        `sounds: expected an array of paths, bytes or samples but received ${show(sounds)}.`,
      )
    return embedMedia(
      this.engine,
      Array.from(sounds, (sound, i) => toInput(`sounds[${i}]`, sound)),
      options,
    )
  }
}

guardReceivers(AudioEmbedder)

/** Samples travel to the encoder's process as a WAV file. */
function toInput(name: string, sound: unknown): MediaInput {
  const { samples, sampleRate } = (sound ?? {}) as Partial<Sound>
  if (samples === undefined || typeof sound === 'string') return checkSource(name, sound)
  if (!isFloat32Array(samples))
    throw new KindredError('ERR_VALUE', `${name}.samples: expected a Float32Array but received ${show(samples)}.`)
  checkInteger(`${name}.sampleRate`, sampleRate, { min: LOWEST_RATE, max: HIGHEST_RATE })
  return toWav({ samples, sampleRate: sampleRate! })
}
