import { type Id, toId } from '../../data/id-map.js'
import { createRandom } from '../../data/random.js'
import { checkIterable } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { Graph, type Tensor } from '../../nn/graph/graph.js'
import { Program } from '../../nn/graph/program.js'
import { divide } from '../../nn/ops/layers/arithmetic.js'
import { linear } from '../../nn/ops/layers/linear.js'
import { unitRows } from '../../nn/ops/layers/vectors.js'
import { crossEntropy } from '../../nn/ops/losses/losses.js'
import type { FitFusionOptions, ItemLabel } from './fusion-options.js'
import type { FusionTask } from './fusion-task.js'
import type { FusionTraining } from './fusion-training.js'
import { recordTemperature, TEMPERATURE, temperatureWeight } from './temperature.js'

/** Items by their row among those of the blocks, each with the number of its label. */
interface LabelledItems {
  readonly items: Int32Array
  readonly labels: Int32Array
}

/** [classes, dims], a direction for each label, which its items are drawn to. */
const CLASSES = 'classes'

/** The labels by item, each item once. @throws ERR_VALUE for what are no pairs, ERR_DUPLICATE for an item that comes twice */
function readLabels(where: string, labels: Iterable<readonly [Id, ItemLabel]>): Map<Id, ItemLabel> {
  const found = new Map<Id, ItemLabel>()
  for (const pair of checkIterable(where, labels, 'pairs [item, label]')) {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw new KindredError('ERR_VALUE', `${where}: expected pairs [item, label] but received ${show(pair)}.`)
    const [given, label] = pair as [unknown, unknown]
    const id = toId(given, () => where)
    if (typeof label !== 'string' && !Number.isSafeInteger(label))
      throw new KindredError(
        'ERR_VALUE',
        `${where}: expected a label, a string or an integer, of item ${show(id)} but received ${show(label)}.`,
      )
    if (found.has(id)) throw new KindredError('ERR_DUPLICATE', `${where}: item ${show(id)} comes twice.`)
    found.set(id, label as ItemLabel)
  }
  return found
}

const take = ({ items, labels }: LabelledItems, places: Int32Array): LabelledItems => ({
  items: Int32Array.from(places, (n) => items[n]!),
  labels: Int32Array.from(places, (n) => labels[n]!),
})

/** What is learnt from and what is held out. @throws as {@link labelTask} */
function parts(training: FusionTraining, options: Pick<FitFusionOptions, 'labels' | 'validation'>, seed: number) {
  const { ids } = training.prepared
  const given = readLabels('labels', options.labels!)
  const names = [...new Set(given.values())]
  const numbers = new Map(names.map((name, n) => [name, n]))
  const among = (labels: ReadonlyMap<Id, ItemLabel>): LabelledItems => {
    const known = [...labels].filter(([id, label]) => ids.has(id) && numbers.has(label))
    return {
      items: Int32Array.from(known, ([id]) => ids.indexOf(id)),
      labels: Int32Array.from(known, ([, label]) => numbers.get(label)!),
    }
  }
  const all = among(given)
  const unused = given.size - all.items.length
  const { validation } = options
  if (validation === undefined) return { names, train: all, held: undefined, unused }
  if (typeof validation === 'number') {
    const order = createRandom(seed).shuffle(Int32Array.from(all.items.keys()))
    const count = Math.min(order.length - 1, Math.max(1, Math.round(validation * order.length)))
    return { names, train: take(all, order.subarray(count).sort()), held: take(all, order.subarray(0, count)), unused }
  }
  const held = among(readLabels('validation', validation as Iterable<readonly [Id, ItemLabel]>))
  if (held.items.length === 0)
    throw new KindredError('ERR_DATA', 'validation: expected items of the blocks with labels that are learnt; none is.')
  return { names, train: all, held, unused }
}

/**
 * Labels of items: the cosine with the direction of the item's label, over a learnt temperature, is to be the greatest (a softmax
 * over unit vectors; Wang et al. 2017, "NormFace"). Directions begin as the means of their items' vectors.
 * @throws ERR_VALUE, ERR_DUPLICATE for an item that comes twice, ERR_DATA for fewer than two labels among items of the blocks, ERR_ABORTED
 */
export async function labelTask(
  training: FusionTraining,
  options: Pick<FitFusionOptions, 'labels' | 'validation' | 'signal'>,
  seed: number,
): Promise<FusionTask> {
  const { signal } = options
  const { dims, dropout, labelSmoothing, temperature } = training.settings
  const { names, train, held, unused } = parts(training, options, seed)
  const different = new Set(train.labels).size
  if (different < 2)
    throw new KindredError(
      'ERR_DATA',
      `labels: expected items of the blocks with at least 2 different labels to learn from but found ${train.items.length} with ${different}. Do ids of labels and blocks have the same type?`,
    )
  const means = new Float32Array(names.length * dims)
  const vectors = await training.vectorsOf(train.items, signal)
  for (const [row, label] of train.labels.entries())
    for (let d = 0; d < dims; d++) means[label * dims + d]! += vectors.row(row)[d]!
  await training.addWeight(CLASSES, [names.length, dims], means)
  await training.addWeight(TEMPERATURE, [1], temperatureWeight(temperature))
  const lossOf = (graph: Graph, vectors: Tensor, smoothing: number) => {
    const logits = divide(linear(vectors, unitRows(graph.parameter(CLASSES))), recordTemperature(graph))
    const labels = graph.input('labels', [graph.dim('items')], 'i32')
    return crossEntropy(logits, labels, { labelSmoothing: smoothing })
  }
  return {
    samples: train.items.length,
    data: [train.items, train.labels, names.map(String), held?.items, held?.labels],
    unused,
    record: (graph) => lossOf(graph, training.fused(graph, dropout).vectors, labelSmoothing),
    batch: (samples, draw) => {
      const chosen = take(train, samples)
      const { inputs, sizes } = training.itemInputs(chosen.items, createRandom(drawn(seed, draw)))
      return { inputs: { ...inputs, labels: chosen.labels }, sizes }
    },
    validate: held && validation(training, held, lossOf, signal),
  }
}

/** A seed for the numbers of one batch. */
export const drawn = (seed: number, draw: number) => (seed % 2 ** 21) * 2 ** 31 + draw

function validation(
  training: FusionTraining,
  held: LabelledItems,
  lossOf: (graph: Graph, vectors: Tensor, smoothing: number) => Tensor,
  signal: AbortSignal | undefined,
): NonNullable<FusionTask['validate']> {
  const graph = new Graph(training.weights)
  const program = new Program(graph, [lossOf(graph, training.fused(graph, 0).vectors, 0)])
  return async () => {
    const { inputs, sizes } = training.itemInputs(held.items)
    const [loss] = await program.run({ ...inputs, labels: held.labels }, sizes, { signal })
    return { judged: -loss![0]!, score: -loss![0]! }
  }
}
