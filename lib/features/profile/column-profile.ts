import type { ProfiledType } from './column-types.js'

/** The values below which lie 1, 5, 25, 50, 75, 95 and 99 % of a column's, interpolated between them. */
export interface Quantiles {
  p01: number
  p05: number
  p25: number
  /** The median. */
  p50: number
  p75: number
  p95: number
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
  min: number
  max: number
  mean: number
  /** The standard deviation of a sample: divided by one less than the number of values; 0 of one value. */
  deviation: number
  quantiles: Quantiles
  zeros: number
  negatives: number
  /** Values that are infinite, which count in no other figure of these. */
  infinite: number
  /** Whether all are integers. */
  isInteger: boolean
  histogram: NumberHistogram
}

/** How long the texts of a column are, in characters, or its lists, in elements. */
export interface LengthSummary {
  min: number
  max: number
  mean: number
  median: number
}

/** A value, and how often it comes. */
export interface FrequentValue {
  /** As text, cut at 200 characters; of timestamps, in ISO 8601. */
  value: string
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
