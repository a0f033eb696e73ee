import type { Interactions } from '../../../data/log/interactions.js'
import { createRandom } from '../../../data/random.js'
import type { Table } from '../../../data/table/table.js'
import { KindredError } from '../../../native/errors.js'
import type { FittedLog } from '../../base/fitted-log.js'
import type { BaseClickModel } from '../../ctr/base/base-click-model.js'
import { choicesOf } from '../members/later-choices.js'
import type { Member } from '../members/members.js'
import { takeColumns } from './joined-columns.js'
import { clickContexts, fieldTable, joinsOf, type RankJoins } from './rank-fields.js'
import type { RetrieveAndRankFitOptions, RetrieveAndRankSettings } from './rank-options.js'
import type { SampledClicks } from './sampled-clicks.js'
import { sampleInBlocks } from './sampled-pairs.js'

/** What the click model of a {@link RetrieveAndRank} was trained on. */
export interface RankerTraining {
  /** Users with clicks. */
  readonly users: number
  /** Clicks that it learnt from or was judged by. */
  readonly clicks: number
  /** Items that were not clicked, drawn for them. */
  readonly negatives: number
  /**
   * Rows of the clicks that were left out: of users or items that the retriever does not know, of a weight that is not above 0,
   * of what the user had before, or, where negatives are drawn from what is retrieved, of what the retriever does not find.
   */
  readonly leftOut: number
  /** How the click model judged the users that were held out for it; absent where there were none. */
  readonly validation?: {
    /** Rows judged. */
    readonly rows: number
    /** Area under the ROC curve. */
    readonly auc: number
    /** Logarithmic loss. */
    readonly logLoss: number
  }
}

/** A click model of the same class and options, not fitted. */
export function freshClickModel(model: BaseClickModel): BaseClickModel {
  return new (model.constructor as new (options: object) => BaseClickModel)({ ...model.options })
}

/** Fewer users than this are not divided for a validation. */
const LEAST_USERS = 20

/** Trains a click model on clicks and items that were not clicked. @throws ERR_DATA, and what its `fit` throws */
export async function fitRanker(
  given: BaseClickModel,
  log: FittedLog,
  retriever: Member,
  later: Interactions,
  settings: RetrieveAndRankSettings,
  options: RetrieveAndRankFitOptions,
  tell: (part: number) => void,
): Promise<{ ranker: BaseClickModel; joins: RankJoins; training: RankerTraining }> {
  const { signal, fields, features, checkpoint, checkpointEvery } = options
  const choices = await choicesOf(log, later, signal)
  if (choices.size === 0)
    throw new KindredError(
      'ERR_DATA',
      'clicks: expected users and items of the training log, in pairs that it does not hold, but there is none.',
    )
  const contexts = options.contexts && (await clickContexts(options.contexts, log, signal))
  const joins = await joinsOf(options, contexts?.columns ?? [], signal)
  const users = Int32Array.from(choices.keys()).sort()
  const heldOut = validationUsers(users, settings)
  const samples = { train: new Samples(), validation: new Samples() }
  await sampleInBlocks(choices, log, retriever, settings, settings.retrieverScores, signal, (sampled, scores) => {
    for (let n = 0; n < sampled.users.length; n++)
      samples[heldOut.has(sampled.users[n]!) ? 'validation' : 'train'].push(sampled, scores, n)
  })
  const tableOf = async (part: Samples): Promise<Table> => {
    const [ofUsers, items] = [Int32Array.from(part.users), Int32Array.from(part.items)]
    const rows = ofUsers.map((user, n) => contexts?.rowOf(user, part.clicked[n]!) ?? -1)
    const pairs = {
      log,
      users: ofUsers,
      items,
      scores: part.scores.map((values) => Float64Array.from(values)),
      contexts: await takeColumns(joins.contexts, rows, signal),
    }
    const table = await fieldTable(pairs, joins, settings.ids, signal)
    return table.with([{ type: 'number', name: LABEL, values: Float64Array.from(part.labels) }])
  }
  if (!samples.train.labels.includes(1))
    throw new KindredError(
      'ERR_DATA',
      "clicks: expected some among the items that the retriever finds, but there is none. Take a greater depth, or negativeSampling: 'uniform'.",
    )
  const train = await tableOf(samples.train)
  const isJudged = samples.validation.labels.includes(1) && samples.validation.labels.includes(0)
  const validation = isJudged ? await tableOf(samples.validation) : undefined
  const ranker = await freshClickModel(given).fit(train, {
    label: LABEL,
    signal,
    ...(validation && { validation }),
    ...(fields && { fields }),
    ...(features && { features }),
    ...(checkpoint !== undefined && { checkpoint }),
    ...(checkpointEvery !== undefined && { checkpointEvery }),
    onProgress: ({ step, steps }) => tell(step / steps),
  })
  const judged = validation && (await ranker.evaluate(validation, { signal }))
  const labels = [...samples.train.labels, ...samples.validation.labels]
  const clicks = labels.reduce((sum, label) => sum + label, 0)
  const training = {
    users: users.length,
    clicks,
    negatives: labels.length - clicks,
    leftOut: later.size - clicks,
    ...(judged && { validation: { rows: validation!.rows, auc: judged.auc, logLoss: judged.logLoss } }),
  }
  return { ranker, joins, training }
}

const LABEL = 'label'

/** Rows as they are collected. */
class Samples {
  readonly users: number[] = []
  readonly items: number[] = []
  readonly clicked: number[] = []
  readonly labels: number[] = []
  readonly scores: number[][] = []

  push(sampled: SampledClicks, scores: readonly Float64Array[], n: number): void {
    this.users.push(sampled.users[n]!)
    this.items.push(sampled.items[n]!)
    this.clicked.push(sampled.clicked[n]!)
    this.labels.push(sampled.labels[n]!)
    for (const [f, values] of scores.entries()) {
      this.scores[f] ??= []
      this.scores[f]!.push(values[n]!)
    }
  }
}

function validationUsers(users: Int32Array, { validationShare, seed }: RetrieveAndRankSettings): Set<number> {
  if (users.length < LEAST_USERS) return new Set()
  const shuffled = createRandom(seed).shuffle(users.slice())
  return new Set(shuffled.subarray(0, Math.round(validationShare * users.length)))
}
