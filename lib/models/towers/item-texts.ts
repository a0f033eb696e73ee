import { Catalogue } from '../../data/catalogue.js'
import { Features } from '../../data/features.js'
import { KindredError, show } from '../../native/errors.js'
import { SentenceEncoder } from '../../text/sentence-encoder.js'
import type { TwoTowerFitOptions } from './tower-options.js'

/** The name of the kind of features that texts are. */
const TEXT = 'text'

/**
 * The texts of items and what reads them: both or none of them.
 * @param isTuned whether the encoder is to be trained
 * @throws ERR_VALUE
 */
export function checkTexts(
  { itemTexts, encoder }: TwoTowerFitOptions,
  isTuned: boolean,
): { itemTexts: Catalogue | undefined; encoder: SentenceEncoder | undefined } {
  if (itemTexts !== undefined && !(itemTexts instanceof Catalogue))
    throw new KindredError('ERR_VALUE', `itemTexts: expected a Catalogue but received ${show(itemTexts)}.`)
  if (encoder !== undefined && !(encoder instanceof SentenceEncoder))
    throw new KindredError('ERR_VALUE', `encoder: expected a SentenceEncoder but received ${show(encoder)}.`)
  if ((itemTexts === undefined) !== (encoder === undefined) || (isTuned && encoder === undefined))
    throw new KindredError(
      'ERR_VALUE',
      `fit: expected texts and what reads them together: { itemTexts: catalogue, encoder: await SentenceEncoder.load(folder) }${isTuned ? ', which tuneEncoder trains' : ''}.`,
    )
  if (itemTexts?.size === 0) throw new KindredError('ERR_VALUE', 'itemTexts: expected at least one item.')
  return { itemTexts, encoder }
}

/** The vectors of texts by an encoder that stays as it is. */
export async function textFeatures(
  encoder: SentenceEncoder,
  itemTexts: Catalogue,
  signal: AbortSignal | undefined,
): Promise<Features> {
  return Features.fromAsync(itemTexts.ids, await encoder.embed(itemTexts.texts, { signal }), { signal })
}

/** All kinds of features, that of texts last. @throws ERR_VALUE for another of its name */
export function withTexts(
  byName: ReadonlyMap<string, Features>,
  text: Features | undefined,
): ReadonlyMap<string, Features> {
  if (text === undefined) return byName
  if (byName.has(TEXT))
    throw new KindredError(
      'ERR_VALUE',
      `itemFeatures: ${show(TEXT)} is the name of the texts; give these features another.`,
    )
  return new Map([...byName, [TEXT, text]])
}
