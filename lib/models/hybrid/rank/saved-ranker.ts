import type { Id } from '../../../data/id-map.js'
import { toId } from '../../../data/id-map.js'
import type { Tensor } from '../../../data/storage/safetensors.js'
import { vectorTensor } from '../../../data/storage/saved-tensors.js'
import { KindredError } from '../../../native/errors.js'
import type { BaseRecommender } from '../../base/base-recommender.js'
import type { SavedModel } from '../../base/model-file.js'
import { loadNested, loadNestedClickModel } from '../../base/nested-models.js'
import type { BaseClickModel } from '../../ctr/base/base-click-model.js'
import type { RankerTraining } from './fit-ranker.js'
import type { JoinedColumns } from './joined-columns.js'
import type { RankJoins } from './rank-fields.js'
import { columnTensors, readColumns } from './saved-columns.js'

interface Parts {
  retriever: BaseRecommender
  ranker: BaseClickModel
}

const loaded = new WeakMap<SavedModel, Parts>()

/** The models that a saved one is made of, loaded once. @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
export async function savedParts(saved: SavedModel): Promise<Parts> {
  const known = loaded.get(saved)
  if (known !== undefined) return known
  const parts = {
    retriever: await loadNested(saved, 'retriever'),
    ranker: await loadNestedClickModel(saved, 'ranker'),
  }
  loaded.set(saved, parts)
  return parts
}

const jsonTensor = (value: unknown): Tensor => vectorTensor(new Uint8Array(Buffer.from(JSON.stringify(value), 'utf8')))

/** @throws ERR_MODEL_FILE */
function readJson({ dir, tensors }: SavedModel, name: string): unknown {
  try {
    return JSON.parse(Buffer.from(tensors.vector(name, Uint8Array)).toString('utf8'))
  } catch (error) {
    if (error instanceof KindredError) throw error
    throw new KindredError('ERR_MODEL_FILE', `${dir}: its tensor "${name}" is damaged. Save the model again.`)
  }
}

/** What is joined, as tensors; {@link restoredJoins} reads them. */
export function joinTensors({ users, items, contexts }: RankJoins): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {}
  for (const [name, joined] of [
    ['joined.users', users],
    ['joined.items', items],
  ] as const) {
    if (joined === null) continue
    tensors[`${name}.ids`] = jsonTensor(joined.ids)
    Object.assign(tensors, columnTensors(name, joined.columns))
  }
  if (contexts.length > 0) {
    // Their types alone are asked for.
    const empty = contexts.map((column) => {
      const { name, type } = column
      if (type === 'vector') return { ...column, values: new Float32Array(column.width).fill(Number.NaN) }
      if (type === 'string') return { name, type, codes: Int32Array.of(-1), dictionary: [] }
      if (type === 'list') return { name, type, offsets: new Int32Array(2), codes: new Int32Array(0), dictionary: [] }
      if (type === 'sparse')
        return { ...column, offsets: new Int32Array(2), indices: new Int32Array(0), values: new Float32Array(0) }
      return { name, type, values: Float64Array.of(Number.NaN) }
    })
    Object.assign(tensors, columnTensors('contexts', empty))
  }
  return tensors
}

/** @throws ERR_MODEL_FILE */
export async function restoredJoins(saved: SavedModel): Promise<RankJoins> {
  const { dir, tensors } = saved
  const joinedOf = (name: string): JoinedColumns | null => {
    if (!tensors.has(`${name}.ids`)) return null
    const given = readJson(saved, `${name}.ids`)
    if (!Array.isArray(given))
      throw new KindredError('ERR_MODEL_FILE', `${dir}: its tensor "${name}.ids" is damaged. Save the model again.`)
    const ids: Id[] = given.map((id, n) => toId(id, () => `${name}.ids[${n}]`))
    return {
      ids,
      rowOf: new Map(ids.map((id, row) => [id, row])),
      columns: readColumns(dir, tensors, name, ids.length),
    }
  }
  const contexts = tensors.has('contexts.columns') ? readColumns(dir, tensors, 'contexts', 1) : []
  return { users: joinedOf('joined.users'), items: joinedOf('joined.items'), contexts }
}

/** What the click model was trained on, as a tensor; {@link restoredTraining} reads it. */
export function trainingTensor({ users, clicks, negatives, leftOut, validation }: RankerTraining): Tensor {
  const { rows = Number.NaN, auc = Number.NaN, logLoss = Number.NaN } = validation ?? {}
  return vectorTensor(Float64Array.of(users, clicks, negatives, leftOut, rows, auc, logLoss))
}

/** @throws ERR_MODEL_FILE */
export function restoredTraining({ tensors }: SavedModel): RankerTraining {
  const [users, clicks, negatives, leftOut, rows, auc, logLoss] = tensors.vector('training', Float64Array, 7)
  return {
    users: users!,
    clicks: clicks!,
    negatives: negatives!,
    leftOut: leftOut!,
    ...(!Number.isNaN(rows!) && { validation: { rows: rows!, auc: auc!, logLoss: logLoss! } }),
  }
}
