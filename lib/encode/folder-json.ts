import { access, readFile } from 'node:fs/promises'
import { KindredError, show } from '../native/errors.js'
import { isMissing, systemError } from '../native/system-errors.js'

/** A JSON object of a folder. */
export type JsonObject = Record<string, unknown>

/** ERR_ENCODER for a file of an encoder's folder. @param cause what is wrong with it, and what would be right */
export function refuse(path: string, cause: string): never {
  throw new KindredError('ERR_ENCODER', `${path}: ${cause}.`)
}

/** Whatever a JSON file of an encoder's folder holds, a byte order mark or none before it; undefined if there is none. @throws ERR_ENCODER */
export async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw systemError(`${path} cannot be read`, error, 'ERR_ENCODER')
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw new KindredError('ERR_ENCODER', `${path} is not valid JSON: ${(cause as Error).message}`, { cause })
  }
}

/** The same for a file that holds an object. @throws ERR_ENCODER */
export async function readObject(path: string): Promise<JsonObject | undefined> {
  const value = await readJson(path)
  if (value === undefined || isObject(value)) return value
  throw refuse(path, 'expected a JSON object')
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Refuses keys that are not known: they may change the vectors. @throws ERR_ENCODER */
export function checkKeys(path: string, config: JsonObject, known: readonly string[]): void {
  const strange = Object.keys(config).filter((key) => !known.includes(key))
  if (strange.length > 0)
    refuse(
      path,
      `${strange.map(show).join(', ')}: not known here, and may change the vectors. Known: ${known.join(', ')}`,
    )
}

/** A key that is true or false, or absent; null is false, as Python has it. @throws ERR_ENCODER */
export function readFlag(path: string, config: JsonObject, key: string, absent: boolean): boolean {
  const value = Object.hasOwn(config, key) ? (config[key] ?? false) : absent
  if (typeof value === 'boolean') return value
  return refuse(path, `${key}: expected true or false but found ${show(value)}`)
}

/** A key that is a positive integer. @throws ERR_ENCODER */
export function readSize(path: string, config: JsonObject, key: string): number {
  const value = config[key]
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
  return refuse(path, `${key}: expected a positive integer but found ${show(value)}`)
}

/** Whether there is such a file. @throws ERR_ENCODER if that cannot be told, ERR_RESOURCES */
export async function isThere(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch (cause) {
    if (isMissing(cause)) return false
    throw systemError(`${path} cannot be read`, cause, 'ERR_ENCODER')
  }
}
