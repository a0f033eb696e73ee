import { Catalogue } from '../../../data/catalogue.js'
import { type Id, type IdMap, toId } from '../../../data/id-map.js'
import type { Tensor } from '../../../data/storage/safetensors.js'
import { vectorTensor } from '../../../data/storage/saved-tensors.js'
import { KindredError, show } from '../../../native/errors.js'
import type { SavedModel } from '../../base/model-file.js'

/** The texts of items by their ids. */
export type ItemTexts = ReadonlyMap<Id, string>

/** @throws ERR_VALUE unless it is a catalogue, ERR_DATA if it has none of the items */
export function itemTexts(texts: Catalogue | undefined, items: IdMap): ItemTexts {
  if (!(texts instanceof Catalogue))
    throw new KindredError(
      'ERR_VALUE',
      `texts: expected a Catalogue of items' texts, as in fit(train, { texts }), but received ${show(texts)}.`,
    )
  const own = new Map(Array.from(texts.ids, (id, n) => [id, texts.texts[n]!]))
  for (const id of items) if (own.has(id)) return own
  throw new KindredError(
    'ERR_DATA',
    `texts: none of the log's ${items.size} items is among the ${own.size} of the catalogue. Do their ids have the same type?`,
  )
}

/** Texts as a tensor; {@link readTexts} reads it. */
export function textsTensor(texts: ItemTexts): Tensor {
  return vectorTensor(new Uint8Array(Buffer.from(JSON.stringify([...texts]), 'utf8')))
}

/** @throws ERR_MODEL_FILE */
export function readTexts({ dir, tensors }: SavedModel, name: string): ItemTexts {
  const fail = (): never => {
    throw new KindredError('ERR_MODEL_FILE', `${dir}: its tensor "${name}" is damaged. Save the model again.`)
  }
  let given: unknown
  try {
    given = JSON.parse(Buffer.from(tensors.vector(name, Uint8Array)).toString('utf8'))
  } catch (error) {
    if (error instanceof KindredError) throw error
    return fail()
  }
  if (!Array.isArray(given)) return fail()
  return new Map(
    given.map((entry): [Id, string] => {
      if (!Array.isArray(entry) || typeof entry[1] !== 'string') return fail()
      return [toId(entry[0], () => name), entry[1]]
    }),
  )
}
