import type { Table } from '../../data/table/table.js'
import { checkString } from '../../native/argument-checks.js'
import { withCallback } from '../../native/caller-callback.js'
import { KindredError, show } from '../../native/errors.js'
import type { FeaturePlan } from './feature.js'
import { FittedPipeline } from './fitted-pipeline.js'
import type { FitPipelineOptions } from './pipeline-options.js'
import { checkTableFor } from './schema.js'
import { checkIds, targetOf } from './table-ids.js'

/** @throws ERR_VALUE where a feature needs a target and there is none */
export function checkTargetFor(
  where: string,
  plans: ReadonlyMap<string, FeaturePlan>,
  target: string | undefined,
): void {
  const needing = [...plans].find(([, plan]) => plan.needsTarget)
  if (needing !== undefined && target === undefined)
    throw new KindredError(
      'ERR_VALUE',
      `${where}: feature ${show(needing[0])} needs a target: give the name of its column.`,
    )
}

/** Every feature learns of a table. @throws see FeaturePipeline.fit */
export async function learnFromTable(
  where: string,
  table: Table,
  plans: ReadonlyMap<string, FeaturePlan>,
  { id, target, signal, onProgress }: FitPipelineOptions,
): Promise<FittedPipeline> {
  const column = checkTableFor(where, table, plans)
  if (table.rows === 0)
    throw new KindredError('ERR_DATA', `${where}: expected rows to learn from but the table has none.`)
  if (id !== undefined) checkIds(where, table, checkString('id', id))
  checkTargetFor(where, plans, target)
  const goal = target === undefined ? undefined : targetOf(where, table, checkString('target', target))
  const source = async () => ({ rows: table.rows, column })
  return withCallback(onProgress, (guarded) =>
    FittedPipeline.learn(plans, source, goal, id, { signal, onProgress: guarded }),
  )
}
