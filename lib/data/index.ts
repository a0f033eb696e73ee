export {
  Catalogue,
  type CatalogueFromOptions,
  type CatalogueReport,
  type ReadCatalogueOptions,
} from './catalogue.js'
export type { CleaningOptions, DuplicatePolicy } from './clean.js'
export type { InteractionInput } from './collect.js'
export { DeviceMatrix } from './device-matrix.js'
export { Features } from './features.js'
export { type Id, IdMap } from './ids.js'
export { type Interaction, Interactions, type ReadInteractionsOptions } from './interactions.js'
export { Matrix } from './matrix.js'
export type { InteractionsReport } from './rows.js'
export type { FileFormat } from './source.js'
export type { SplitOptions } from './split.js'
