import { show } from '../../native/errors.js'
import type { SpectrogramOptions } from '../../native/functions/index.js'
import { checkKeys, type JsonObject, readFlag, refuse } from '../folder-json.js'
import type { ModelFolder } from '../media/model-folder.js'

/** What is done to a sound before the model reads it. */
export interface SoundPlan {
  spectrogram: SpectrogramOptions
  /** Samples that a sound is filled up or cut to; undefined: its frames are. */
  samples: number | undefined
  /** What it is filled up with: zeros, or itself as often as it fits, then zeros. */
  padding: 'zeros' | 'repeat'
  /** Frames that the model reads; those beyond are cut off, those that lack are zeros. */
  frames: number
  /** Whisper's range: no less than 8 below the largest, then (x + 4) / 4. */
  whisper: boolean
  /** Then (x - mean) / deviation. */
  mean: number
  deviation: number
  /** [mels, frames] instead of [frames, mels]. */
  melsFirst: boolean
  /** What the model reads. */
  shape: number[]
}

/** They change nothing here. */
const WITHOUT_EFFECT = [
  'feature_extractor_type',
  'processor_class',
  'return_attention_mask',
  'padding_side',
  'nb_max_samples',
  'nb_max_frames',
  'n_samples',
  'nb_frequency_bins',
]

const KINDS: Record<string, (path: string, config: JsonObject) => SoundPlan> = {
  WhisperFeatureExtractor: readWhisper,
  ASTFeatureExtractor: readSpectrogramTransformer,
  ClapFeatureExtractor: readClap,
}

/** Extractors by the type of the model in config.json. */
const OF_MODELS: Record<string, string> = {
  whisper: 'WhisperFeatureExtractor',
  'audio-spectrogram-transformer': 'ASTFeatureExtractor',
  clap: 'ClapFeatureExtractor',
}

/**
 * Reads what `preprocessor_config.json` says, as transformers' feature extractors of Whisper, AST and CLAP do.
 * @throws ERR_ENCODER for what cannot be done as it says
 */
export function readSoundPlan({ path, preprocessor, config }: ModelFolder): SoundPlan {
  const name = preprocessor.feature_extractor_type ?? OF_MODELS[String(config.model_type)]
  const read = typeof name === 'string' && Object.hasOwn(KINDS, name) ? KINDS[name] : undefined
  if (read !== undefined) return read(path, preprocessor)
  return refuse(
    path,
    `feature_extractor_type: expected one of ${Object.keys(KINDS).join(', ')} but found ${show(name)}`,
  )
}

function reader(path: string, config: JsonObject) {
  const number = (key: string, absent: number, least: number, whole: boolean) => {
    const value = config[key] ?? absent
    const fits = typeof value === 'number' && Number.isFinite(value) && value >= least && value <= 1 << 26
    if (fits && (!whole || Number.isInteger(value))) return value
    return refuse(
      path,
      `${key}: expected ${whole ? 'an integer' : 'a number'} of at least ${least} but found ${show(value)}`,
    )
  }
  return {
    /** Positive integers by their keys, each with what holds where it is absent. */
    counts: (absent: Record<string, number>) =>
      Object.entries(absent).map(([key, value]) => number(key, value, 1, true)),
    number: (key: string, absent: number, least = -1e9) => number(key, absent, least, false),
  }
}

/** Refuses a key unless it has the only value that can be done. */
function expect(path: string, config: JsonObject, key: string, expected: unknown): void {
  if (config[key] != null && config[key] !== expected)
    refuse(path, `${key}: expected ${show(expected)} but found ${show(config[key])}, which cannot be done here`)
}

function readWhisper(path: string, config: JsonObject): SoundPlan {
  const keys = [
    'feature_size',
    'sampling_rate',
    'hop_length',
    'chunk_length',
    'n_fft',
    'padding_value',
    'dither',
    'do_normalize',
  ]
  checkKeys(path, config, [...keys, ...WITHOUT_EFFECT, 'mel_filters'])
  for (const key of ['padding_value', 'dither']) expect(path, config, key, 0)
  if (readFlag(path, config, 'do_normalize', false))
    refuse(path, 'do_normalize: expected false, since it cannot be done here')
  const { counts } = reader(path, config)
  const keysOfCounts = { sampling_rate: 16000, n_fft: 400, hop_length: 160, feature_size: 80, chunk_length: 30 }
  const [sampleRate, fft, hop, mels, seconds] = counts(keysOfCounts) as [number, number, number, number, number]
  const samples = seconds * sampleRate
  const frames = Math.floor(samples / hop)
  const spectrogram = spectrogramOf({ sampleRate, frame: fft, fft, hop, mels, log: 'base10' })
  const plan = { spectrogram, samples, padding: 'zeros', frames, whisper: true, mean: 0, deviation: 1 } as const
  return { ...plan, melsFirst: true, shape: [mels, frames] }
}

