// Damaged files of every kind that kindred reads: what it makes of them is a result or a typed error.
import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { outcomeOf } from './expect-typed.mjs'
import { mutate } from './mutate.mjs'
import { writeSamples } from './samples.mjs'

export const counts = { full: 20_000, part: 250 }

export async function prepare(folder) {
  const samples = await writeSamples(folder)
  for (const { name, path, read } of samples)
    await read(path).catch((error) => {
      throw new Error(`${name}: the whole file cannot be read: ${error.stack}`)
    })
  return { folder, samples, refused: 0 }
}

function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
}

/** Writes the checksum and the size of the altered weights into config.json, so that what lies behind is reached. */
function settleChecksum(dir) {
  const path = join(dir, 'config.json')
  let config
  try {
    config = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return
  }
  const weights = config?.weights
  if (typeof weights?.file !== 'string' || !/^[\w.-]{1,99}$/.test(weights.file)) return
  const file = join(dir, weights.file)
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return
  const bytes = readFileSync(file)
  const settled = { ...weights, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length }
  writeFileSync(path, JSON.stringify({ ...config, weights: settled }))
}

export async function run(state, random, number) {
  const { folder, samples } = state
  // A transformer takes a process of its own, half a second.
  const cheap = samples.filter(({ name }) => name !== 'transformer')
  const sample = number % 40 === 39 ? samples.find(({ name }) => name === 'transformer') : cheap[number % cheap.length]
  const isFolder = statSync(sample.path).isDirectory()
  const path = join(folder, `damaged${isFolder ? '' : sample.name.slice(sample.name.indexOf('.'))}`)
  cpSync(sample.path, path, { recursive: true })
  try {
    const file = random.pick(filesOf(path))
    const { bytes, how } = mutate(readFileSync(file), extname(file).slice(1), random)
    writeFileSync(file, bytes)
    if (isFolder && random.chance(0.7)) settleChecksum(path)
    const { error } = await outcomeOf(`${sample.name}, ${how} in ${basename(file)}`, () => sample.read(path))
    if (error !== undefined) state.refused++
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}

/** Most damage is found. */
export function finish({ refused }, count) {
  if (count >= 100 && refused < count / 4) throw new Error(`only ${refused} of ${count} damaged files were refused`)
  return `${refused} were refused`
}
