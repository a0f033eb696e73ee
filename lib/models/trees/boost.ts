import { withCallback } from '../../native/caller-callback.js'
import type { TreeArrays, TreeEdges, TreeRows } from '../../native/functions/trees.js'
import { nativeCall, nativeCallSync } from '../../native/native-call.js'
import type { TrainingProgress } from '../../nn/train/training.js'
import { nativeSettings, type TreeModelSettings } from './tree-options.js'

/** How a fit of trees went. */
export interface TreeHistory {
  /** Loss on the validation with each tree, of those that were dropped too; empty without a validation. */
  readonly validationLosses: readonly number[]
  /** Trees that were kept: those up to the least of these losses, or all. */
  readonly kept: number
}

/** Trees that have grown. */
export interface GrownTrees {
  readonly trees: TreeArrays
  /** The score before the first tree. */
  readonly base: number
  readonly history: TreeHistory
}

const ITERATIONS = { judged: 1000, alone: 100 }

/** Arrays for so many trees and nodes. */
function emptyArrays(trees: number, nodes: number): TreeArrays {
  return {
    offsets: new Int32Array(trees + 1),
    columns: new Int32Array(nodes),
    lefts: new Int32Array(nodes),
    rows: new Int32Array(nodes),
    bins: new Uint8Array(nodes),
    missingLeft: new Uint8Array(nodes),
    values: new Float32Array(nodes),
    gains: new Float32Array(nodes),
  }
}

/** The first trees alone. */
function firstTrees(trees: TreeArrays, count: number): TreeArrays {
  const nodes = trees.offsets[count]!
  return {
    offsets: trees.offsets.slice(0, count + 1),
    columns: trees.columns.slice(0, nodes),
    lefts: trees.lefts.slice(0, nodes),
    rows: trees.rows.slice(0, nodes),
    bins: trees.bins.slice(0, nodes),
    missingLeft: trees.missingLeft.slice(0, nodes),
    values: trees.values.slice(0, nodes),
    gains: trees.gains.slice(0, nodes),
  }
}

/**
 * Grows trees until there are enough of them, or until the loss on the validation has not fallen for `patience` of them; those up
 * to the least loss are kept.
 * @throws ERR_ABORTED, and what `onProgress` throws
 */
export async function boost(
  train: TreeRows,
  validation: TreeRows | null,
  edges: TreeEdges,
  options: TreeModelSettings,
  signal: AbortSignal | undefined,
  onProgress: ((progress: TrainingProgress) => void) | undefined,
): Promise<GrownTrees> {
  const iterations = options.iterations ?? (validation ? ITERATIONS.judged : ITERATIONS.alone)
  const settings = nativeSettings(options)
  const booster = await nativeCall(signal, (native, abort) =>
    native.treeBooster(train, validation, edges, settings, abort),
  )
  const validationLosses: number[] = []
  let [best, kept] = [Number.POSITIVE_INFINITY, 0]
  const started = performance.now()
  await withCallback(onProgress, async (told) => {
    for (let step = 1; step <= iterations; step++) {
      const loss = await nativeCall(signal, (native, abort) => native.treeBoost(booster, abort))
      if (validation) validationLosses.push(loss)
      if (!validation || loss < best) [best, kept] = [loss, step]
      if (told !== undefined) {
        const shown = validation ? loss : await nativeCall(signal, (native, abort) => native.treeLoss(booster, abort))
        const secondsLeft = ((performance.now() - started) / 1000 / step) * (iterations - step)
        told({ epoch: step, epochs: iterations, step, steps: iterations, loss: shown, secondsLeft })
      }
      if (step - kept >= options.patience) break
    }
  })
  const { trees, nodes, base } = nativeCallSync((native) => native.treeSizes(booster))
  const arrays = emptyArrays(trees, nodes)
  await nativeCall(signal, (native, abort) => native.treeArrays(booster, arrays, abort))
  return { trees: firstTrees(arrays, kept), base, history: { validationLosses, kept } }
}