function spectrogramOf(
  options: Pick<SpectrogramOptions, 'sampleRate' | 'frame' | 'fft' | 'hop' | 'mels' | 'log'> &
    Partial<SpectrogramOptions>,
): SpectrogramOptions {
  return {
    center: true,
    periodic: true,
    removeMean: false,
    preemphasis: 0,
    scale: 'slaney',
    area: true,
    trianglesInMels: false,
    lowest: 0,
    highest: 8000,
    floor: 1e-10,
    ...options,
  }
}

function readSpectrogramTransformer(path: string, config: JsonObject): SoundPlan {
  const keys = [
    'feature_size',
    'sampling_rate',
    'num_mel_bins',
    'max_length',
    'padding_value',
    'do_normalize',
    'mean',
    'std',
  ]
  checkKeys(path, config, [...keys, ...WITHOUT_EFFECT, 'mel_filters', 'window'])
  expect(path, config, 'feature_size', 1)
  expect(path, config, 'padding_value', 0)
  const { counts, number } = reader(path, config)
  const keysOfCounts = { sampling_rate: 16000, num_mel_bins: 128, max_length: 1024 }
  const [sampleRate, mels, frames] = counts(keysOfCounts) as [number, number, number]
  const spectrogram = spectrogramOf({
    sampleRate,
    frame: 400,
    fft: 512,
    hop: 160,
    mels,
    log: 'natural',
    center: false,
    periodic: false,
    removeMean: true,
    preemphasis: 0.97,
    scale: 'kaldi',
    area: false,
    trianglesInMels: true,
    lowest: 20,
    highest: Math.floor(sampleRate / 2),
    floor: 1.192092955078125e-7,
  })
  const normalize = readFlag(path, config, 'do_normalize', true)
  const mean = normalize ? number('mean', -4.2677393) : 0
  const deviation = normalize ? 2 * number('std', 4.5689974, 1e-9) : 1
  const plan = { spectrogram, samples: undefined, padding: 'zeros', frames, whisper: false, mean, deviation } as const
  return { ...plan, melsFirst: false, shape: [frames, mels] }
}

function readClap(path: string, config: JsonObject): SoundPlan {
  const keys = ['feature_size', 'sampling_rate', 'hop_length', 'max_length_s', 'fft_window_size', 'padding_value']
  const more = ['frequency_min', 'frequency_max', 'top_db', 'truncation', 'padding', 'chunk_length_s', 'n_fft']
  checkKeys(path, config, [...keys, ...more, ...WITHOUT_EFFECT])
  expect(path, config, 'padding_value', 0)
  if ((config.truncation ?? 'fusion') !== 'rand_trunc')
    refuse(
      path,
      `truncation: expected "rand_trunc" but found ${show(config.truncation ?? 'fusion')}, which cannot be done here`,
    )
  const padding = config.padding ?? 'repeatpad'
  if (padding !== 'repeatpad' && padding !== 'pad')
    refuse(path, `padding: expected "repeatpad" or "pad" but found ${show(padding)}, which cannot be done here`)
  const { counts, number } = reader(path, config)
  const keysOfCounts = {
    sampling_rate: 48000,
    hop_length: 480,
    fft_window_size: 1024,
    feature_size: 64,
    max_length_s: 10,
  }
  const [sampleRate, hop, fft, mels, seconds] = counts(keysOfCounts) as [number, number, number, number, number]
  const samples = seconds * sampleRate
  const [lowest, highest] = [number('frequency_min', 0, 0), number('frequency_max', 14000, 1)]
  const spectrogram = spectrogramOf({ sampleRate, frame: fft, fft, hop, mels, log: 'decibels', lowest, highest })
  const frames = 1 + Math.floor((samples + 2 * Math.floor(fft / 2) - fft) / hop)
  const plan = { spectrogram, samples, frames, whisper: false, mean: 0, deviation: 1, melsFirst: false } as const
  return { ...plan, padding: padding === 'pad' ? 'zeros' : 'repeat', shape: [1, frames, mels] }
}
