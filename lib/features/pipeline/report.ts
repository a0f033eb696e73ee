import { type FeatureCounts, noCounts } from './feature.js'

/** What a {@link FeaturePipeline} has met in rows that it transformed. */
export interface PipelineReport {
  /** Rows. */
  rows: number
  /** What each feature has met, by name. */
  features: Record<string, FeatureCounts>
}

export function emptyReport(names: Iterable<string>): PipelineReport {
  return { rows: 0, features: Object.fromEntries(Array.from(names, (name) => [name, noCounts()])) }
}

/** Adds what `part` has met, `times` times. */
export function addReport(to: PipelineReport, part: PipelineReport, times = 1): void {
  to.rows += times * part.rows
  for (const [name, counts] of Object.entries(part.features)) {
    const sum = to.features[name]!
    for (const key of Object.keys(counts) as (keyof FeatureCounts)[]) sum[key] += times * counts[key]
  }
}

export function copyReport({ rows, features }: PipelineReport): PipelineReport {
  return { rows, features: Object.fromEntries(Object.entries(features).map(([name, counts]) => [name, { ...counts }])) }
}
