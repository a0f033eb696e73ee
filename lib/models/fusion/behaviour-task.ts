import { Interactions } from '../../data/log/interactions.js'
import { createRandom, type Random } from '../../data/random.js'
import { KindredError, show } from '../../native/errors.js'
import { sliceRows } from '../../nn/ops/layers/parts.js'
import type { JobBatch } from '../../nn/train/fit-network.js'
import { heldOutUsers, validateBehaviour } from './behaviour-validation.js'
import type { FitFusionOptions } from './fusion-options.js'
import type { FusionTask } from './fusion-task.js'
import type { FusionTraining } from './fusion-training.js'
import { drawn } from './label-task.js'
import { profileLoss } from './profile-loss.js'
import { TEMPERATURE, temperatureWeight } from './temperature.js'
import { byUser, holdOutItems, itemsOf, logPairs, type UserItems } from './user-items.js'

/** The training part by user, and what is held out. @throws as {@link behaviourTask} */
async function parts(
  training: FusionTraining,
  { behaviour, validation, signal }: Pick<FitFusionOptions, 'behaviour' | 'validation' | 'signal'>,
  seed: number,
) {
  const { ids } = training.prepared
  const all = await logPairs(behaviour!, ids, signal)
  if (validation === undefined) return { train: all, held: undefined }
  if (typeof validation === 'number') return holdOutItems(all, validation, seed, signal)
  const later = validation as Interactions
  const pairs = await logPairs(later, ids, signal)
  // By the rows of the log that is learnt from, whose users alone have profiles.
  const users = Int32Array.from(later.users, (id) => behaviour!.users.indexOf(id))
  const kept = Int32Array.from(pairs.users, (user) => users[user]!)
  return {
    train: all,
    held: {
      users: kept.filter((user) => user >= 0),
      items: pairs.items.filter((_, n) => kept[n]! >= 0),
      unused: pairs.unused,
    },
  }
}

/** Users with two items or more, of whom one can be told by the others. */
function usersToLearnFrom(train: UserItems): Int32Array {
  const users: number[] = []
  for (let user = 0; user < train.users; user++) if (itemsOf(train, user).length > 1) users.push(user)
  return Int32Array.from(users)
}

/**
 * Behaviour: the mean of some of a user's items, drawn anew in each step, is to be nearest to their other items, among many
 * (a softmax over cosines with all of them as targets, as Liang et al. 2018, "Variational autoencoders for collaborative
 * filtering", section 2.1, have it for likelihoods). Items of a batch that stand for all are weighed by how likely they are to be in one
 * (Bengio and Senécal 2008).
 * @throws ERR_DATA for a log in which no user has two items of the blocks, ERR_VALUE, ERR_ABORTED
 */
export async function behaviourTask(
  training: FusionTraining,
  options: Pick<FitFusionOptions, 'behaviour' | 'validation' | 'signal'>,
  seed: number,
): Promise<FusionTask> {
  const { signal, behaviour, validation } = options
  if (!(behaviour instanceof Interactions))
    throw new KindredError('ERR_VALUE', `behaviour: expected Interactions but received ${show(behaviour)}.`)
  if (validation !== undefined && typeof validation !== 'number' && !(validation instanceof Interactions))
    throw new KindredError(
      'ERR_VALUE',
      `validation: expected Interactions, as behaviour is, or a share of the items but received ${show(validation)}.`,
    )
  const { settings } = training
  const pairs = await parts(training, options, seed)
  const train = await byUser(pairs.train, signal)
  const users = usersToLearnFrom(train)
  if (users.length === 0)
    throw new KindredError(
      'ERR_DATA',
      `behaviour: expected users with at least 2 items of the blocks to learn from; none has. ${train.unused} of the log's ${behaviour.size} rows are of items without vectors, or have no weight above 0. Do ids of log and blocks have the same type?`,
    )
  await training.addWeight(TEMPERATURE, [1], temperatureWeight(settings.temperature))
  const draws = new BehaviourDraws(training, train, users)
  const held = pairs.held && (await heldOutUsers(pairs.train, pairs.held, signal))
  return {
    samples: users.length,
    data: [
      train.offsets,
      train.items,
      held && [held.histories, held.targets].flatMap((one) => [one.offsets, one.items]),
    ],
    unused: train.unused,
    record: (graph) => {
      const { vectors } = training.fused(graph, settings.dropout)
      return profileLoss(graph, vectors, sliceRows(vectors, 0, graph.dim('candidates')))
    },
    batch: (samples, draw) => draws.batch(samples, createRandom(drawn(seed, draw))),
    validate: held && validateBehaviour(training, held, signal),
  }
}

