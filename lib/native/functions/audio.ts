import type { AbortFlag } from './runtime.js'

/** How a sound becomes band energies; native/include/kindred/audio/spectrogram.h says what each means. */
export interface SpectrogramOptions {
  sampleRate: number
  frame: number
  fft: number
  hop: number
  center: boolean
  periodic: boolean
  removeMean: boolean
  preemphasis: number
  mels: number
  scale: 'htk' | 'slaney' | 'kaldi'
  area: boolean
  trianglesInMels: boolean
  lowest: number
  highest: number
  floor: number
  log: 'natural' | 'base10' | 'decibels'
}

/** Spectrograms and sampling rates of sounds. */
export interface AudioFunctions {
  logMel(samples: Float32Array, options: SpectrogramOptions, out: Float32Array, abort?: AbortFlag): Promise<void>
  logMelFrames(options: SpectrogramOptions, samples: number): number
  resampleSound(samples: Float32Array, from: number, to: number, out: Float32Array, abort?: AbortFlag): Promise<void>
  resampledLength(count: number, from: number, to: number): number
}
