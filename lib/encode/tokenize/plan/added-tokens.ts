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
  const seen = new Map<string, NativeAddedToken>()
  for (const value of list) {
    const part = new Part('added_tokens', value)
    const content = part.text('content')
    part.count('id', 0)
    const before = seen.get(content)
    const id = before?.id ?? known.get(content) ?? (highest >= tokens.length ? highest + 1 : tokens.length)
    const token = {
      content,
      id,
      singleWord: part.flag('single_word', false),
      left: part.flag('lstrip', false),
      right: part.flag('rstrip', false),
      normalized: part.flag('normalized', !part.flag('special', false)),
    }
    part.end()
    if (content === '') continue
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(token))
      refusePart(`added token ${show(content)} comes twice, with other flags`)
    seen.set(content, token)
    highest = Math.max(highest, id)
  }
  return [...seen.values()]
}
