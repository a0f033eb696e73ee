/**
 * Models of text, trained in this process: BERT fine-tuned, pre-trained and exported. From `'kindred'` or `'kindred/text'`.
 * @module text
 */

export type { AdaLoraOptions, AdapterOptions, BottleneckOptions, LoraOptions } from '../nn/adapters/index.js'
export type { Precision } from '../nn/graph/graph.js'
export type { Activation } from '../nn/ops/layers/elementwise.js'
export type { TrainingEpoch, TrainingHistory } from '../nn/train/history.js'
export type { NetworkOptimizer, NetworkOptions } from '../nn/train/network-options.js'
export type { PlateauOptions, Schedule } from '../nn/train/schedule.js'
export type { TrainingProgress } from '../nn/train/training.js'
export { type AugmentedTexts, type AugmentOptions, augmentTexts } from './augment/augment-texts.js'
export type { Augmentation, AugmentationRandom } from './augment/augmentation.js'
export { backTranslation, type Translator } from './augment/back-translation.js'
export { type MaskedSubstitutionOptions, maskedSubstitution } from './augment/masked-substitution.js'
export { type VectorSynonymsOptions, vectorSynonyms } from './augment/vector-synonyms.js'
export {
  type Candidates,
  randomDeletion,
  randomInsertion,
  randomSwap,
  synonymReplacement,
  type WordEditOptions,
} from './augment/word-edits.js'
export type { BertModel, ExportOnnxOptions } from './base/bert-model.js'
export type { NewHeadOptions } from './base/labels.js'
export type { NewBertOptions } from './base/new-bert.js'
export type { ScoredPairs, TextPair } from './base/pairs.js'
export type { AdversarialOptions, RDropOptions } from './base/robust-options.js'
export type { TextPooling } from './base/text-pooling.js'
export type { TrainingOptions } from './base/training-options.js'
export { type ClassFigures, ClassificationReport } from './classification-report.js'
export type { CompressibleModel } from './compress/compressible-model.js'
export type { DistillationOptions, DistillStudentOptions, StudentChoice } from './compress/distill-options.js'
export type { PruneOptions } from './compress/prune-options.js'
export {
  CrossEncoder,
  type DistillCrossEncoderOptions,
  type FitCrossEncoderOptions,
  type LoadCrossEncoderOptions,
} from './cross-encoder.js'
export { type EntityFigures, EntityReport } from './entity-report.js'
export type { MaskCandidate } from './fill-masks.js'
export {
  type FitMaskedLanguageModelOptions,
  type LoadMaskedLanguageModelOptions,
  MaskedLanguageModel,
} from './masked-language-model.js'
export { MultiLabelReport } from './multi-label-report.js'
export type {
  FitClassifierOptions,
  LabeledTexts,
  LoadClassifierOptions,
  PredictClassesOptions,
} from './problems/classifier-options.js'
export type {
  MultiLabelPrediction,
  Prediction,
  ProblemType,
  ProblemTypes,
  ProblemValues,
  ScoredLabel,
} from './problems/problem.js'
export type {
  DistillEncoderOptions,
  FitSentenceEncoderOptions,
  LoadSentenceEncoderOptions,
  PruneSentenceEncoderOptions,
} from './problems/sentence-options.js'
export type {
  DistillTaggerOptions,
  FitTokenClassifierOptions,
  LoadTokenClassifierOptions,
  TaggedSentences,
} from './problems/tagger-options.js'
export { type PseudoLabelOptions, type PseudoLabels, pseudoLabels } from './pseudo-labels.js'
export { RegressionReport } from './regression-report.js'
export { type DistillSentenceEncoderOptions, SentenceEncoder } from './sentence-encoder.js'
export { type DistillClassifierOptions, TextClassifier } from './text-classifier.js'
export { type DistillTokenClassifierOptions, TokenClassifier } from './token-classifier.js'
