import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Interactions } from '../data/log/interactions.js'
import { loadFolder, readFolderConfig, saveFolder } from '../data/storage/saved-folder.js'
import { idsToTensors, vectorTensor } from '../data/storage/saved-tensors.js'
import type { AbortOptions } from '../native/call-options.js'
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
      ...(await idsToTensors('users', test.users)),
      ...(await idsToTensors('items', test.items)),
      userRows: vectorTensor(test.userRows),
      itemRows: vectorTensor(test.itemRows),
      weights: vectorTensor(test.weights),
    },
  })
}

/** Removes the held-out pairs of an earlier training. */
export async function removeHeldOut(modelDir: string): Promise<void> {
  await rm(folderOf(modelDir), { recursive: true, force: true })
}

/** @throws ERR_MODEL_FILE if the model was trained without a split, or the pairs belong to another model */
export async function loadHeldOut(modelDir: string, options: AbortOptions = {}): Promise<HeldOut> {
  const model = await readFolderConfig(modelDir, MODEL)
  const { config, tensors } = await loadFolder(folderOf(modelDir), KIND, options).catch((cause: KindredError) => {
    if (cause.code === 'ERR_ABORTED') throw cause
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
  const users = await tensors.ids('users', options.signal)
  const items = await tensors.ids('items', options.signal)
  const userRows = tensors.vector('userRows', Int32Array)
  const itemRows = tensors.vector('itemRows', Int32Array, userRows.length)
  // Folders of earlier releases hold no weights.
  const weights = tensors.has('weights') ? tensors.vector('weights', Float32Array, userRows.length) : undefined
  const rows = Array.from(userRows, (row, n) => ({
    user: users.idAt(row),
    item: items.idAt(itemRows[n]!),
    weight: weights?.[n] ?? 1,
  }))
  return { split: config.split as Record<string, unknown>, test: Interactions.from(rows) }
}

/**
 * Whether two models held out the same pairs of user and item, in whatever order.
 * @param options.weights whether their weights must be the same too
 */
export function sameHeldOut({ test: a }: HeldOut, { test: b }: HeldOut, options: { weights: boolean }): boolean {
  if (a.size !== b.size) return false
  const pairs = ({ users, items, userRows, itemRows, weights }: Interactions) =>
    new Set(
      Array.from(userRows, (row, n) => {
        const pair = [users.idAt(row), items.idAt(itemRows[n]!)]
        return JSON.stringify(options.weights ? [...pair, weights[n]] : pair)
      }),
    )
  const others = pairs(b)
  return [...pairs(a)].every((pair) => others.has(pair))
}
