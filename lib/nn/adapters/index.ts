import { KindredError, show } from '../../native/errors.js'
import { type AdaLoraOptions, adalora } from './adalora.js'
import type { Adapter, Products } from './adapter.js'
import { type BottleneckOptions, bottleneck } from './bottleneck.js'
import { type LoraOptions, lora } from './lora.js'

export type { AdaLoraOptions, BottleneckOptions, LoraOptions }

/** What alone is trained, beside the head, in place of all weights. */
export type AdapterOptions = LoraOptions | BottleneckOptions | AdaLoraOptions

/** Products that end a sub-layer of a transformer. */
const SUBLAYER_ENDS = ['attention.output.dense', 'output.dense']

const KINDS: Readonly<Record<string, (options: never, products: Products) => Adapter>> = {
  lora,
  adalora,
  bottleneck: (options: BottleneckOptions, products) => bottleneck(options, products, SUBLAYER_ENDS),
}

/**
 * @internal The adapter that options ask for, of a network with these products.
 * @throws ERR_VALUE naming the option
 */
export function makeAdapter(options: unknown, products: Products): Adapter {
  const kind = options === null || typeof options !== 'object' ? undefined : (options as { kind?: unknown }).kind
  const make = typeof kind === 'string' && Object.hasOwn(KINDS, kind) ? KINDS[kind]! : undefined
  if (make === undefined)
    throw new KindredError(
      'ERR_VALUE',
      `adapter: expected { kind: ${Object.keys(KINDS)
        .map((name) => `'${name}'`)
        .join(' | ')} } but received ${kind === undefined ? show(options) : `{ kind: ${show(kind)} }`}.`,
    )
  return make(options as never, products)
}
