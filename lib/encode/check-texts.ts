import { isInt32Array } from 'node:util/types'
import { KindredError, show } from '../native/errors.js'
import type { EncoderInput } from './embedder.js'

/** A copy of the list, since it is read while the caller goes on; ERR_VALUE naming `option` unless it is a list of strings. */
export function checkTexts(texts: unknown, option = 'texts'): string[] {
  return checkList<string>(option, texts, (text) => typeof text === 'string')
}

/** The same for texts or their token ids, which are copied too. */
export function checkInputs(texts: unknown): EncoderInput[] {
  const own = checkList<EncoderInput>('texts', texts, (text) => typeof text === 'string' || isInt32Array(text))
  return own.map((text) => (typeof text === 'string' ? text : text.slice()))
}

function checkList<T>(option: string, texts: unknown, legal: (text: unknown) => boolean): T[] {
  if (!Array.isArray(texts))
    throw new KindredError('ERR_VALUE', `${option}: expected an array of strings but received ${show(texts)}.`)
  for (let i = 0; i < texts.length; i++)
    if (!legal(texts[i]))
      throw new KindredError('ERR_VALUE', `${option}[${i}]: expected a string but received ${show(texts[i])}.`)
  return [...texts]
}
