/** What is wrong with a JSON text, and where. */
export class JsonFault extends Error {}

const MAX_DEPTH = 500

// Numbers as JSON has them, and NaN and infinities as DuckDB takes them and Python writes them.
const TOKEN =
  /[ \t\r\n]*(?:([{}[\]:,])|(")|(true|false|null)|(-?(?:(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|[nN][aA][nN]|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?))(?![\w.+-]))/y

/** Walks over the tokens of one text. */
class Scanner {
  readonly #text: string
  /** Where the next token begins, with the spaces before it. */
  at = 0

  constructor(text: string) {
    this.#text = text
  }

  fault(expected: string): JsonFault {
    const begin = this.at + /^[ \t\r\n]*/.exec(this.#text.slice(this.at))![0].length
    const found = this.#text.slice(begin, begin + 20)
    const end = found === '' ? 'the end' : JSON.stringify(found)
    return new JsonFault(`expected ${expected} but found ${end} at character ${begin + 1}`)
  }

  /** The next token: its text and, if it is one, the value. */
  next(expected: string): { mark?: string; value?: unknown } {
    TOKEN.lastIndex = this.at
    const found = TOKEN.exec(this.#text)
    if (found === null) throw this.fault(expected)
    const [, mark, quote, word, number] = found
    const end = quote === undefined ? TOKEN.lastIndex : this.#closing(TOKEN.lastIndex)
    const value =
      mark ??
      (number === undefined ? this.#parsed(word ?? this.#text.slice(TOKEN.lastIndex - 1, end)) : numberOf(number))
    this.at = end
    return mark === undefined ? { value } : { mark }
  }

  /** Where the string ends that begins before `begin`. */
  #closing(begin: number): number {
    for (let end = begin; ; ) {
      const quote = this.#text.indexOf('"', end)
      if (quote < 0) throw this.fault('a string that closes')
      let escapes = quote
      while (this.#text[escapes - 1] === '\\') escapes--
      end = quote + 1
      if ((quote - escapes) % 2 === 0) return end
    }
  }

  /** As JSON.parse, which refuses control characters and unknown escapes. */
  #parsed(text: string): unknown {
    try {
      return JSON.parse(text)
    } catch {
      throw this.fault('a value that JSON can hold')
    }
  }

  /** Takes the mark if it comes next. */
  takes(mark: string): boolean {
    TOKEN.lastIndex = this.at
    if (TOKEN.exec(this.#text)?.[1] !== mark) return false
    this.at = TOKEN.lastIndex
    return true
  }

  /** Calls `element` for each element of a list or object that has begun, up to its closing mark. */
  #elements(close: string, element: () => void): void {
    while (!this.takes(close)) {
      element()
      if (this.takes(',')) continue
      if (!this.takes(close)) throw this.fault(`"," or "${close}"`)
      return
    }
  }

  /** `member` gets the name of each member of an object that has begun, and takes its value. */
  members(member: (name: string) => void): void {
    this.#elements('}', () => {
      const begin = this.at
      const { value } = this.next('a name in quotes')
      if (typeof value !== 'string') {
        this.at = begin
        throw this.fault('a name in quotes')
      }
      if (!this.takes(':')) throw this.fault('":"')
      member(value)
    })
  }

  value(depth = 0): unknown {
    if (depth > MAX_DEPTH) throw new JsonFault(`expected at most ${MAX_DEPTH} lists and objects within each other`)
    const begin = this.at
    const token = this.next('a value')
    if (token.mark === undefined) return token.value
    if (token.mark === '[') {
      const list: unknown[] = []
      this.#elements(']', () => list.push(this.value(depth + 1)))
      return list
    }
    if (token.mark === '{') {
      const object: Record<string, unknown> = Object.create(null)
      this.members((name) => {
        object[name] = this.value(depth + 1)
      })
      return object
    }
    this.at = begin
    throw this.fault('a value')
  }

  end(): void {
    if (this.#text.slice(this.at).trim() !== '') throw this.fault('the end of the line')
  }
}

function numberOf(text: string): number | bigint {
  if (/^-?\d{16,}$/.test(text)) return BigInt(text)
  if (/^-?[in]/i.test(text)) return /n$/i.test(text) ? Number.NaN : text.startsWith('-') ? -Infinity : Infinity
  return Number(text)
}

/**
 * The value of a JSON text: as JSON.parse, but integers of 16 digits or more are bigints, objects have no
 * prototype, and NaN, Infinity and a comma after the last element may stand in it.
 * @throws JsonFault
 */
export function parseJson(text: string): unknown {
  const scanner = new Scanner(text)
  const value = scanner.value()
  scanner.end()
  return value
}

/** The members of a JSON object as texts. */
export interface Members {
  get(name: string): string | undefined
  keys(): Iterable<string>
}

/** Of what JSON.parse takes. */
class ParsedMembers implements Members {
  readonly #object: Readonly<Record<string, unknown>>

  constructor(object: Readonly<Record<string, unknown>>) {
    this.#object = object
  }

  get(name: string): string | undefined {
    return Object.hasOwn(this.#object, name) ? JSON.stringify(this.#object[name]) : undefined
  }

  keys(): Iterable<string> {
    return Object.keys(this.#object)
  }
}

/** Numbers that JavaScript may write otherwise than the text does. */
const LONG_NUMBER = /\d{16}|\d[eE][-+\d]/

/**
 * The members of a JSON object as texts, of a name that comes twice the last, as JSON.parse has it; none for `null`.
 * @throws JsonFault
 */
export function membersOf(text: string): Members {
  if (!LONG_NUMBER.test(text))
    try {
      const object = JSON.parse(text) as unknown
      if (object !== null && typeof object === 'object' && !Array.isArray(object))
        return new ParsedMembers(object as Record<string, unknown>)
    } catch {
      // NaN, a comma too many, or a fault that the scanner tells.
    }
  return scannedMembers(text)
}

function scannedMembers(text: string): Members {
  const members = new Map<string, string>()
  if (text.trim() === 'null') return members
  const scanner = new Scanner(text)
  if (scanner.takes('{'))
    scanner.members((name) => {
      const begin = scanner.at
      scanner.value()
      members.set(name, text.slice(begin, scanner.at).trim())
    })
  else
    throw scanner.takes('[')
      ? new JsonFault('expected a JSON object but found a JSON ARRAY')
      : scanner.fault('a JSON object')
  scanner.end()
  return members
}
