import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Interactions } from '../data/log/interactions.js'
import { loadFolder, readFolderConfig, saveFolder } from '../data/storage/saved-folder.js'
import { idsToTensors, vectorTensor } from '../data/storage/saved-tensors.js'
import { KindredError } from '../native/errors.js'

const KIND = { kind: 'held-out' }
const MODEL = { kind: 'model' }

/** The interactions that `train` held out of training, saved in the model's folder. */
export interface HeldOut {
  split: Record<string, unknown>
  test: Interactions
}

const folderOf = (modelDir: string) => join(modelDir, 'held-out')

/** Saves the held-out pairs beside a model that has just been saved. */
export async function saveHeldOut(modelDir: string, { split, test }: HeldOut): Promise<void> {
  const { weights } = await readFolderConfig(modelDir, MODEL)
  await saveFolder(folderOf(modelDir), KIND, {
    config: { model: weights.sha256, split, pairs: test.size },
    tensors: {
      ...idsToTensors('users', test.users),
      ...idsToTensors('items', test.items),
      userRows: vectorTensor(test.userRows),
      itemRows: vectorTensor(test.itemRows),
    },
  })
}

/** Removes the held-out pairs of an earlier training. */
export async function removeHeldOut(modelDir: string): Promise<void> {
  await rm(folderOf(modelDir), { recursive: true, force: true })
}

/** @throws ERR_MODEL_FILE if the model was trained without a split, or the pairs belong to another model */
export async function loadHeldOut(modelDir: string): Promise<HeldOut> {
  const model = await readFolderConfig(modelDir, MODEL)
  const { config, tensors } = await loadFolder(folderOf(modelDir), KIND).catch((cause: KindredError) => {
    throw new KindredError(
      'ERR_MODEL_FILE',
      `${modelDir}: no held-out interactions to evaluate on (${cause.message}) Train with --split, e.g. --split leave-last-out.`,
      { cause },
    )
  })
  if (config.model !== model.weights.sha256)
    throw new KindredError(
      'ERR_MODEL_FILE',
      `${modelDir}: its held-out interactions belong to another model; the training that wrote them did not finish. Train again.`,
    )
  const users = tensors.ids('users')
  const items = tensors.ids('items')
  const userRows = tensors.vector('userRows', Int32Array)
  const itemRows = tensors.vector('itemRows', Int32Array, userRows.length)
  const rows = Array.from(userRows, (row, n) => ({ user: users.idAt(row), item: items.idAt(itemRows[n]!) }))
  return { split: config.split as Record<string, unknown>, test: Interactions.from(rows) }
}
