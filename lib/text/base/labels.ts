import { POOLING } from '../../encode/bert/architecture.js'
import type { BertFolder } from '../../encode/bert/bert-folder.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, show } from '../../native/errors.js'

/** How a model with labels is loaded. */
export interface NewHeadOptions extends AbortOptions {
  /** The classes, for a new head; absent for a folder that holds one. */
  labels?: readonly string[]
  /** Draws the weights of a new head, an integer from 0. Default 0. */
  seed?: number
}

/** @throws ERR_VALUE */
export function checkLabels(option: string, labels: unknown): string[] {
  const isLegal =
    Array.isArray(labels) &&
    labels.length >= 2 &&
    labels.every((label) => typeof label === 'string' && label !== '') &&
    new Set(labels).size === labels.length
  if (isLegal) return [...labels]
  throw new KindredError(
    'ERR_VALUE',
    `${option}: expected at least two different names of classes but received ${show(labels)}.`,
  )
}

/** What a head says, by what the names of its classes in transformers end with. */
const HEADS = { classes: 'ForSequenceClassification', tags: 'ForTokenClassification' } as const

/** Whether a folder has a head for whole texts. */
export function hasHeadForTexts({ tensors }: Pick<BertFolder, 'tensors'>): boolean {
  return ['classifier', POOLING.classifier].some((name) => tensors.has(`${name}.weight`))
}

/** The labels of a folder that has a head. @throws ERR_VALUE for one that has none, or one that says something else */
export function savedLabels(
  { folder, json, tensors }: BertFolder,
  what: keyof typeof HEADS,
  example: string,
): string[] {
  const architecture = String((json.architectures as unknown[] | undefined)?.[0])
  const other = what === 'tags' ? 'classes' : 'tags'
  if (architecture.endsWith(HEADS[other]))
    throw new KindredError(
      'ERR_VALUE',
      `labels: ${folder} holds a head for ${other} (${architecture}). Name the ${what} of a new one: { labels: ${example} }.`,
    )
  if (!tensors.has('classifier.weight') && !hasHeadForTexts({ tensors }))
    throw new KindredError(
      'ERR_VALUE',
      `labels: ${folder} holds an encoder without a head. Name the ${what} of a new one: { labels: ${example} }.`,
    )
  const names = json.id2label ?? unnamedLabels(json.num_labels)
  return checkLabels(
    `${folder}: id2label`,
    Object.keys(names).map((_, n) => (names as Record<string, unknown>)[n]),
  )
}

/** What transformers calls labels that config.json leaves without names. */
function unnamedLabels(count: unknown): Record<number, string> {
  const length = Number.isInteger(count) && (count as number) >= 0 && (count as number) < 1e6 ? (count as number) : 2
  return Object.fromEntries(Array.from({ length }, (_, n) => [n, `LABEL_${n}`]))
}

/** What config.json says of labels. */
export function labelsConfig(labels: readonly string[]) {
  const entries = [...labels.entries()]
  return {
    id2label: Object.fromEntries(entries),
    label2id: Object.fromEntries(entries.map(([number, label]) => [label, number])),
  }
}

/** The number of each label. @throws ERR_VALUE naming one that is unknown */
export function labelNumbers(option: string, legal: readonly string[], labels: unknown, count: number): Int32Array {
  if (!Array.isArray(labels) || labels.length !== count)
    throw new KindredError(
      'ERR_VALUE',
      `${option}: expected one label for each of ${count} but received ${show(labels)}.`,
    )
  const numbers = new Map(legal.map((label, n) => [label, n]))
  return Int32Array.from(labels, (label, n) => {
    const number = numbers.get(label)
    if (number === undefined)
      throw new KindredError(
        'ERR_VALUE',
        `${option}[${n}]: expected one of ${legal.map(show).join(', ')} but received ${show(label)}.`,
      )
    return number
  })
}
