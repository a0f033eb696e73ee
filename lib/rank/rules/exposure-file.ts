import { IdMap } from '../../data/id-map.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { checkTarget, type FolderKind, loadFolder, saveFolder } from '../../data/storage/saved-folder.js'
import { idsToTensors, type SavedTensors, vectorTensor } from '../../data/storage/saved-tensors.js'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { KindredError } from '../../native/errors.js'
import type { ShownInPart, ShownItems } from './shown-items.js'

const KIND: FolderKind = { kind: 'exposures' }
const KEYS_AT_ONCE = 1 << 12

/** Counts of keys as tensors: of each key, in the order in which they were shown last, its parts and counts. */
async function toTensors(
  prefix: string,
  shown: ShownItems,
  signal: AbortSignal | undefined,
): Promise<Record<string, Tensor>> {
  const keys = shown.keys()
  const lengths = new Int32Array(keys.length)
  const parts: number[] = []
  const counts: number[] = []
  await new LoopYielder(signal).over(keys.length, KEYS_AT_ONCE, (begin, end) => {
    for (let n = begin; n < end; n++)
      for (const { part, count } of shown.of(keys[n]!)) {
        lengths[n]!++
        parts.push(part)
        counts.push(count)
      }
  })
  return {
    ...(await idsToTensors(`${prefix}.keys`, IdMap.from(keys), signal)),
    [`${prefix}.lengths`]: vectorTensor(lengths),
    [`${prefix}.parts`]: vectorTensor(Float64Array.from(parts)),
    [`${prefix}.counts`]: vectorTensor(Float64Array.from(counts)),
  }
}

async function* fromTensors(
  dir: string,
  prefix: string,
  tensors: SavedTensors,
  signal: AbortSignal | undefined,
): AsyncGenerator<ShownInPart> {
  const keys = await tensors.ids(`${prefix}.keys`, signal)
  const lengths = tensors.vector(`${prefix}.lengths`, Int32Array, keys.size)
  const parts = tensors.vector(`${prefix}.parts`, Float64Array)
  const counts = tensors.vector(`${prefix}.counts`, Float64Array, parts.length)
  let at = 0
  for (const [n, length] of lengths.entries()) {
    const key = keys.idAt(n)
    const isWhole = typeof key === 'string' && length >= 0 && at + length <= parts.length
    for (const end = at + length; isWhole && at < end; at++) {
      const [part, count] = [parts[at]!, counts[at]!]
      if (!Number.isSafeInteger(part) || !Number.isSafeInteger(count) || count < 1) throw damaged(dir)
      yield { key, part, count }
    }
    if (!isWhole) throw damaged(dir)
  }
  if (at !== parts.length) throw damaged(dir)
}

const damaged = (dir: string) =>
  new KindredError('ERR_MODEL_FILE', `${dir}: its counts are damaged. Save the counter again.`)

/** @throws ERR_IO, ERR_ABORTED */
export async function saveExposures(
  dir: string,
  options: object,
  shown: { overall: ShownItems; byUser: ShownItems },
  signal: AbortSignal | undefined,
): Promise<void> {
  await checkTarget(dir, KIND)
  const tensors = {
    ...(await toTensors('overall', shown.overall, signal)),
    ...(await toTensors('users', shown.byUser, signal)),
  }
  await saveFolder(dir, KIND, { config: { options }, tensors }, { signal })
}

/** @throws ERR_MODEL_FILE, ERR_IO, ERR_ABORTED */
export async function loadExposures(
  dir: string,
  signal: AbortSignal | undefined,
): Promise<{ options: object; overall: AsyncGenerator<ShownInPart>; byUser: AsyncGenerator<ShownInPart> }> {
  const { config, tensors } = await loadFolder(dir, KIND, { signal })
  const { options } = config
  if (typeof options !== 'object' || options === null)
    throw new KindredError('ERR_MODEL_FILE', `${dir}: its config.json has no options. Save the counter again.`)
  return {
    options,
    overall: fromTensors(dir, 'overall', tensors, signal),
    byUser: fromTensors(dir, 'users', tensors, signal),
  }
}
