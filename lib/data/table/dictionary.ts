import { KindredError } from '../../native/errors.js'

// What a JavaScript Map holds.
const MAX_TEXTS = 2 ** 24

/** Distinct texts in order of first appearance. */
export class Dictionary {
  readonly texts: string[] = []
  readonly #codes = new Map<string, number>()
  readonly #name: string

  /** @param name of the column, for errors */
  constructor(name: string) {
    this.#name = name
  }

  /** The code of a text, which is taken in if it is new. @throws ERR_TOO_LARGE beyond 2^24 distinct texts */
  codeOf(text: string): number {
    const known = this.#codes.get(text)
    if (known !== undefined) return known
    const code = this.texts.length
    if (code === MAX_TEXTS)
      throw new KindredError(
        'ERR_TOO_LARGE',
        `column ${JSON.stringify(this.#name)}: more than ${MAX_TEXTS} distinct strings. Read the table in parts, or leave the column out with the option columns.`,
      )
    this.texts.push(text)
    this.#codes.set(text, code)
    return code
  }
}
