import { show } from '../../../native/errors.js'
import type { NativeAddedToken, NativeTokenModel } from '../../../native/functions/tokenize.js'
import { Part, refusePart } from './read-part.js'

/**
 * The added tokens of a tokenizer.json, with the ids that the reference implementation gives them, whatever the file says:
 * that of the vocabulary, or the next one behind the vocabulary and those before.
 * @throws ERR_ENCODER
 */
export function addedTokens(list: unknown, { tokens, ids }: NativeTokenModel): NativeAddedToken[] {
  if (list === null || list === undefined) return []
  if (!Array.isArray(list)) refusePart(`expected a list for added_tokens but found ${show(list)}`)
  if (list.length === 0) return []
  const wanted = new Set(list.map((token) => token?.content))
  const known = new Map<string, number>()
  for (const [i, token] of tokens.entries()) if (wanted.has(token)) known.set(token, ids[i]!)
  let highest = -1
  const seen = new Set<string>()
  return list.map((value) => {
    const part = new Part('added_tokens', value)
    const content = part.text('content')
    part.count('id', 0)
    if (content === '' || seen.has(content)) refusePart(`added token ${show(content)} is empty or comes twice`)
    seen.add(content)
    const id = known.get(content) ?? (highest >= tokens.length ? highest + 1 : tokens.length)
    highest = Math.max(highest, id)
    const token = {
      content,
      id,
      singleWord: part.flag('single_word', false),
      left: part.flag('lstrip', false),
      right: part.flag('rstrip', false),
      normalized: part.flag('normalized', !part.flag('special', false)),
    }
    part.end()
    return token
  })
}
