import { checkInteger, checkNumber, checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import type { LoraOptions } from '../../nn/adapters/index.js'

/** Options of `tuneEncoder` of {@link TwoTower}. */
export interface TuneEncoderOptions {
  /** The last layers of the encoder that are trained with the towers; one of its layers at least stays. Default 1. */
  layers?: number
  /** 'lora', or its options: few weights beside those of the layers; 'none': the weights of the layers themselves. Default 'lora'. */
  adapter?: 'lora' | 'none' | LoraOptions
  /** What the learning rate of the towers is multiplied by, at least 0. Default 0.1. */
  learningRateFactor?: number
  /** Texts that are read anew in a step, drawn from its candidates; the others count by their vectors of the epoch's beginning. Default 32. */
  texts?: number
  /** Longest text in tokens, special tokens included; longer ones are cut. Default 128, or what the encoder takes if that is less. */
  maxTokens?: number | null
}

/** Options with every default filled in. */
export interface TuneSettings {
  /** The last layers that are trained. */
  readonly layers: number
  /** What is trained beside their weights, or 'none': they themselves. */
  readonly adapter: 'none' | LoraOptions
  /** Of the learning rate of the towers. */
  readonly learningRateFactor: number
  /** Texts that are read anew in a step. */
  readonly texts: number
  /** Longest text in tokens; null for the default. */
  readonly maxTokens: number | null
}

/** @internal @throws ERR_VALUE naming the option */
export function tuneSettings(options: TuneEncoderOptions): TuneSettings {
  if (options === null || typeof options !== 'object')
    throw new KindredError('ERR_VALUE', `tuneEncoder: expected an object of options but received ${show(options)}.`)
  const names = ['layers', 'adapter', 'learningRateFactor', 'texts', 'maxTokens']
  const { layers, adapter = 'lora', learningRateFactor, texts, maxTokens } = checkOptions('tuneEncoder', options, names)
  const isLora = typeof adapter === 'object' && adapter !== null && adapter.kind === 'lora'
  if (adapter !== 'lora' && adapter !== 'none' && !isLora)
    throw new KindredError(
      'ERR_VALUE',
      `tuneEncoder.adapter: expected 'lora', 'none' or { kind: 'lora', ... } but received ${show(adapter)}.`,
    )
  return {
    layers: checkInteger('tuneEncoder.layers', layers ?? 1, { min: 1 }),
    adapter: adapter === 'lora' ? { kind: 'lora' } : adapter,
    learningRateFactor: checkNumber('tuneEncoder.learningRateFactor', learningRateFactor ?? 0.1, { min: 0 }),
    texts: checkInteger('tuneEncoder.texts', texts ?? 32, { min: 1 }),
    maxTokens:
      maxTokens === undefined || maxTokens === null
        ? null
        : checkInteger('tuneEncoder.maxTokens', maxTokens, { min: 3 }),
  }
}
