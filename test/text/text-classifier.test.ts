import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { TextClassifier } from '#lib/text/text-classifier.js'

const folder = join(__dirname, '..', 'fixtures', 'tiny-bert')
const golden = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8'))
const { texts, training } = golden as { texts: string[]; training: Record<string, number & number[]> }
let classifier: TextClassifier
const labels = () => golden.labels.map((n: number) => classifier.labels[n]!)

const softmax = (logits: number[]) => {
  const exponentials = logits.map(Math.exp)
  const sum = exponentials.reduce((a, b) => a + b)
  return exponentials.map((value) => value / sum)
}

function expectScores(received: readonly { scores: Float32Array }[], logits: number[][], within: number) {
  for (const [n, { scores }] of received.entries())
    for (const [i, score] of softmax(logits[n]!).entries()) expect(Math.abs(scores[i]! - score)).toBeLessThan(within)
}

beforeAll(async () => {
  classifier = await TextClassifier.load(folder)
})

describe('TextClassifier', () => {
  it('gives the probabilities of transformers', async () => {
    expect(classifier.labels).toEqual(['drama', 'crime', 'other'])
    expectScores(await classifier.predict(texts), golden.logits, 1e-5)
  })

  it('trains as PyTorch does: AdamW, decay, clipping, frozen embeddings', async () => {
    await classifier.fit(texts, labels(), {
      epochs: training.losses!.length,
      batchSize: texts.length,
      learningRate: training.learningRate,
      weightDecay: training.weightDecay,
      maxNorm: training.maxNorm,
      schedule: 'constant',
      frozen: (name) => name.includes('_embeddings.'),
    })
    for (const [n, { loss }] of classifier.history.entries())
      expect(Math.abs(loss - training.losses![n]!)).toBeLessThan(1e-4)
    expectScores(await classifier.predict(texts), training.logits as never, 1e-3)
  })
})
