import { QUERIES } from '../pooling/read-pooling.js'
import type { BertConfig } from './bert-config.js'
import type { ConfigReader } from './config-reader.js'

/** What stands above an encoder: a head for whole texts, for each token, for masked words, or nothing. */
export type HeadKind = 'texts' | 'tokens' | 'words' | 'none'

/** Modules by their name here and their name in files; `*` stands for the number of a layer. */
export type ModuleNames = Readonly<Record<string, string>>

/** How an architecture of BERT's family differs from BERT: sizes, names in files, heads. Names here are BERT's for all. */
export interface Architecture {
  /** Each `model_type` of config.json, and what the names of its classes in transformers begin with. */
  readonly classes: Readonly<Record<string, string>>
  /** What the names of the encoder's tensors begin with beside a head. */
  readonly prefix: string
  /** Modules of the encoder whose name in files is another, without the prefix. */
  readonly encoder: ModuleNames
  /** All modules of each head, with the prefix where they have it. */
  readonly heads: Readonly<Record<Exclude<HeadKind, 'none'>, ModuleNames>>
  /** @throws ERR_ENCODER for what cannot be run */
  sizes(json: ConfigReader): Omit<BertConfig, 'removed'>
}

/** Tensors of a conditional random field over the tags of tokens: no architecture has one of its own. */
export const CRF = {
  transitions: 'crf.transitions',
  start: 'crf.start_transitions',
  end: 'crf.end_transitions',
} as const

/** Tensors of a pooling of all states, in place of that of the first, and of a head above it: no architecture has one. */
export const POOLING = {
  queries: QUERIES,
  dense: 'pooling.dense',
  classifier: 'pooling.classifier',
} as const

/** Layers that are each run once. */
export function inOrder(layers: number): number[] {
  return Array.from({ length: layers }, (_, n) => n)
}

/** Modules of a head for masked words, for {@link Architecture.heads}. */
export function wordHead(dense: string, norm: string, bias: string): ModuleNames {
  return {
    'cls.predictions.transform.dense': dense,
    'cls.predictions.transform.LayerNorm': norm,
    'cls.predictions': bias,
  }
}

/** Names here of the tensors that a head may have. */
export function headTensors({ heads }: Architecture, head: HeadKind): string[] {
  if (head === 'none') return [POOLING.queries]
  const parts = (modules: readonly string[]) => modules.flatMap((module) => [`${module}.weight`, `${module}.bias`])
  const own = {
    texts: [POOLING.queries, ...parts([POOLING.dense, POOLING.classifier])],
    tokens: Object.values(CRF),
    words: [],
  }
  return [...parts(Object.keys(heads[head])), ...own[head]]
}

/** The name in a file of a tensor of a model with this head. */
export function fileName({ prefix, encoder, heads }: Architecture, head: HeadKind, name: string): string {
  const [, module, part] = /^(.*)\.(\w+)$/.exec(name) as unknown as [string, string, string]
  if (module === 'crf' || module.startsWith('pooling')) return name
  const own = head === 'none' ? undefined : heads[head][module]
  if (own !== undefined) return `${own}.${part}`
  const number = /\.(\d+)\./.exec(module)?.[1]
  const pattern = module.replace(/\.\d+\./, '.*.')
  return `${prefix}${(encoder[pattern] ?? pattern).replace('*', number ?? '*')}.${part}`
}

/** Names that a tensor may have in a file that is read: without a head, encoders have no prefix; old files have other parts. */
export function* namesInFiles(architecture: Architecture, head: HeadKind, name: string): Generator<string> {
  const { prefix } = architecture
  const whole = fileName(architecture, head, name)
  const bare = whole.startsWith(prefix) ? whole.slice(prefix.length) : undefined
  const names = bare === undefined ? [whole] : [whole, bare, `model.${bare}`]
  yield* names
  for (const each of names) {
    // Normalisations of checkpoints that were converted from TensorFlow.
    const old = each.replace(/\.weight$/, '.gamma').replace(/\.bias$/, '.beta')
    if (name.includes('LayerNorm')) yield old
  }
  // transformers ties the bias of words to that of a product, and may write either name.
  if (name === 'cls.predictions.bias') yield whole.replace(/bias$/, 'decoder.bias')
}
