import { createRandom } from '../data/random.js'
import { KindredError, show } from '../native/errors.js'
import { type BertFolder, tensorOf } from '../nn/bert/load-bert.js'
import type { Graph, Tensor } from '../nn/graph/graph.js'
import { activation, dropout } from '../nn/ops/elementwise.js'
import { linear } from '../nn/ops/linear.js'
import type { Weights } from '../nn/weights.js'

/** The weights of a head, by Hugging Face's names. */
export const HEAD = ['pooler.dense.weight', 'pooler.dense.bias', 'classifier.weight', 'classifier.bias']

/**
 * The classes' scores before the softmax, as BertForSequenceClassification has them.
 * @param first the states of the first tokens [sequences, dims]
 * @returns [sequences, labels]
 */
export function classifierHead(graph: Graph, first: Tensor, dropoutRate: number): Tensor {
  const [poolerWeights, poolerBias, weights, bias] = HEAD.map((name) => graph.parameter(name))
  const pooled = activation(linear(first, poolerWeights!, poolerBias), 'tanh')
  return linear(dropout(pooled, dropoutRate), weights!, bias)
}

/** @throws ERR_VALUE */
export function checkLabels(labels: unknown): string[] {
  const isLegal =
    Array.isArray(labels) &&
    labels.length >= 2 &&
    labels.every((label) => typeof label === 'string' && label !== '') &&
    new Set(labels).size === labels.length
  if (!isLegal)
    throw new KindredError(
      'ERR_VALUE',
      `labels: expected at least two different names of classes but received ${show(labels)}.`,
    )
  return labels
}

/** The labels of a folder that holds a classifier. @throws ERR_VALUE for one that does not */
export function savedLabels({ folder, json, tensors }: BertFolder): string[] {
  const names = json.id2label
  if (!tensors.has('classifier.weight') || names === null || typeof names !== 'object')
    throw new KindredError(
      'ERR_VALUE',
      `labels: ${folder} holds an encoder without a classifier. Name the classes of a new one: { labels: ['bad', 'good'] }.`,
    )
  return checkLabels(Object.keys(names).map((_, n) => (names as Record<string, unknown>)[n]))
}

/** Declares the head's weights: those of the folder, or normal numbers drawn by the seed and biases of 0. */
export async function addHead(
  weights: Weights,
  { folder, config, tensors }: BertFolder,
  labels: readonly string[],
  isNew: boolean,
  seed: number,
): Promise<void> {
  const random = createRandom(seed)
  const shapes = [[config.dims, config.dims], [config.dims], [labels.length, config.dims], [labels.length]]
  for (const [n, name] of HEAD.entries()) {
    const shape = shapes[n]!
    weights.declare(name, shape)
    const isDrawn = n >= 2 ? isNew : !tensors.has(name)
    if (!isDrawn) await weights.write(name, tensorOf(folder, tensors, name, shape))
    else if (shape.length === 2)
      await weights.write(
        name,
        Float32Array.from({ length: shape[0]! * shape[1]! }, () => config.initializerRange * random.normal()),
      )
  }
}
