import type { ProfiledType } from './column-types.js'

/** The values below which lie 1, 5, 25, 50, 75, 95 and 99 % of a column's, interpolated between them. */
export interface Quantiles {
  /** The quantile at 1 %. */
  p01: number
  /** The quantile at 5 %. */
  p05: number
  /** The quantile at 25 %. */
  p25: number
  /** The median. */
  p50: number
  /** The quantile at 75 %. */
  p75: number
  /** The quantile at 95 %. */
  p95: number
  /** The quantile at 99 %. */
  p99: number
}

/** How many numbers lie where. */
export interface NumberHistogram {
  /** [bins + 1], ascending: bin n holds numbers from edges[n], inclusive, to edges[n + 1], exclusive but for the last. */
  edges: number[]
  /** [bins] */
  counts: number[]
  /** How many lie below the first edge: where few lie far out, the bins span the middle 98 %. */
  below: number
  /** How many lie above the last edge. */
  above: number
}

/** The numbers of a column, those that are finite; of timestamps, milliseconds since 1970 UTC. */
export interface NumberSummary {
  /** The smallest. */
  min: number
  /** The largest. */
  max: number
  /** The mean. */
  mean: number
  /** The standard deviation of a sample: divided by one less than the number of values; 0 of one value. */
  deviation: number
  /** Quantiles of the finite numbers. */
  quantiles: Quantiles
  /** How many are 0. */
  zeros: number
  /** How many are below 0. */
  negatives: number
  /** Values that are infinite, which count in no other figure of these. */
  infinite: number
  /** Whether all are integers. */
  isInteger: boolean
  /** How many lie in each bin. */
  histogram: NumberHistogram
}

/** How long the texts of a column are, in characters, or its lists, in elements. */
export interface LengthSummary {
  /** The shortest, in characters. */
  min: number
  /** The longest. */
  max: number
  /** The mean length. */
  mean: number
  /** The median length. */
  median: number
}

/** A value, and how often it comes. */
export interface FrequentValue {
  /** As text, cut at 200 characters; of timestamps, in ISO 8601. */
  value: string
  /** How many rows have it. */
  count: number
}

/** What is in a column. */
export interface ColumnProfile {
  /** As the table names it. */
  name: string
  /** What all its values are. */
  type: ProfiledType
  /** Rows with a value. */
  present: number
  /** Rows without: null, NaN, blank in CSV. */
  missing: number
  /** Distinct values; of lists, distinct elements. */
  distinct: number
  /** The most frequent values, of lists elements, most frequent first; equally frequent ones in their order. */
  frequent: FrequentValue[]
  /** Of numbers and timestamps with a finite value. */
  numbers?: NumberSummary
  /** Of strings and lists with a value. */
  lengths?: LengthSummary
  /** Of strings: how many begin or end with a space. */
  padded?: number
  /** Of strings: how many are numbers, as where a code for "not known" stands among numbers. */
  numeric?: number
}
