/**
 * Tables and vectors made ready for models: scaled, encoded, selected, reduced, fused. From `'kindred'` or
 * `'kindred/features'`.
 * @module features
 */

export { Adwin, type AdwinOptions, type AdwinUpdate } from './drift/adwin.js'
export type { DriftVerdict } from './drift/drift-verdict.js'
export type { StabilityOptions } from './drift/histogram-checks.js'
export { jensenShannon } from './drift/jensen-shannon.js'
export { type KolmogorovSmirnovTest, kolmogorovSmirnov } from './drift/kolmogorov-smirnov.js'
export { populationStabilityIndex } from './drift/population-stability-index.js'
export type { Correlations } from './profile/associations.js'
export type {
  ColumnProfile,
  FrequentValue,
  LengthSummary,
  NumberHistogram,
  NumberSummary,
  Quantiles,
} from './profile/column-profile.js'
export type { ProfiledType } from './profile/column-types.js'
export type { Finding, FindingKind } from './profile/findings.js'
export type { TableProfileJson } from './profile/profile-json.js'
export { type ProfileTableOptions, profileTable } from './profile/profile-table.js'
export type { ColumnDrift, DriftBin, TableDrift, TypeChange } from './profile/table-drift.js'
export { TableProfile } from './profile/table-profile.js'
