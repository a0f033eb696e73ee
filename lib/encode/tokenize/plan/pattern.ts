import { show } from '../../../native/errors.js'
import { Part, refusePart } from './read-part.js'

/** What `{ "String": .. }` or `{ "Regex": .. }` says. @throws ERR_ENCODER */
export function patternOf(name: string, value: unknown): { pattern: string; isRegex: boolean } {
  const part = new Part(name, value)
  const isRegex = part.has('Regex')
  const pattern = part.text(isRegex ? 'Regex' : 'String')
  part.end()
  if (pattern === '') refusePart(`${name}: expected a pattern that is not empty but found ${show(pattern)}`)
  return { pattern, isRegex }
}
