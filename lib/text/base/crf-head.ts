import type { Graph } from '../../nn/graph/graph.js'
import type { CrfWeights } from '../../nn/ops/crf.js'
import type { HeadShapes } from './bert-model.js'

const TRANSITIONS = 'crf.transitions'
const START = 'crf.start_transitions'
const END = 'crf.end_transitions'

/** The weights of a conditional random field over `labels` tags, by the names of pytorch-crf. */
export function crfShapes(labels: number): HeadShapes {
  return new Map([
    [TRANSITIONS, [labels, labels]],
    [START, [labels]],
    [END, [labels]],
  ])
}

/** Whether a folder with these tensors has such weights. */
export function hasCrf(tensors: ReadonlyMap<string, unknown>): boolean {
  return tensors.has(TRANSITIONS)
}

export function crfWeights(graph: Graph): CrfWeights {
  return { transitions: graph.parameter(TRANSITIONS), start: graph.parameter(START), end: graph.parameter(END) }
}
