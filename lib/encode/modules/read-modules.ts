import { join } from 'node:path'
import { show } from '../../native/errors.js'
import { isObject, readJson, refuse } from '../folder-json.js'
import { type PoolingConfig, readPooling } from '../pooling/read-pooling.js'
import { readRowModule } from './read-row-module.js'
import type { RowModule } from './row-module.js'

/** What the modules of a folder do, in this order. */
export interface ModulePlan {
  /** The folder of the transformer's files, below that of the encoder. */
  transformer: string
  /** On the state of each token. */
  ofStates: readonly RowModule[]
  pooling: PoolingConfig
  /** On each pooled vector. */
  ofVectors: readonly RowModule[]
}

interface Module {
  kind: string
  type: string
  path: string
}

const ROW_MODULES: readonly string[] = ['Dense', 'LayerNorm', 'Normalize']
const SUPPORTED = 'Supported: Transformer first, then Pooling, Dense, LayerNorm, Normalize and Dropout'

/**
 * What modules.json says: its list, in the order of the list; undefined where there is none.
 * @throws ERR_ENCODER for a module that cannot be run, or stands where it cannot
 */
export async function readModules(folder: string): Promise<ModulePlan | undefined> {
  const path = join(folder, 'modules.json')
  const modules = await readList(path)
  if (modules === undefined) return undefined
  const [first, ...others] = modules
  if (first?.kind !== 'Transformer')
    refuse(path, `expected a Transformer as the first module but found ${first?.type ?? 'none'}. ${SUPPORTED}`)
  const states: RowModule[] = []
  let ofStates: RowModule[] = []
  let ofVectors: RowModule[] = []
  let pooling: PoolingConfig | undefined
  for (const { kind, type, path: where } of others) {
    if (kind === 'Pooling') {
      // Of two, the later pools the token states again: what was made of the vectors of the first is lost.
      pooling = await readPooling(join(folder, where, 'config.json'))
      ofStates = [...states]
      ofVectors = []
    } else if (ROW_MODULES.includes(kind)) {
      const { module, place } = await readRowModule(kind as RowModule['kind'], join(folder, where))
      if (place === 'token_embeddings') states.push(module)
      else if (pooling !== undefined) ofVectors.push(module)
      // A Normalize that has nothing to normalise yet is left out by sentence-transformers too.
      else if (kind !== 'Normalize') refuse(path, `a ${kind} of vectors stands before the Pooling that makes them`)
    } else if (kind !== 'Dropout') refuse(path, `a module of type ${type} cannot be run here. ${SUPPORTED}`)
  }
  if (pooling === undefined) return refuse(path, `expected a module Pooling but found none. ${SUPPORTED}`)
  return { transformer: first!.path, ofStates, pooling, ofVectors }
}

async function readList(path: string): Promise<Module[] | undefined> {
  const modules = await readJson(path)
  if (modules === undefined) return undefined
  if (!Array.isArray(modules)) refuse(path, 'expected a list of modules')
  const names = new Set<unknown>()
  return (modules as unknown[]).map((module) => {
    if (!isObject(module)) return refuse(path, `expected objects, each a module, but found ${show(module)}`)
    const { type, path: where = '', name } = module
    if (typeof type !== 'string' || typeof where !== 'string')
      return refuse(path, `expected a type and a path, texts, but found ${show(type)} and ${show(where)}`)
    if (name !== undefined && names.has(name)) refuse(path, `two modules have the name ${show(name)}`)
    names.add(name)
    // Any other is Python code of the folder's own or of another package, which may do anything.
    const kind = /^sentence_transformers\.(?:.*\.)?(\w+)$/.exec(type)?.[1] ?? ''
    return { kind, type, path: where }
  })
}
