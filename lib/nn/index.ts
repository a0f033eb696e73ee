/**
 * Networks as graphs of operations, with their gradients and optimisers, run in native code. From `'kindred/nn'`.
 * @module nn
 */

export type { NnNumbers } from '../native/addon.js'
export type { Dim, Size } from './graph/dim.js'
export { gradients } from './graph/gradients.js'
export { type Dtype, Graph, type GraphOptions, type Precision, type RowGradient, Tensor } from './graph/graph.js'
export { Program } from './graph/program.js'
export { columnSums, divide, exp, log, multiply, rowSums, sqrt, subtract, total } from './ops/layers/arithmetic.js'
export { type BatchNormOptions, batchNorm, type RunningAverages } from './ops/layers/batch-norm.js'
export { type Activation, activation, add, dropout, scale } from './ops/layers/elementwise.js'
export { gatherRows, sequenceMean, sequenceStarts } from './ops/layers/gather.js'
export { layerNorm } from './ops/layers/layer-norm.js'
export { linear } from './ops/layers/linear.js'
export { type MatmulOptions, matmul, reshape, transpose } from './ops/layers/matrices.js'
export { concatColumns, concatRows, sliceColumns, sliceRows, splitColumns, splitRows } from './ops/layers/parts.js'
export { rmsNorm } from './ops/layers/rms-norm.js'
export { logSoftmax, softmax } from './ops/layers/softmax.js'
export { type SparseProductOptions, type SparseTensor, sparseProduct } from './ops/layers/sparse.js'
export { rowDots, unitRows } from './ops/layers/vectors.js'
export {
  cosineEmbeddingLoss,
  hingeLoss,
  type InBatchOptions,
  inBatchContrastive,
  type MarginOptions,
  tripletLoss,
} from './ops/losses/contrastive.js'
export {
  type LinearCrossEntropyOptions,
  linearCrossEntropy,
  type SampledSoftmaxOptions,
  type SampleLinearOptions,
  sampledSoftmax,
  sampleLinear,
} from './ops/losses/large-softmax.js'
export { binaryCrossEntropy, crossEntropy, type RowWeightOptions, squaredError } from './ops/losses/losses.js'
export {
  type CrossEntropyOptions,
  klDivergence,
  type SoftTargetOptions,
  softCrossEntropy,
} from './ops/losses/soft-losses.js'
export { type AttentionOptions, attention, type RelativeBiases } from './ops/sequences/attention.js'
export { sequenceConvolution } from './ops/sequences/convolution.js'
export { type CrfWeights, crfDecode, crfLoss } from './ops/sequences/crf.js'
export {
  type GruOptions,
  gru,
  type LstmOptions,
  type LstmStates,
  lstm,
  type RecurrentWeights,
} from './ops/sequences/recurrent.js'
export { rotary, rotaryAngles } from './ops/sequences/rotary.js'
export {
  attentionPooling,
  sequenceMax,
  sequenceSoftmax,
  sequenceSum,
  sequenceWeightedSum,
} from './ops/sequences/sequences.js'
export { type AdagradOptions, adagrad } from './optimizers/adagrad.js'
export { type AdamOptions, adam, adamw } from './optimizers/adamw.js'
export { type FtrlOptions, ftrl } from './optimizers/ftrl.js'
export type { OptimizerOptions, OptimizerTensors } from './optimizers/optimizer.js'
export { type SgdOptions, sgd } from './optimizers/sgd.js'
export type { TrainingEpoch, TrainingHistory } from './train/history.js'
export type { NetworkOptimizer, NetworkOptions } from './train/network-options.js'
export type { PlateauOptions, Schedule } from './train/schedule.js'
export type { TrainingProgress } from './train/training.js'
export { type WeightEntry, Weights } from './weights.js'
