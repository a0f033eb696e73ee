import { CRF } from '../../encode/bert/architecture.js'
import type { Graph } from '../../nn/graph/graph.js'
import type { CrfWeights } from '../../nn/ops/sequences/crf.js'
import type { HeadShapes } from './source.js'

/** The weights of a conditional random field over `labels` tags, by the names of pytorch-crf. */
export function crfShapes(labels: number): HeadShapes {
  return new Map([
    [CRF.transitions, [labels, labels]],
    [CRF.start, [labels]],
    [CRF.end, [labels]],
  ])
}

/** Whether a folder with these tensors has such weights. */
export function hasCrf(tensors: ReadonlyMap<string, unknown>): boolean {
  return tensors.has(CRF.transitions)
}

export function crfWeights(graph: Graph): CrfWeights {
  return {
    transitions: graph.parameter(CRF.transitions),
    start: graph.parameter(CRF.start),
    end: graph.parameter(CRF.end),
  }
}
