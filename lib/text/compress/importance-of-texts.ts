import { LoopYielder } from '../../data/yield-to-event-loop.js'
import { plainDense } from '../../nn/adapters/adapter.js'
import { Graph } from '../../nn/graph/graph.js'
import { Program } from '../../nn/graph/program.js'
import type { TrainingJob } from '../base/bert-model.js'
import { encodedTokens } from '../base/encoded-tokens.js'
import type { BertSource } from '../base/source.js'
import { addImportance, type LayerImportance, maskGradients, noImportance, type ProductInput } from './importance.js'

/** How much the loss depends on each head of attention and each column, by the gradients of texts. */
export async function importanceOfTexts<Judged>(
  source: BertSource,
  job: Pick<TrainingJob<Judged>, 'settings' | 'samples' | 'logits' | 'loss' | 'batch'>,
): Promise<LayerImportance[]> {
  const { weights, folder, adaptation } = source
  const { batchSize, signal } = job.settings
  const graph = new Graph(weights)
  const products: ProductInput[] = []
  const dense = adaptation.dense(false) ?? plainDense
  const encoded = encodedTokens(source, graph, false, {
    whole: true,
    dense: (x, name) => {
      products.push({ name, x })
      return dense(x, name)
    },
  })
  const loss = job.loss(graph, encoded, job.logits?.(graph, encoded) ?? encoded.states)
  const { offsets, sequences } = encoded.inputs
  const masks = maskGradients(loss, products, offsets, sequences)
  const program = new Program(
    graph,
    masks.map((mask) => mask.products),
  )
  const importance = noImportance(folder.config)
  const yielder = new LoopYielder(signal)
  for (let begin = 0; begin < job.samples; begin += batchSize) {
    const samples = Int32Array.from({ length: Math.min(batchSize, job.samples - begin) }, (_, n) => begin + n)
    const { inputs, sizes, others } = await job.batch(samples, 1)
    const found = await program.run({ ...inputs, ...others }, sizes, { signal })
    for (const [n, { layer, isOfHeads }] of masks.entries())
      await addImportance(importance[layer]!, isOfHeads, found[n]!, samples.length, yielder)
  }
  return importance
}
