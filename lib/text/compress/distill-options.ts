import { checkNumber, checkOneOf } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import type { TrainingOptions } from '../base/training-options.js'
import type { LabeledTexts } from '../problems/classifier-options.js'

/** What a student learns from its teacher, and how much of each. */
export interface DistillationOptions {
  /** What the logits of both are divided by before the softmax (Hinton, Vinyals, Dean 2015), above 0. Default 2. */
  temperature?: number
  /** Weight of the divergence from what the teacher says, at least 0. Default 1. */
  softWeight?: number
  /** Weight of the loss of the labels, tags or scores, at least 0. Default 0 without them, else 0.5. */
  hardWeight?: number
  /**
   * Weight of the distance from the teacher's states (Sanh et al. 2019, "DistilBERT"; Jiao et al. 2020, "TinyBERT"), at least 0:
   * the state after each layer of the student from that of the teacher at the same share of the depth. Default 1.
   */
  stateWeight?: number
  /**
   * How states differ: 'squared' is the mean of squares of the differences, 'cosine' 1 less the mean cosine of a token's two.
   * Default 'squared'.
   */
  states?: 'squared' | 'cosine'
}

/** @internal What every `distill` takes beside the options of training. */
export const DISTILL_OPTIONS = [
  'validation',
  'layers',
  'student',
  'temperature',
  'softWeight',
  'hardWeight',
  'stateWeight',
  'states',
] as const

/** What parts of a loss count. */
export interface DistillationWeights {
  readonly temperature: number
  readonly soft: number
  readonly hard: number
  readonly states: number
}

/** The least temperature: logits over a lesser one could exceed every float. */
const LEAST = 1e-6

/** @throws ERR_VALUE naming the option, and where nothing is left to learn */
function distillationWeights(options: DistillationOptions, hasLabels: boolean): DistillationWeights {
  const weight = (name: 'softWeight' | 'hardWeight' | 'stateWeight', fallback: number) =>
    checkNumber(name, options[name] ?? fallback, { min: 0 })
  const weights = {
    temperature: checkNumber('temperature', options.temperature ?? 2, { min: LEAST }),
    soft: weight('softWeight', 1),
    hard: weight('hardWeight', hasLabels ? 0.5 : 0),
    states: weight('stateWeight', 1),
  }
  if (weights.hard > 0 && !hasLabels)
    throw new KindredError('ERR_VALUE', 'hardWeight: expected labels with it, but there are none.')
  if (weights.soft + weights.hard + weights.states === 0)
    throw new KindredError('ERR_VALUE', 'softWeight, hardWeight, stateWeight: expected one above 0.')
  return weights
}

/**
 * The layers of a teacher that a student begins with: those given, or every second one.
 * @throws ERR_VALUE unless they are numbers of layers, ascending
 */
export function studentLayers(layers: unknown, count: number): number[] {
  if (layers === undefined) return Array.from({ length: Math.ceil(count / 2) }, (_, n) => 2 * n)
  const isLegal =
    Array.isArray(layers) &&
    layers.length > 0 &&
    layers.every((layer, n) => Number.isInteger(layer) && layer > (n === 0 ? -1 : layers[n - 1]) && layer < count)
  if (isLegal) return [...layers]
  throw new KindredError(
    'ERR_VALUE',
    `layers: expected numbers of layers of the teacher, ascending from 0 to ${count - 1}, but received ${show(layers)}.`,
  )
}

/** @internal @param depth layers of the teacher @throws ERR_VALUE naming the option */
export function distillationSettings(
  options: DistillationOptions & { readonly layers?: unknown },
  depth: number,
  hasLabels: boolean,
) {
  return {
    kind: checkOneOf('states', options.states ?? 'squared', ['squared', 'cosine'] as const),
    weights: distillationWeights(options, hasLabels),
    layers: studentLayers(options.layers, depth),
  }
}

/** For each layer of a student the one of its teacher whose state it learns: at the same share of the depth. */
export function matchedLayers(student: number, teacher: number): number[] {
  return Array.from({ length: student }, (_, n) => Math.ceil(((n + 1) * teacher) / student) - 1)
}

/** Of which layers a student consists, or which model it is. */
export interface StudentChoice<Student> {
  /** Layers of the teacher that the student begins with, by their numbers, ascending from 0. Default every second one. */
  layers?: readonly number[]
  /**
   * A model that is trained in place of a new one, with the same labels if it has any; it must have the teacher's tokens and
   * length of states, unless `stateWeight` is 0.
   */
  student?: Student
}

/** How a student is made and trained. */
export interface DistillStudentOptions<Student> extends TrainingOptions, DistillationOptions, StudentChoice<Student> {
  /** The label of each text, if they are known. */
  labels?: readonly string[]
  /** Judged by accuracy after each epoch; the weights of the best epoch are kept. */
  validation?: LabeledTexts
}
