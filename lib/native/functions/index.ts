import type { AlsFunctions } from './als.js'
import type { AudioFunctions } from './audio.js'
import type { DeviceFunctions } from './device.js'
import type { EncodeFunctions } from './encode.js'
import type { EvaluateFunctions } from './evaluate.js'
import type { FeatureFunctions } from './features.js'
import type { ImageFunctions } from './image.js'
import type { ItemItemFunctions } from './item-item.js'
import type { LinalgFunctions } from './linalg.js'
import type { LinearFunctions } from './linear.js'
import type { NeighborFunctions } from './neighbors.js'
import type { NgramsFunctions } from './ngrams.js'
import type { NnFunctions } from './nn.js'
import type { PoolingFunctions } from './pooling.js'
import type { RankFunctions } from './rank.js'
import type { RuntimeFunctions } from './runtime.js'
import type { SearchFunctions } from './search.js'
import type { SelectFunctions } from './select.js'
import type { SgdFunctions } from './sgd.js'
import type { SparseFunctions } from './sparse.js'
import type { StoreFunctions } from './store.js'
import type { TableFunctions } from './tables.js'
import type { TextFunctions } from './text.js'
import type { TokenizeFunctions } from './tokenize.js'
import type { TreeFunctions } from './trees.js'
import type { WordsFunctions } from './words.js'

export type * from './als.js'
export type * from './audio.js'
export type * from './device.js'
export type * from './encode.js'
export type * from './evaluate.js'
export type * from './features.js'
export type * from './image.js'
export type * from './item-item.js'
export type * from './linalg.js'
export type * from './linear.js'
export type * from './matrices.js'
export type * from './neighbors.js'
export type * from './ngrams.js'
export type * from './nn.js'
export type * from './pooling.js'
export type * from './rank.js'
export type * from './runtime.js'
export type * from './search.js'
export type * from './select.js'
export type * from './sgd.js'
export type * from './sparse.js'
export type * from './store.js'
export type * from './tables.js'
export type * from './text.js'
export type * from './tokenize.js'
export type * from './trees.js'
export type * from './words.js'

/** The addon's functions, one to one, by the families of bindings/, where each is documented beside its implementation. */
export interface Addon
  extends AlsFunctions,
    AudioFunctions,
    DeviceFunctions,
    EncodeFunctions,
    EvaluateFunctions,
    FeatureFunctions,
    ImageFunctions,
    ItemItemFunctions,
    LinalgFunctions,
    LinearFunctions,
    NeighborFunctions,
    NgramsFunctions,
    NnFunctions,
    PoolingFunctions,
    RankFunctions,
    RuntimeFunctions,
    SearchFunctions,
    SelectFunctions,
    SgdFunctions,
    SparseFunctions,
    StoreFunctions,
    TableFunctions,
    TextFunctions,
    TokenizeFunctions,
    TreeFunctions,
    WordsFunctions {}