/** What is drawn for each step. */
class BehaviourDraws {
  readonly #training: FusionTraining
  readonly #train: UserItems
  readonly #users: Int32Array
  /** Different items of the log, which are what is looked among. */
  readonly #all: Int32Array
  /** Of each item among those of the blocks: the share of users that have it. */
  readonly #shares: Float64Array

  constructor(training: FusionTraining, train: UserItems, users: Int32Array) {
    this.#training = training
    this.#train = train
    this.#users = users
    this.#shares = new Float64Array(training.prepared.ids.size)
    for (const item of train.items) this.#shares[item]! += 1 / train.users
    this.#all = Int32Array.from(this.#shares.keys()).filter((item) => this.#shares[item]! > 0)
  }

  /** Histories and targets of users, and the items that are looked among: first those, then others of histories. */
  batch(samples: Int32Array, random: Random): JobBatch {
    const { history } = this.#training.settings
    const drawn = Array.from(samples, (sample) => {
      const own = random.shuffle(itemsOf(this.#train, this.#users[sample]!).slice())
      const known = Math.min(history, own.length >> 1)
      return { known: own.subarray(0, known), targets: own.subarray(known) }
    })
    const { candidates, corrections } = this.#candidates(
      drawn.map(({ targets }) => targets),
      random,
    )
    const places = new Map<number, number>()
    for (const item of candidates) places.set(item, places.size)
    const offsets = Int32Array.of(0, ...drawn.map(({ known }) => known.length))
    for (let n = 1; n < offsets.length; n++) offsets[n]! += offsets[n - 1]!
    const histories = new Int32Array(offsets.at(-1)!)
    const targets = new Float32Array(samples.length * candidates.length)
    for (const [n, one] of drawn.entries()) {
      for (const [i, item] of one.known.entries()) {
        if (!places.has(item)) places.set(item, places.size)
        histories[offsets[n]! + i] = places.get(item)!
      }
      for (const item of one.targets) targets[n * candidates.length + places.get(item)!] = 1 / one.targets.length
    }
    const { inputs, sizes } = this.#training.itemInputs(Int32Array.from(places.keys()), random)
    return {
      inputs: { ...inputs, histories, offsets, targets, corrections },
      sizes: { ...sizes, users: samples.length, candidates: candidates.length, histories: histories.length },
    }
  }

  /** Items that are looked among, ascending, and the logarithm of how likely each is to be there, with its sign turned. */
  #candidates(targets: readonly Int32Array[], random: Random): { candidates: Int32Array; corrections: Float32Array } {
    const { negatives } = this.#training.settings
    const all = this.#all
    if (all.length <= negatives) return { candidates: all, corrections: new Float32Array(all.length) }
    const chosen = new Set<number>()
    for (const list of targets) for (const item of list) chosen.add(item)
    for (let n = 0; n < negatives; n++) chosen.add(all[random.integer(all.length)]!)
    const candidates = Int32Array.from(chosen).sort()
    const isNot = (item: number) =>
      targets.length * Math.log1p(-Math.min(this.#shares[item]!, 1 - 1e-9)) + negatives * Math.log1p(-1 / all.length)
    return { candidates, corrections: Float32Array.from(candidates, (item) => -Math.log(-Math.expm1(isNot(item)))) }
  }
}
