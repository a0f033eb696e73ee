import { checkTexts } from '../../encode/check-texts.js'
import type { Program } from '../../nn/graph/program.js'
import type { TrainingJob } from '../base/bert-model.js'
import { pooledHead } from '../base/pooled-head.js'
import type { StatePooling } from '../base/text-pooling.js'
import { batchesWithin, batchOf } from '../base/token-sequences.js'
import { checkValidation } from '../base/training-options.js'
import type { LabeledTexts } from './classifier-options.js'
import type { Problem, ProblemType, ProblemTypes, Targets } from './problem.js'

/** Tokens that a prediction works on at a time. */
const TOKENS_AT_ONCE = 4096

/** Texts, as tokens, whose classes or numbers are to be told. */
export function classificationTask<P extends ProblemType>(
  problem: Problem<P>,
  sequences: readonly Int32Array[],
  truth: Targets,
  { padding, pooling }: { padding: number | undefined; pooling: StatePooling },
): Pick<TrainingJob<ProblemTypes[P]['report']>, 'logits' | 'loss' | 'batch'> {
  return {
    logits: (graph, encoded) => pooledHead(graph, encoded, pooling),
    loss: (_graph, _encoded, logits) => problem.loss(logits),
    batch: (samples) => ({
      ...batchOf(sequences, samples, padding),
      others: { labels: problem.batch(truth, samples) },
    }),
  }
}

/** What a training is judged by. @throws ERR_VALUE */
export function heldTexts<P extends ProblemType>(
  problem: Problem<P>,
  given: LabeledTexts<P> | undefined,
): { texts: readonly string[]; truth: Targets } | undefined {
  const validation = checkValidation(given, ['texts', 'labels'])
  if (validation === undefined) return undefined
  const texts = checkTexts(validation.texts, 'validation.texts')
  return { texts, truth: problem.targets('validation.labels', validation.labels, texts.length) }
}

/** What a program gives of each text, `outputs` numbers. @param program asked for before each batch */
export async function scoresOfTexts(
  program: () => Program,
  sequences: readonly Int32Array[],
  outputs: number,
  padding: number | undefined,
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const scores: Float32Array[] = []
  for (const chosen of batchesWithin(sequences, TOKENS_AT_ONCE)) {
    const { inputs, sizes } = batchOf(sequences, chosen, padding)
    const given = (await program().run(inputs, sizes, { signal }))[0] as Float32Array
    for (let n = 0; n < chosen.length; n++) scores.push(given.slice(n * outputs, (n + 1) * outputs))
  }
  return scores
}
