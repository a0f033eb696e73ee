import { createHash } from 'node:crypto'
import { IdMap } from '../../data/id-map.js'
import { runYielding } from '../../data/resumable.js'
import type { Tensor } from '../../data/storage/safetensors.js'
import { loadFolder, saveFolder } from '../../data/storage/saved-folder.js'
import { idsToTensors, type SavedTensors, vectorTensor } from '../../data/storage/saved-tensors.js'
import type { Embedder } from '../../encode/embedder.js'
import { KindredError, show } from '../../native/errors.js'
import type { Category } from '../categories/category.js'
import { Vocabulary } from '../categories/vocabulary.js'
import type { FeatureInput, FeatureState, FittedFeature } from './feature.js'
import { FittedPipeline } from './fitted-pipeline.js'
import { planFeatures } from './plan-features.js'

const KIND = { kind: 'feature-pipeline' }

/** What config.json says of a feature. */
interface SavedFeature {
  readonly name: string
  readonly declared: Readonly<Record<string, unknown>>
  readonly inputs: readonly FeatureInput[]
  readonly config: Readonly<Record<string, unknown>>
  /** What its categories are, if it has any: strings, numbers, or the booleans themselves. */
  readonly categories?: 'string' | 'number' | readonly boolean[]
}

async function categoryTensors(
  prefix: string,
  categories: readonly Category[],
  signal: AbortSignal | undefined,
): Promise<Record<string, Tensor>> {
  if (categories.length === 0 || typeof categories[0] === 'boolean') return {}
  if (typeof categories[0] === 'number')
    return { [`${prefix}.values`]: vectorTensor(Float64Array.from(categories as number[])) }
  return idsToTensors(prefix, await runYielding(IdMap.collecting(categories, prefix), signal), signal)
}

function kindOf(categories: readonly Category[] | undefined): SavedFeature['categories'] {
  if (categories === undefined) return undefined
  const [first] = categories
  if (typeof first === 'string' || typeof first === 'number') return typeof first as 'string' | 'number'
  return categories as readonly boolean[]
}

/** SHA-256 (hex): config.json itself has no checksum. */
function checksumOf(features: unknown): string {
  return createHash('sha256').update(JSON.stringify(features)).digest('hex')
}

/** @throws ERR_IO, ERR_ABORTED */
export async function savePipeline(
  dir: string,
  pipeline: FittedPipeline,
  signal: AbortSignal | undefined,
): Promise<void> {
  const tensors: Record<string, Tensor> = {}
  const features: SavedFeature[] = []
  for (const [i, [name, declared]] of pipeline.declared.entries()) {
    const feature = pipeline.features.get(name)!
    const { config = {}, numbers, categories } = feature.state()
    const kind = kindOf(categories)
    features.push({ name, declared, inputs: feature.inputs, config, ...(kind !== undefined && { categories: kind }) })
    if (numbers !== undefined) tensors[`${i}.numbers`] = vectorTensor(numbers)
    Object.assign(tensors, await categoryTensors(`${i}.categories`, categories ?? [], signal))
  }
  const { hash: schema, id } = pipeline
  const config = { schema, checksum: checksumOf(features), ...(id !== undefined && { id }), features }
  await saveFolder(dir, KIND, { config, tensors }, { signal })
}

async function readCategories(
  saved: SavedFeature,
  prefix: string,
  tensors: SavedTensors,
  signal: AbortSignal | undefined,
): Promise<readonly Category[]> {
  if (saved.categories === 'number') return Array.from(tensors.vector(`${prefix}.values`, Float64Array))
  if (saved.categories === 'string') return [...(await tensors.ids(prefix, signal))]
  return saved.categories ?? []
}

/** @throws ERR_MODEL_FILE, ERR_VALUE for an embedder that is not given or none, ERR_IO, ERR_ABORTED */
export async function loadPipeline(
  dir: string,
  embedders: Readonly<Record<string, Embedder>>,
  signal: AbortSignal | undefined,
): Promise<{ pipeline: FittedPipeline; plans: ReturnType<typeof planFeatures> }> {
  const { config, tensors } = await loadFolder(dir, KIND, { signal })
  const { features: saved, id } = config as { features?: readonly SavedFeature[]; id?: string }
  if (!Array.isArray(saved) || checksumOf(saved) !== config.checksum || !['string', 'undefined'].includes(typeof id))
    throw damaged(dir, 'its features are not those whose hash was saved')
  for (const name of Object.keys(embedders))
    if (!saved.some((feature) => feature.name === name && feature.declared.kind === 'text'))
      throw new KindredError('ERR_VALUE', `embedders: the pipeline has no feature ${show(name)} of texts.`)
  try {
    const declarations = saved.map(({ name, declared }) => {
      const embedder = Object.hasOwn(embedders, name) ? { embedder: embedders[name] } : {}
      return [name, { ...declared, ...embedder }] as const
    })
    const plans = planFeatures(declarations)
    const features = new Map<string, FittedFeature>()
    for (const [i, own] of saved.entries()) {
      const state: Required<FeatureState> = {
        config: own.config ?? {},
        numbers: tensors.has(`${i}.numbers`) ? tensors.vector(`${i}.numbers`, Float64Array) : new Float64Array(0),
        categories: await readCategories(own, `${i}.categories`, tensors, signal),
      }
      const plan = plans.get(own.name)!
      const vocabulary = await runYielding(Vocabulary.from(state.categories), signal)
      features.set(own.name, plan.restore(state, { inputs: own.inputs, embedder: plan.embedder, vocabulary }))
    }
    const declared = Array.from(plans, ([name, plan]) => [name, plan.declared] as const)
    const pipeline = new FittedPipeline(features, declared, id)
    if (pipeline.hash !== config.schema) throw damaged(dir, 'its features or columns are not those of its schema')
    return { pipeline, plans }
  } catch (error) {
    const { code, message } = error as KindredError
    const isOwn = code === 'ERR_MODEL_FILE' || code === 'ERR_ABORTED' || /embedder/.test(message)
    if (isOwn || code === undefined) throw error
    throw damaged(dir, message.replace(/\.$/, ''), error)
  }
}

function damaged(dir: string, why: string, cause?: unknown): KindredError {
  return new KindredError('ERR_MODEL_FILE', `${dir}: config.json was altered: ${why}. Restore it, or save it again.`, {
    cause,
  })
}
