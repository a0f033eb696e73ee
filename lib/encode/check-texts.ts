import { KindredError, show } from '../native/errors.js'

/**
 * A copy of the list, since it is read while the caller goes on.
 * @throws ERR_VALUE unless `texts` is an array of strings, naming the first that is none
 */
export function checkTexts(texts: unknown): string[] {
  if (!Array.isArray(texts))
    throw new KindredError('ERR_VALUE', `texts: expected an array of strings but received ${show(texts)}.`)
  for (let i = 0; i < texts.length; i++)
    if (typeof texts[i] !== 'string')
      throw new KindredError('ERR_VALUE', `texts[${i}]: expected a string but received ${show(texts[i])}.`)
  return [...texts]
}
