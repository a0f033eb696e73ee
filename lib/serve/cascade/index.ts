export {
  Cascade,
  type CascadeAnswer,
  type ComposedAnswer,
  type LoadCascadeOptions,
  type StreamedAnswer,
} from './cascade.js'
export {
  type ComposedItem,
  type ComposeInput,
  type Composer,
  type TemplateComposerOptions,
  templateComposer,
} from './compose.js'
export type {
  CascadeDeclaration,
  CascadeModel,
  CascadeParts,
  ComposeDeclaration,
  ModelSource,
  RankingDeclaration,
  RerankingDeclaration,
  RetrievalDeclaration,
  SearchDeclaration,
  StageDeclaration,
  StepDeclaration,
} from './declaration.js'
export type { CascadeRequest } from './request.js'
export type { StageReport } from './stage.js'
