import { createHash } from 'node:crypto'
import { LoopYielder } from '../../data/yield-to-event-loop.js'
import type { FittedPipeline } from './fitted-pipeline.js'

const CATEGORIES_AT_ONCE = 1024

/** SHA-256 (hex) of the schema and of all that was learnt: equal where equal rows become equal numbers. @throws ERR_ABORTED */
export async function fingerprintOf(pipeline: FittedPipeline, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256').update(pipeline.hash)
  const yielder = new LoopYielder(signal)
  for (const [name, feature] of pipeline.features) {
    const { config = {}, numbers = new Float64Array(0), categories = [] } = feature.state()
    hash.update(JSON.stringify([name, feature.names.length, config, numbers.length, categories.length]))
    hash.update(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength))
    await yielder.over(categories.length, CATEGORIES_AT_ONCE, (begin, end) => {
      hash.update(JSON.stringify(categories.slice(begin, end)))
    })
  }
  return hash.digest('hex')
}
