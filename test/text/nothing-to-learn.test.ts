// Trainings that could not learn anything, and options that would have no effect, are refused by name.
import { join } from 'node:path'
import { MaskedLanguageModel, SentenceEncoder, TextClassifier, type TextPair, TokenClassifier } from 'kindred'
import { expect, it } from 'vitest'

const folder = join(__dirname, '..', 'fixtures', 'tiny-bert')
const pairs: TextPair[] = [
  ['a dog', 'a king'],
  ['the sea', 'the war'],
]
const texts = ['a dog', 'the sea']
const refused = (message: string | RegExp) => ({
  code: 'ERR_VALUE',
  message: typeof message === 'string' ? message : expect.stringMatching(message),
})

it('in-batch and simcse take another text in a batch', async () => {
  const encoder = await SentenceEncoder.load(folder)
  await expect(encoder.fit(pairs, { batchSize: 1 })).rejects.toMatchObject(
    refused("batchSize: expected at least 2 with loss 'in-batch', which compares those of a batch, but received 1."),
  )
  await expect(encoder.fit(pairs.slice(1))).rejects.toMatchObject(refused(/^pairs: expected at least 2 with loss/))
  await expect(encoder.fit(texts.slice(1), { loss: 'simcse' })).rejects.toMatchObject(refused(/'simcse'.* received 1/))
  await encoder.fit(pairs, { scores: [1, 0], batchSize: 1, epochs: 1 })
  await encoder.fit(pairs, { batchSize: 2, epochs: 1 })
})

it('temperature is none of the loss cosine', async () => {
  const encoder = await SentenceEncoder.load(folder)
  await expect(encoder.fit(pairs, { scores: [1, 0], temperature: 0.1 })).rejects.toMatchObject(refused(/^temperature:/))
})

it('sentences and texts without a word', async () => {
  const tagger = await TokenClassifier.load(folder, { labels: ['O', 'B-X'] })
  await expect(tagger.fit([[], []], [[], []])).rejects.toMatchObject(
    refused(/^sentences: expected words to learn from/),
  )
  await tagger.fit([[], ['dog']], [[], ['O']], { epochs: 1 })
  const language = await MaskedLanguageModel.load(folder)
  await expect(language.fit(['', ' '])).rejects.toMatchObject(refused(/^texts: expected some words to mask/))
  await language.fit(['', 'the dog'], { epochs: 1 })
})

it('are refused under the name of what was given', async () => {
  const [labels, validation] = [['bad', 'good'], {} as never]
  const classifier = await TextClassifier.load(folder, { labels })
  const fit = (options: object) => classifier.fit(texts, labels, options)
  await expect(fit({ validation })).rejects.toMatchObject(refused(/^validation\.texts: expected an array of strings/))
  await expect(fit({ adapter: { kind: 'prefix' } })).rejects.toMatchObject(refused(/but received \{ kind: "prefix" \}/))
  await expect(fit({ learningRateFactor: () => '1' })).rejects.toMatchObject(refused(/^learningRateFactor of .*"1"/))
  const language = await MaskedLanguageModel.load(folder)
  await expect(language.fit(texts, { validation: 'a dog' as never })).rejects.toMatchObject(refused(/^validation: /))
})

it('nothing is judged by no texts', async () => {
  const classifier = await TextClassifier.load(folder, { labels: ['bad', 'good'] })
  await expect(classifier.evaluate([], [])).rejects.toMatchObject(refused(/^texts: expected something to judge/))
  const tagger = await TokenClassifier.load(folder, { labels: ['O', 'B-X'] })
  await expect(tagger.evaluate([], [])).rejects.toMatchObject(refused(/^sentences: expected something to judge/))
})
