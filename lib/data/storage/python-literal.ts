/** What a literal of Python stands for: dicts become Maps, lists and tuples arrays. */
export type PythonLiteral = string | number | boolean | null | PythonLiteral[] | Map<string, PythonLiteral>

const TOKEN =
  /[ \t\r\n]*(?:([{}()[\],:])|u?(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")|(-?(?:0|[1-9]\d*))L?\b|(True|False|None)\b)/y

const CLOSING = { '{': '}', '(': ')', '[': ']' } as const

/** Deepest nesting read. */
const MAX_DEPTH = 32

/**
 * A dict, list, tuple, string, integer, boolean or None as Python writes it, on as many lines as it likes; undefined for
 * any other text. Escapes in strings are kept as they are.
 */
export function parsePythonLiteral(text: string): PythonLiteral | undefined {
  let at = 0
  const next = (): RegExpExecArray => {
    TOKEN.lastIndex = at
    const token = TOKEN.exec(text)
    if (token === null) throw new SyntaxError(`no literal at ${at}`)
    at = TOKEN.lastIndex
    return token
  }
  const sign = (legal: string): string => {
    const found = next()[1]
    if (found === undefined || !legal.includes(found)) throw new SyntaxError(`expected ${legal} before ${at}`)
    return found
  }
  /** Reads elements up to `close`, separated by commas, the last perhaps followed by one. */
  const elements = (close: string, element: () => void): void => {
    for (;;) {
      const before = at
      if (next()[1] === close) return
      at = before
      element()
      if (sign(`,${close}`) === close) return
    }
  }
  const value = (depth: number): PythonLiteral => {
    if (depth > MAX_DEPTH) throw new SyntaxError('nested too deeply')
    const [, open, single, double, integer, word] = next()
    if (word !== undefined) return word === 'None' ? null : word === 'True'
    if (integer !== undefined) return Number(integer)
    if (open === undefined) return single ?? double!
    const close = CLOSING[open as keyof typeof CLOSING]
    if (close === undefined) throw new SyntaxError(`unexpected ${open}`)
    if (open === '{') {
      const dict = new Map<string, PythonLiteral>()
      elements(close, () => {
        const key = value(depth + 1)
        if (typeof key !== 'string' || dict.has(key)) throw new SyntaxError('a key that is no string, or comes twice')
        sign(':')
        dict.set(key, value(depth + 1))
      })
      return dict
    }
    const list: PythonLiteral[] = []
    elements(close, () => list.push(value(depth + 1)))
    return list
  }
  try {
    const parsed = value(0)
    return text.slice(at).trim() === '' ? parsed : undefined
  } catch {
    return undefined
  }
}
