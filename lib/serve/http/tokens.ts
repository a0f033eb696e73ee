import { createHash, timingSafeEqual } from 'node:crypto'
import { checkIterable, checkString } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'

const hashOf = (text: string) => createHash('sha256').update(text).digest()

/**
 * A check of `Authorization: Bearer TOKEN`. Hashes are compared, all of them and in constant time, so that the time of an
 * answer tells nothing of a token.
 * @param tokens each of which opens the service, of 16 characters or more
 * @throws ERR_VALUE for a token that is too short to be a secret
 */
export function tokenCheck(tokens: readonly string[]): (header: string | undefined) => boolean {
  const hashes = [...checkIterable('tokens', tokens, 'a list of tokens')].map((token) => {
    if (checkString('tokens', token).length < 16 || /[^\x21-\x7e]/.test(token))
      throw new KindredError(
        'ERR_VALUE',
        `tokens: expected at least 16 printable characters, no space, but received a token of ${token.length}. Take 32 random ones.`,
      )
    return hashOf(token)
  })
  return (header) => {
    const given = /^Bearer +(\S+) *$/i.exec(header ?? '')
    const hash = hashOf(given?.[1] ?? '')
    let equal = false
    for (const one of hashes) equal = timingSafeEqual(one, hash) || equal
    return equal
  }
}
