import { resolve } from 'node:path'
import { createRandom } from '../../data/random.js'
import type { HeadKind } from '../../encode/bert/architecture.js'
import { bertConfigOf } from '../../encode/bert/architectures/index.js'
import { bertShapes } from '../../encode/bert/bert-config.js'
import { type BertFolder, readBertFolder, readTensor } from '../../encode/bert/bert-folder.js'
import type { HuggingFaceTokenizer } from '../../encode/tokenize/hugging-face-tokenizer.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { loadBertWeights } from '../../nn/bert/load-bert.js'
import { Weights } from '../../nn/weights.js'
import { ADAPTER_CONFIG, Adaptation } from './adaptation.js'
import { loadTokenizer } from './token-sequences.js'

/** A loaded folder: the encoder's weights are there, those of a head are not. */
export interface BertSource {
  readonly folder: BertFolder
  readonly tokenizer: HuggingFaceTokenizer
  readonly weights: Weights
  readonly adaptation: Adaptation
}

/** @throws ERR_ENCODER for a folder that is none or of another architecture, ERR_VALUE, ERR_MODEL_FILE, ERR_ABORTED */
export async function loadSource(
  where: string,
  folder: string,
  head: HeadKind,
  signal?: AbortSignal,
): Promise<BertSource> {
  const found = await readBertFolder(checkFolder(where, folder), head)
  const tokenizer = await loadTokenizer(found.folder)
  const { vocabulary } = found.config
  if (tokenizer.size > vocabulary)
    throw new KindredError(
      'ERR_ENCODER',
      `${found.folder}: its tokenizer.json has ${tokenizer.size} tokens, but config.json says that vocab_size is ${vocabulary}. Take both from one model.`,
    )
  const weights = new Weights()
  await loadBertWeights(weights, found, signal)
  const adaptation = new Adaptation(weights, bertShapes(found.config))
  const saved = found.json[ADAPTER_CONFIG]
  if (saved !== undefined) await adaptation.load(saved, (name, shape) => readTensor(found, name, shape, signal))
  throwIfAborted(signal)
  return { folder: found, tokenizer, weights, adaptation }
}

/**
 * An encoder with normal weights drawn by the seed and biases of 0.
 * @param json its config.json, but for the size of the vocabulary
 * @throws ERR_ENCODER, ERR_VALUE
 */
export async function newSource(
  where: string,
  tokenizerFolder: string,
  json: Readonly<Record<string, unknown>>,
  seed: number,
): Promise<BertSource> {
  const path = checkFolder(where, tokenizerFolder)
  const tokenizer = await loadTokenizer(path)
  const whole = { ...json, vocab_size: tokenizer.size }
  const weights = new Weights()
  const folder = {
    ...bertConfigOf(whole, where),
    folder: path,
    head: 'words' as const,
    json: whole,
    file: undefined,
    tensors: new Map(),
    hasAdapter: false,
  }
  const adaptation = new Adaptation(weights, bertShapes(folder.config))
  const source = { folder, tokenizer, weights, adaptation }
  await addHead(source, bertShapes(folder.config), seed, () => false)
  return source
}

/** The path of a folder in full. @throws ERR_VALUE */
export function checkFolder(where: string, folder: unknown): string {
  if (typeof folder === 'string' && folder !== '') return resolve(folder)
  throw new KindredError('ERR_VALUE', `${where}: expected the path of a folder but received ${show(folder)}.`)
}

/** The tensors of a head and their shapes. */
export type HeadShapes = ReadonlyMap<string, readonly number[]>

/**
 * Declares weights: those of the folder where `isKept` says so, else normal numbers drawn by the seed, biases of 0 and factors
 * of normalisations of 1.
 */
export async function addHead(
  { folder, weights }: Pick<BertSource, 'folder' | 'weights'>,
  shapes: HeadShapes,
  seed: number,
  isKept: (name: string) => boolean,
): Promise<void> {
  const random = createRandom(seed)
  for (const [name, shape] of shapes) {
    weights.declare(name, shape)
    if (isKept(name)) await weights.write(name, await readTensor(folder, name, shape))
    else if (name.endsWith('LayerNorm.weight')) await weights.write(name, new Float32Array(shape[0]!).fill(1))
    else if (shape.length === 2) {
      const normal = () => folder.config.initializerRange * random.normal()
      await weights.write(name, Float32Array.from({ length: shape[0]! * shape[1]! }, normal))
    }
  }
}
