import type { Matrix } from '../../data/matrix.js'
import { checkBoolean, checkInteger, checkOptions, checkString } from '../../native/argument-checks.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { readTransformer, type TransformerJson } from '../scale/matrix-transformer.js'
import { type CategoryValues, codesOf } from './category.js'
import { CategoryEncoder, type CodedLists } from './category-encoder.js'
import { type CategoryEncoding, HashEncoding } from './encoding.js'

/** What a {@link HashingEncoder} does. */
export interface HashingEncoderOptions {
  /** How many numbers it makes; default 1024. */
  buckets?: number
  /** Half of the categories count -1, so that those that share a bucket cancel rather than add up; default true. */
  signed?: boolean
  /** Put before each category: `'brand='` keeps apart what two columns share. Default ''. */
  prefix?: string
  /** Of the hash; default 0. */
  seed?: number
}

export const HASHING_OPTIONS = ['buckets', 'signed', 'prefix', 'seed'] as const

/** @throws ERR_VALUE */
export function checkHashing(
  options: HashingEncoderOptions,
  buckets = 1024,
  prefix = '',
): Required<HashingEncoderOptions> {
  return {
    buckets: checkInteger('buckets', options.buckets ?? buckets, { min: 1, max: 2 ** 24 }),
    signed: checkBoolean('signed', options.signed ?? true),
    prefix: checkString('prefix', options.prefix ?? prefix),
    seed: checkInteger('seed', options.seed ?? 0, { min: 0, max: 2 ** 32 - 1 }),
  }
}

/**
 * Numbers by the hash of a category (Weinberger et al. 2009): for more categories than there is room for, and for those of
 * tomorrow. MurmurHash3 of the UTF-8 text, as scikit-learn's FeatureHasher takes it. There is nothing to learn: `transform`
 * works without `fit`.
 */
export class HashingEncoder extends CategoryEncoder {
  protected readonly type = 'HashingEncoder'
  readonly #options: Required<HashingEncoderOptions>
  readonly #encoding: HashEncoding

  /** @throws ERR_VALUE */
  constructor(options: HashingEncoderOptions = {}) {
    super()
    options = checkOptions('HashingEncoder', options, HASHING_OPTIONS)
    this.#options = checkHashing(options)
    const { buckets, signed, prefix, seed } = this.#options
    this.#encoding = new HashEncoding(buckets, signed, prefix, seed)
  }

  protected read(where: string, values: CategoryValues): CodedLists {
    return codesOf(where, values)
  }

  protected get encoding(): CategoryEncoding {
    return this.#encoding
  }

  /** Does nothing but begin the counts of `report` anew. @throws ERR_VALUE for values that are no categories */
  fit(values: CategoryValues): this {
    codesOf('HashingEncoder.fit', values)
    this.restart()
    return this
  }

  /** {@link fit}, then {@link transform}. @throws as those */
  fitTransform(values: CategoryValues): Matrix {
    return this.fit(values).transform(values)
  }

  protected settings(): Record<string, unknown> {
    return { ...this.#options }
  }

  protected state(): Record<string, unknown> | null {
    return {}
  }

  /** The encoder that `toJSON` wrote. @throws ERR_VALUE for anything else */
  static fromJSON(json: TransformerJson): HashingEncoder {
    return new HashingEncoder(readTransformer('HashingEncoder', json).options)
  }
}

guardReceivers(HashingEncoder)
