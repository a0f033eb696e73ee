import type { BertFolder } from '../../encode/bert/bert-folder.js'
import { checkOneOf } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import { checkLabels, hasHeadForTexts, savedLabels } from '../base/labels.js'
import { checkPoolingHeads, FIRST_STATE, type StatePooling, savedPooling } from '../base/text-pooling.js'
import { multiLabel } from './multi-label.js'
import type { Problem, ProblemType } from './problem.js'
import { regression } from './regression.js'
import { singleLabel } from './single-label.js'

const PROBLEM_TYPES: readonly ProblemType[] = ['single-label', 'multi-label', 'regression']

const OF_CONFIG: Readonly<Record<string, ProblemType>> = {
  single_label_classification: 'single-label',
  multi_label_classification: 'multi-label',
  regression: 'regression',
}

/** How many outputs a config.json gives a head; 0 where it says nothing. */
export function outputsOf({ id2label, num_labels: count }: Readonly<Record<string, unknown>>): number {
  if (typeof id2label === 'object' && id2label !== null) return Object.keys(id2label).length
  return typeof count === 'number' ? count : 0
}

/** The problem that the head of a folder is for: as transformers does, one output without a word of it is a number. */
function savedType({ json }: BertFolder): ProblemType {
  const given = OF_CONFIG[String(json.problem_type)]
  return given ?? (outputsOf(json) === 1 ? 'regression' : 'single-label')
}

/** What a classifier is loaded for, and whether the head of the folder is kept. */
export interface LoadedProblem {
  problem: Problem<ProblemType>
  pooling: StatePooling
  keepsHead: boolean
}

/** @throws ERR_VALUE for options that do not go together, before anything is read */
export function checkProblem(type: unknown, labels: unknown): void {
  if (type !== undefined) checkOneOf('problemType', type, PROBLEM_TYPES)
  if (labels === undefined) return
  if (type === 'regression')
    throw new KindredError(
      'ERR_VALUE',
      `labels: expected none with problemType 'regression', which gives a number, but received ${show(labels)}.`,
    )
  checkLabels('labels', labels)
}

/**
 * @param labels of a new head, if any
 * @param pooling of a new head; all three are checked
 * @throws ERR_VALUE for a folder without the head that they ask for
 */
export function problemOf(
  folder: BertFolder,
  type: ProblemType | undefined,
  labels: readonly string[] | undefined,
  pooling: StatePooling | undefined,
): LoadedProblem {
  if (pooling) checkPoolingHeads(pooling, folder.config.dims)
  const found = headOf(folder, type, labels)
  if (!found.keepsHead) return { ...found, pooling: pooling ?? FIRST_STATE }
  const saved = savedPooling(folder)
  if (pooling && (pooling.kind !== saved.kind || pooling.heads !== saved.heads))
    throw new KindredError(
      'ERR_VALUE',
      `pooling: ${folder.folder} holds a head with ${described(saved)}; one with ${described(pooling)} is a new head and needs its labels: { labels: ['bad', 'good'] }.`,
    )
  return { ...found, pooling: saved }
}

const described = ({ kind, heads }: StatePooling) => (heads > 0 ? `'${kind}' of ${heads} heads` : `'${kind}'`)

function headOf(
  folder: BertFolder,
  type: ProblemType | undefined,
  labels: readonly string[] | undefined,
): Omit<LoadedProblem, 'pooling'> {
  if (labels !== undefined)
    return { problem: type === 'multi-label' ? multiLabel(labels) : singleLabel(labels), keepsHead: false }
  const saved = savedType(folder)
  const hasHead = hasHeadForTexts(folder)
  const wanted = type ?? (hasHead ? saved : 'single-label')
  if (wanted === 'regression') return { problem: regression(), keepsHead: hasHead && saved === 'regression' }
  if (hasHead && wanted !== saved)
    throw new KindredError(
      'ERR_VALUE',
      `problemType: ${folder.folder} holds a head for '${saved}'; a new one for '${wanted}' needs its labels: { labels: ['bad', 'good'] }.`,
    )
  const own = savedLabels(folder, 'classes', "['bad', 'good']")
  return { problem: wanted === 'multi-label' ? multiLabel(own) : singleLabel(own), keepsHead: true }
}
