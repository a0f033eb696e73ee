import { show } from '../../../native/errors.js'
import type { NativeAddedToken, NativeTokenModel } from '../../../native/functions/tokenize.js'
import { Part, refusePart } from './read-part.js'

/**
 * The added tokens of a tokenizer.json. The reference gives each the id that it has in the vocabulary, and the next free one
 * if it has none; a file that says something else is refused.
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
    const id = part.count('id', 0)
    part.flag('special', false)
    if (content === '' || seen.has(content)) refusePart(`added token ${show(content)} is empty or comes twice`)
    seen.add(content)
    const expected = known.get(content) ?? (highest >= tokens.length ? highest + 1 : tokens.length)
    if (id !== expected)
      refusePart(`added token ${show(content)} has the id ${id}, but the reference implementation gives it ${expected}`)
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
