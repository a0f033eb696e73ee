import type { Embedder, EmbedOptions } from '../../encode/embedder.js'
import type { Bucket } from '../categories/encoding.js'
import type { HashingEncoderOptions } from '../categories/hashing-encoder.js'
import type { TargetEncoderOptions } from '../categories/target-encoder.js'
import type { VocabularyOptions } from '../categories/vocabulary.js'
import type { CyclicPart } from '../fields/cyclic-parts.js'
import type { LatLon } from '../fields/place.js'
import type { FillRule } from '../scale/fill-value.js'
import type { LogTransformerOptions } from '../scale/log-transformer.js'
import type { MinMaxScalerOptions } from '../scale/min-max-scaler.js'
import type { OutlierLimits, OutlierMethod } from '../scale/outlier-bounds.js'
import type { QuantileTransformerOptions } from '../scale/quantile-transformer.js'
import type { RobustScalerOptions } from '../scale/robust-scaler.js'
import type { StandardScalerOptions } from '../scale/standard-scaler.js'

/** What all features of one column have. */
export interface OfColumn {
  /** The column it is made of; default: the feature's own name. So one column can make several features. */
  column?: string
}

/** What all features of numbers have. Columns of numbers, booleans (1 and 0) and timestamps (milliseconds) make them. */
export interface OfNumbers extends OfColumn {
  /**
   * What is put where a number is missing, before it is scaled: a statistic of the fitted rows, or a number; default 'mean'. 'keep'
   * leaves NaN, which features for models must not have.
   */
  missing?: FillRule | 'keep'
  /** A further number: 1 where it was missing, else 0. Default false. */
  flag?: boolean
  /** Which numbers are outliers and what becomes of them, before anything else; default: none are. */
  outliers?: OutlierMethod | OutlierLimits
}

/** A number as it is, or 0 and 1 of a boolean. */
export interface NumberFeature extends OfNumbers {
  /** What is made of the column. */
  kind: 'number'
}

/** A number scaled to mean 0 and variance 1. */
export interface StandardFeature extends OfNumbers, StandardScalerOptions {
  /** What is made of the column. */
  kind: 'standard'
}

/** A number scaled to a range. */
export interface MinMaxFeature extends OfNumbers, MinMaxScalerOptions {
  /** What is made of the column. */
  kind: 'min-max'
}

/** A number less its median, divided by the range between two quantiles. */
export interface RobustFeature extends OfNumbers, RobustScalerOptions {
  /** What is made of the column. */
  kind: 'robust'
}

/** The logarithm of a number; a number without one counts as an outlier and is missing. */
export interface LogFeature extends OfNumbers, LogTransformerOptions {
  /** What is made of the column. */
  kind: 'log'
}

/** A number by its rank. */
export interface QuantileFeature extends OfNumbers, QuantileTransformerOptions {
  /** What is made of the column. */
  kind: 'quantile'
}

/** A number for each category. */
export interface OneHotFeature extends OfColumn, VocabularyOptions {
  /** What is made of the column. */
  kind: 'one-hot'
  /** A category that was not there at `fit`: 'bucket' (default) a number of its own, 'ignore' zeros. */
  unseen?: Bucket
  /** What is missing: 'ignore' (default) zeros, 'bucket' a number of its own. */
  missing?: Bucket
}

/** The index of a category; unseen ones get the next index after the last, missing ones the one after that. */
export interface OrdinalFeature extends OfColumn, VocabularyOptions {
  /** What is made of the column. */
  kind: 'ordinal'
}

/** The hash of a category, `buckets` (default 32) numbers; the default prefix is the column's name and '='. */
export interface HashFeature extends OfColumn, HashingEncoderOptions {
  /** What is made of the column. */
  kind: 'hash'
}

/** What the target is on average for a category, fitted out of fold by {@link FeaturePipeline.fitTransform}. */
export interface TargetFeature extends OfColumn, TargetEncoderOptions {
  /** What is made of the column. */
  kind: 'target'
}

/** A number for each label of a column of lists. */
export interface MultiLabelFeature extends OfColumn, VocabularyOptions {
  /** What is made of the column. */
  kind: 'multi-label'
  /** A label that was not there at `fit`: 'bucket' (default) a number of its own, 'ignore' nothing. */
  unseen?: Bucket
}

/** Sine and cosine of parts of a time that come round again; zeros where it is missing. */
export interface CyclicFeature extends OfColumn {
  /** What is made of the column. */
  kind: 'cyclic'
  /** Default ['hour', 'weekday']. */
  parts?: readonly CyclicPart[]
  /** Whose clocks are read, a name of the IANA data base; default 'UTC'. */
  timeZone?: string
}

/** The columns of a place. */
export interface OfPlace {
  /** Column of degrees north; default 'latitude'. */
  latitude?: string
  /** Column of degrees east; default 'longitude'. */
  longitude?: string
}

/** A place on the unit sphere (x, y, z), and kilometres to given points; zeros where it is missing. */
export interface PlaceFeature extends OfPlace {
  /** What is made of the column. */
  kind: 'place'
  /** Places by name, such as the centre of a town: log(1 + km) to each is one number. Default none. */
  points?: Readonly<Record<string, LatLon>>
}

/** The geohash cell of a place as a category. */
export interface GeohashFeature extends OfPlace, VocabularyOptions {
  /** What is made of the column. */
  kind: 'geohash'
  /** Characters of the cell's name; default 5, about 5 km. */
  precision?: number
  /** A number for each cell ('one-hot', default), or the hash of its name. */
  encode?: 'one-hot' | 'hash'
  /** With 'hash': how many numbers; default 32. */
  buckets?: number
}

/** A vector as it is, or divided by its norm; zeros where it is missing. */
export interface VectorFeature extends OfColumn {
  /** What is made of the column. */
  kind: 'vector'
  /** Divide each by its Euclidean norm; default false. */
  normalize?: boolean
}

/** The vector of a text; zeros where it is missing. */
export interface TextFeature extends OfColumn, Omit<EmbedOptions, 'signal' | 'onProgress'> {
  /** What is made of the column. */
  kind: 'text'
  /** What makes vectors of texts. A saved pipeline does not hold it: `FeaturePipeline.load` is given it again. */
  embedder: Embedder
}

/** One feature of a {@link FeaturePipeline}. */
export type FeatureDeclaration =
  | NumberFeature
  | StandardFeature
  | MinMaxFeature
  | RobustFeature
  | LogFeature
  | QuantileFeature
  | OneHotFeature
  | OrdinalFeature
  | HashFeature
  | TargetFeature
  | MultiLabelFeature
  | CyclicFeature
  | PlaceFeature
  | GeohashFeature
  | VectorFeature
  | TextFeature

/** The kinds of features. */
export type FeatureKind = FeatureDeclaration['kind']

/** Features by name, in the order of their numbers: each a kind, with its defaults, or a kind with options. */
export type FeatureDeclarations = Readonly<Record<string, Exclude<FeatureKind, 'text'> | FeatureDeclaration>>
