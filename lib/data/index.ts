/**
 * Logs of interactions, catalogues, features, matrices: reading, cleaning, splitting, saving. From `'kindred'` or
 * `'kindred/data'`.
 * @module data
 */

export {
  Catalogue,
  type CatalogueFromOptions,
  type CatalogueOptions,
  type CatalogueReport,
  type ReadCatalogueOptions,
} from './catalogue.js'
export { DeviceMatrix } from './device-matrix.js'
export { Features } from './features.js'
export { type Id, IdMap } from './id-map.js'
export type { Interaction } from './log/interaction.js'
export type { InteractionInput } from './log/interaction-collector.js'
export type {
  CleaningOptions,
  DuplicatePolicy,
  ReadInteractionsOptions,
  ReadUserItemsOptions,
} from './log/interaction-options.js'
export { Interactions, type ThreeParts, type TwoParts } from './log/interactions.js'
export type { InteractionsReport, WeightTransform } from './log/interactions-report.js'
export type { FoldOptions } from './log/split/fold-rows.js'
export type {
  LeaveKOutSplit,
  LeaveLastOutSplit,
  RandomSplit,
  SplitOptions,
  TimePerUserSplit,
  TimeSplit,
  ValidationShare,
  WholeSplit,
} from './log/split/split-options.js'
export type { TransformOptions } from './log/transform-weights.js'
export type { WeightSpread } from './log/weight-spread.js'
export { Matrix } from './matrix.js'
export type { DecimalMark } from './number-text.js'
export { type GivenNegatives, type ReadNegativesOptions, readNegatives } from './read-negatives.js'
export { SparseMatrix, type SparseRow } from './sparse-matrix.js'
export { type AggregateAsOfOptions, type AsOfAggregate, aggregateAsOf } from './table/as-of/aggregate-as-of.js'
export type { AsOfOptions } from './table/as-of/as-of-options.js'
export { type JoinAsOfOptions, type JoinAsOfReport, type JoinedAsOf, joinAsOf } from './table/as-of/join-as-of.js'
export type { BatchedFileOptions } from './table/batches/batch-options.js'
export type { TableFileProgress } from './table/batches/table-batches.js'
export type { CleaningRules, DuplicateRule, MissingRule, OutlierRule } from './table/clean/clean-options.js'
export {
  CleaningReport,
  type DroppedRows,
  type MissingCounts,
  type OutlierCounts,
} from './table/clean/cleaning-report.js'
export type { FittedFill } from './table/clean/fill-missing.js'
export type { FittedOutliers } from './table/clean/outliers.js'
export { type CleanedTable, cleanTable, type FittedCleaning, TableCleaner } from './table/clean/table-cleaner.js'
export type {
  BooleanColumn,
  Cell,
  Column,
  ColumnSource,
  ColumnType,
  ListColumn,
  NumberColumn,
  SparseCell,
  SparseColumn,
  StringColumn,
  TableRow,
  TimestampColumn,
  VectorColumn,
} from './table/column.js'
export type { ToFeaturesOptions } from './table/features-table.js'
export type { ReadTableOptions, ReadTableProgress, TableFormat } from './table/read-table-options.js'
export type { RandomTableSplit, TableSplit, TimeTableSplit } from './table/split-table.js'
export { Table, type TableFromOptions, type TableParts } from './table/table.js'
export type { TableReport, UnreadableValues } from './table/table-report.js'
export type { TablePath } from './tables/files/list-files.js'
export type { FileFormat, TableFileOptions } from './tables/table-file-options.js'
