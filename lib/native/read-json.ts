import { readFile } from 'node:fs/promises'
import { KindredError } from './errors.js'
import { isMissing, systemError } from './system-errors.js'

/** What a JSON file holds, undefined if there is none. @throws ERR_ENCODER if it is not JSON, ERR_IO, ERR_RESOURCES */
export async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw systemError(`${path} cannot be read`, error, 'ERR_ENCODER')
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new KindredError('ERR_ENCODER', `${path} is not valid JSON: ${(cause as Error).message}`, { cause })
  }
}

/** The same for an object. */
export async function readJsonObject(path: string): Promise<Record<string, unknown> | undefined> {
  const value = await readJson(path)
  if (value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value)))
    return value as Record<string, unknown> | undefined
  throw new KindredError('ERR_ENCODER', `${path}: expected a JSON object.`)
}
