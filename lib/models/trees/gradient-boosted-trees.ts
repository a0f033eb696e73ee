import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { nativeCall } from '../../native/native-call.js'
import { BaseClickModel, type FittedClicks, type SavedClicks } from '../ctr/base/base-click-model.js'
import type { ClickCounts } from '../ctr/base/click-model.js'
import type { ClickTraining } from '../ctr/base/click-training.js'
import type { FieldPlan } from '../ctr/fields/field-plan.js'
import { planFields } from '../ctr/fields/plan-fields.js'
import { boost, type TreeHistory } from './boost.js'
import { FittedTrees, restoredTrees } from './fitted-trees.js'
import { TreeColumns } from './tree-columns.js'
import { checkTreeOptions, type GradientBoostedTreesOptions, type TreeModelSettings } from './tree-options.js'

/** How much a field has to do with what trees predict. */
export interface TreeImportance {
  /** Name of the field. */
  readonly field: string
  /** Its share of what all splits gained, of 1. */
  readonly gain: number
  /** Splits that ask it. */
  readonly splits: number
}

const noCounts = (plans: readonly FieldPlan[]): ClickCounts => ({
  rows: 0,
  fields: Object.fromEntries(plans.map(({ name }) => [name, { unseen: 0, missing: 0 }])),
})

/**
 * Gradient boosting of trees (Friedman 2001, "Greedy function approximation: a gradient boosting machine") over histograms, each
 * tree grown leaf by leaf (Ke et al. 2017, "LightGBM: a highly efficient gradient boosting decision tree").
 *
 * Numbers, times and the numbers of vectors are cut into at most 255 bins; what is missing goes to the side of each split where it
 * lowers the loss more. Categories become ordered target statistics (Prokhorenkova et al. 2018, "CatBoost: unbiased boosting with
 * categorical features", 3.2), of lists the mean over their members, whose most frequent ones have columns of their own besides.
 * Statistics serve fields of any number of categories, those that are rare or unseen too, where splits of sorted categories are
 * limited to some hundreds of frequent ones; and a split remains one comparison.
 *
 * With a validation, growth ends when its loss no longer falls, and the trees up to the least loss are kept. Same seed, same bits
 * for any number of threads: sums are of whole numbers, exact in any order.
 */
export class GradientBoostedTrees extends BaseClickModel {
  /** @internal */
  static override readonly algorithm = 'GradientBoostedTrees'
  /** The options in force, defaults filled in. */
  override readonly options: TreeModelSettings
  #history: TreeHistory = { validationLosses: [], kept: 0 }

  /** @throws ERR_VALUE naming the option */
  constructor(options: GradientBoostedTreesOptions = {}) {
    super()
    this.options = Object.freeze(checkTreeOptions('GradientBoostedTrees', options))
  }

  /** How the last fit went; empty after `load`. */
  get history(): TreeHistory {
    return this.#history
  }

  /** How many trees there are. @throws ERR_NOT_FITTED */
  get trees(): number {
    return (this.learnt() as FittedTrees).trees.offsets.length - 1
  }

  /**
   * What each field has to do with the predictions, the one that gained most first; fields that no split asks have 0.
   * @throws ERR_NOT_FITTED
   */
  importance(): TreeImportance[] {
    const { columns, trees, fields } = this.learnt() as FittedTrees
    const fieldOf = columns.widths.flatMap((width, field) => new Array<number>(width).fill(field))
    const gains = new Float64Array(fields.length)
    const splits = new Int32Array(fields.length)
    for (const [node, column] of trees.columns.entries()) {
      if (column < 0) continue
      gains[fieldOf[column]!]! += trees.gains[node]!
      splits[fieldOf[column]!]!++
    }
    const all = gains.reduce((sum, gain) => sum + gain, 0)
    return fields
      .map(({ name }, n) => ({ field: name, gain: all > 0 ? gains[n]! / all : 0, splits: splits[n]! }))
      .sort((a, b) => b.gain - a.gain || b.splits - a.splits)
  }

  /** @internal */
  protected override async learn(training: ClickTraining): Promise<FittedClicks> {
    const { train, validation, options } = training
    const { signal, onProgress, checkpoint, checkpointEvery } = options
    if (checkpoint !== undefined || checkpointEvery !== undefined)
      throw new KindredError(
        'ERR_NOT_SUPPORTED',
        'GradientBoostedTrees: does not support checkpoint and checkpointEvery: a fit takes seconds to minutes. Fit again.',
      )
    const plans = await planFields(training, this.options.minCount, signal)
    const { columns, blocks } = await TreeColumns.learn(
      plans,
      train.table,
      train.labels,
      this.options,
      noCounts(plans),
      signal,
    )
    const judged = validation && {
      blocks: await columns.of('validation', validation.table, noCounts(plans), signal),
      labels: validation.labels,
    }
    const edges = await nativeCall(signal, (native, abort) =>
      native.treeEdges(blocks, train.table.rows, this.options.bins, abort),
    )
    const rows = { blocks, labels: train.labels }
    const { trees, base, history } = await boost(rows, judged ?? null, edges, this.options, signal, onProgress)
    this.#history = history
    return new FittedTrees(columns, edges, trees, base, this.options.objective === 'log-loss')
  }

  /** @internal */
  protected override restored(saved: SavedClicks): Promise<FittedClicks> {
    return restoredTrees(saved, this.options.objective === 'log-loss')
  }
}

guardReceivers(GradientBoostedTrees)
