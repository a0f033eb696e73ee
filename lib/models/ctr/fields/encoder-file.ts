import { IdMap } from '../../../data/id-map.js'
import { runYielding } from '../../../data/resumable.js'
import type { Tensor } from '../../../data/storage/safetensors.js'
import { idsToTensors } from '../../../data/storage/saved-tensors.js'
import { KindredError } from '../../../native/errors.js'
import type { SavedClicks } from '../base/base-click-model.js'
import type { FieldPlan } from './field-plan.js'
import { RowEncoder } from './row-encoder.js'

/** What is saved of an encoder: its fields in the config, their categories as tensors. @throws ERR_ABORTED */
export async function encoderTensors(
  { plans }: RowEncoder,
  signal: AbortSignal | undefined,
): Promise<{ config: Readonly<Record<string, unknown>>; tensors: Record<string, Tensor> }> {
  const tensors: Record<string, Tensor> = {}
  const fields: unknown[] = []
  for (const [n, plan] of plans.entries()) {
    if (plan.kind === 'categorical' || plan.kind === 'multi') {
      const { categories, ...others } = plan
      fields.push(others)
      const map = await runYielding(IdMap.collecting(categories, plan.name), signal)
      Object.assign(tensors, await idsToTensors(`field${n}`, map, signal))
    } else fields.push(plan)
  }
  return { config: { fields }, tensors }
}

type Saved = Readonly<Record<string, unknown>>

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** The encoder that {@link encoderTensors} was taken from. @throws ERR_MODEL_FILE, ERR_ABORTED */
export async function restoredEncoder({ dir, config, tensors, signal }: SavedClicks): Promise<RowEncoder> {
  const { fields } = config
  const fail = (): never => {
    throw new KindredError('ERR_MODEL_FILE', `${dir}: the fields in its config.json are damaged. Save the model again.`)
  }
  if (!Array.isArray(fields) || fields.length === 0) return fail()
  const plans: FieldPlan[] = []
  for (const [n, field] of (fields as Saved[]).entries()) {
    if (typeof field !== 'object' || field === null) return fail()
    const { kind, name, column } = field
    if (!isText(name) || !isText(column) || plans.some((plan) => plan.name === name)) return fail()
    const own = { name, column }
    if (kind === 'numeric') {
      const { mean, deviation } = field
      if (!Number.isFinite(mean) || !Number.isFinite(deviation) || (deviation as number) < 0) return fail()
      plans.push({ ...own, kind, mean: mean as number, deviation: deviation as number })
    } else if (kind === 'vector') {
      if (!isCount(field.width)) return fail()
      plans.push({ ...own, kind, width: field.width })
    } else if (kind === 'categorical' || kind === 'multi') {
      const ids = await tensors.ids(`field${n}`, signal)
      const categories = Array.from({ length: ids.size }, (_, i) => String(ids.idAt(i)))
      if (kind === 'multi') {
        if (typeof field.isSparse !== 'boolean') return fail()
        plans.push({ ...own, kind, categories, isSparse: field.isSparse })
      } else plans.push({ ...own, kind, categories, ...rangeOf(field.range, fail) })
    } else return fail()
  }
  return new RowEncoder(plans)
}

function rangeOf(range: unknown, fail: () => never): { range?: { begin: number; end: number } } {
  if (range === undefined) return {}
  const { begin, end } = (range ?? {}) as Saved
  if (!isCount(begin) || !isCount(end) || begin >= end) return fail()
  return { range: { begin, end } }
}
