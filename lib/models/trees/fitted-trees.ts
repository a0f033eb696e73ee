import type { Tensor } from '../../data/storage/safetensors.js'
import { vectorTensor } from '../../data/storage/saved-tensors.js'
import type { Table } from '../../data/table/table.js'
import { KindredError } from '../../native/errors.js'
import type { NumberBlock, TreeArrays, TreeEdges } from '../../native/functions/trees.js'
import { nativeCall, nativeCallSync } from '../../native/native-call.js'
import type { FittedClicks, SavedClicks } from '../ctr/base/base-click-model.js'
import type { ClickCounts, ClickField } from '../ctr/base/click-model.js'
import { encoderTensors, restoredEncoder } from '../ctr/fields/encoder-file.js'
import { type FieldPlan, fieldOf } from '../ctr/fields/field-plan.js'
import { RowEncoder } from '../ctr/fields/row-encoder.js'
import { type LearntCategories, TreeColumns } from './tree-columns.js'

/** Trees, and what makes the columns that they ask. */
export class FittedTrees implements FittedClicks {
  readonly fields: readonly ClickField[]

  constructor(
    readonly columns: TreeColumns,
    readonly edges: TreeEdges,
    readonly trees: TreeArrays,
    readonly base: number,
    readonly isLogistic: boolean,
  ) {
    this.fields = columns.plans.map(fieldOf)
  }

  async predict(table: Table, counts: ClickCounts, signal: AbortSignal | undefined): Promise<Float32Array> {
    return this.predictBlocks(await this.columns.of('predict', table, counts, signal), table.rows, signal)
  }

  /** Probabilities of rows whose columns are made [rows]. @throws ERR_ABORTED */
  async predictBlocks(
    blocks: readonly NumberBlock[],
    rows: number,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    const out = new Float32Array(rows)
    const { trees, edges, base, isLogistic } = this
    await nativeCall(signal, (native, abort) =>
      native.treePredict(trees, edges, blocks, rows, base, isLogistic, out, abort),
    )
    return out
  }

  async saved(signal: AbortSignal | undefined): Promise<{
    config: Readonly<Record<string, unknown>>
    tensors: Readonly<Record<string, Tensor>>
  }> {
    const { plans, learnt } = this.columns
    const { config, tensors } = await encoderTensors(new RowEncoder(plans), signal)
    for (const [n, plan] of plans.entries()) {
      const own = learnt.get(plan)
      if (own === undefined) continue
      tensors[`field${n}.statistics`] = vectorTensor(own.statistics)
      if (plan.kind === 'multi') tensors[`field${n}.indicators`] = vectorTensor(own.indicators)
    }
    const { values, offsets } = this.edges
    const { trees } = this
    return {
      config,
      tensors: {
        ...tensors,
        base: vectorTensor(Float64Array.of(this.base)),
        'edges.values': vectorTensor(values),
        'edges.offsets': vectorTensor(offsets),
        'trees.offsets': vectorTensor(trees.offsets),
        'trees.columns': vectorTensor(trees.columns),
        'trees.lefts': vectorTensor(trees.lefts),
        'trees.rows': vectorTensor(trees.rows),
        'trees.bins': vectorTensor(trees.bins),
        'trees.missing_left': vectorTensor(trees.missingLeft),
        'trees.values': vectorTensor(trees.values),
        'trees.gains': vectorTensor(trees.gains),
      },
    }
  }
}

/** What {@link FittedTrees.saved} was taken from: trees that end, over columns that there are. @throws ERR_MODEL_FILE, ERR_ABORTED */
export async function restoredTrees(saved: SavedClicks, isLogistic: boolean): Promise<FittedTrees> {
  const { dir, tensors } = saved
  const fail = (what: string): never => {
    throw new KindredError('ERR_MODEL_FILE', `${dir}: ${what} Save the model again.`)
  }
  const { plans } = await restoredEncoder(saved)
  const learnt = new Map<FieldPlan, LearntCategories>()
  for (const [n, plan] of plans.entries()) {
    if (plan.kind !== 'categorical' && plan.kind !== 'multi') continue
    const { length } = plan.categories
    const statistics = tensors.vector(`field${n}.statistics`, Float64Array, length + 1)
    const indicators = plan.kind === 'multi' ? tensors.vector(`field${n}.indicators`, Int32Array) : new Int32Array(0)
    const isLegal = indicators.every((code) => code >= 0 && code < length) && statistics.every(Number.isFinite)
    if (!isLegal || new Set(indicators).size !== indicators.length) fail(`the categories of field ${n} are damaged.`)
    learnt.set(plan, { statistics, indicators })
  }
  const columns = new TreeColumns(plans, learnt)
  const edges = {
    values: tensors.vector('edges.values', Float64Array),
    offsets: tensors.vector('edges.offsets', Int32Array, columns.width + 1),
  }
  const trees = {
    offsets: tensors.vector('trees.offsets', Int32Array),
    columns: tensors.vector('trees.columns', Int32Array),
    lefts: tensors.vector('trees.lefts', Int32Array),
    rows: tensors.vector('trees.rows', Int32Array),
    bins: tensors.vector('trees.bins', Uint8Array),
    missingLeft: tensors.vector('trees.missing_left', Uint8Array),
    values: tensors.vector('trees.values', Float32Array),
    gains: tensors.vector('trees.gains', Float32Array),
  }
  const [base] = tensors.vector('base', Float64Array, 1)
  if (!Number.isFinite(base)) fail('its base score is damaged.')
  try {
    nativeCallSync((native) => native.checkTrees(trees, edges))
  } catch (cause) {
    throw new KindredError('ERR_MODEL_FILE', `${dir}: ${(cause as Error).message} Save the model again.`, { cause })
  }
  return new FittedTrees(columns, edges, trees, base!, isLogistic)
}
