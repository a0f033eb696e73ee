import { readFileSync } from 'node:fs'

/** A file of raw numbers, as a typed array of its own. */
export function readAs(Type, path) {
  const bytes = readFileSync(path)
  return new Type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}
