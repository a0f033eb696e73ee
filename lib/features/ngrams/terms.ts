import { LoopYielder } from '../../data/yield-to-event-loop.js'

/** The names of features in UTF-8, one behind another: what the addon takes and files hold. */
export interface Terms {
  readonly utf8: Uint8Array
  /** [features], where each name ends. */
  readonly ends: Int32Array
}

const TERMS_AT_ONCE = 1 << 10

/** @throws ERR_ABORTED */
export async function encodeTerms(names: readonly string[], signal: AbortSignal | undefined): Promise<Terms> {
  const ends = new Int32Array(names.length)
  const parts: Buffer[] = []
  let used = 0
  await new LoopYielder(signal).over(names.length, TERMS_AT_ONCE, (begin, end) => {
    const part = names.slice(begin, end)
    for (const [i, name] of part.entries()) {
      used += Buffer.byteLength(name)
      ends[begin + i] = used
    }
    parts.push(Buffer.from(part.join(''), 'utf8'))
  })
  return { utf8: new Uint8Array(Buffer.concat(parts)), ends }
}

/** The names [features]. @throws ERR_ABORTED */
export async function decodeTerms({ utf8, ends }: Terms, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const bytes = Buffer.from(utf8.buffer, utf8.byteOffset, utf8.byteLength)
  const names = new Array<string>(ends.length)
  await new LoopYielder(signal).over(ends.length, TERMS_AT_ONCE, (begin, end) => {
    const first = begin === 0 ? 0 : ends[begin - 1]!
    const all = bytes.toString('utf8', first, ends[end - 1])
    const isAscii = all.length === ends[end - 1]! - first
    for (let i = begin, from = first; i < end; from = ends[i++]!)
      names[i] = isAscii ? all.slice(from - first, ends[i]! - first) : bytes.toString('utf8', from, ends[i])
  })
  return names
}

/** Gives the column of each name: a map that is made when it is first asked for, since of many names it takes its time. */
export function columnsOf(names: readonly string[]): () => ReadonlyMap<string, number> {
  let columns: ReadonlyMap<string, number> | undefined
  return () => {
    columns ??= new Map(names.map((name, column) => [name, column]))
    return columns
  }
}
