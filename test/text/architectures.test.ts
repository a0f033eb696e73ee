// The text models on small models of each architecture, against what transformers and PyTorch made of them.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CrossEncoder,
  MaskedLanguageModel,
  SentenceEncoder,
  TextClassifier,
  TextEmbedder,
  type TextPair,
  TokenClassifier,
} from 'kindred'
import { describe, expect, it } from 'vitest'
import { createRandom } from '#lib/data/random.js'
import { readTensorNames } from '#lib/data/storage/tensor-file.js'
import { readObject } from '#lib/encode/folder-json.js'
import { loadTokenizer, pairSequences, tokenSequences } from '#lib/text/base/token-sequences.js'
import { maskVocabulary, maskWords } from '#lib/text/mask-words.js'
import { onnxOutput } from '../support/onnx-output.js'
import { dir } from '../support/table-files.js'

interface Golden {
  texts: string[]
  labels: number[]
  ids: number[][]
  logits: number[][]
  vectors: number[][]
  words: number[][]
  pairs: { texts: [string, string]; ids: number[]; types: number[] }[]
  sentences: string[][]
  tags: number[][][]
  training: { learningRate: number; weightDecay: number; maxNorm: number; losses: number[]; logits: number[][] }
}

const fixtures = join(__dirname, '..', 'fixtures')
const LABELS = ['drama', 'crime', 'other']
const WITHIN = 1e-4

const OF_ROBERTA = {
  pad: 1,
  inputs: ['input_ids', 'attention_mask'],
  rates: ['hidden_dropout_prob', 'attention_probs_dropout_prob', 'classifier_dropout'],
}
const kinds = {
  roberta: { name: 'Roberta', ...OF_ROBERTA },
  'xlm-roberta': { name: 'XLMRoberta', ...OF_ROBERTA },
  mpnet: { name: 'MPNet', ...OF_ROBERTA, rates: ['hidden_dropout_prob', 'attention_probs_dropout_prob'] },
  distilbert: {
    name: 'DistilBert',
    pad: 0,
    inputs: ['input_ids', 'attention_mask'],
    rates: ['dropout', 'attention_dropout', 'seq_classif_dropout'],
  },
  albert: {
    name: 'Albert',
    pad: 0,
    inputs: ['input_ids', 'attention_mask', 'token_type_ids'],
    rates: ['hidden_dropout_prob', 'attention_probs_dropout_prob', 'classifier_dropout_prob'],
  },
}

const softmax = (logits: readonly number[]) => {
  const exponentials = logits.map(Math.exp)
  const sum = exponentials.reduce((a, b) => a + b)
  return exponentials.map((value) => value / sum)
}

function expectNear(received: ArrayLike<number>, expected: readonly number[], within = WITHIN) {
  expect(received.length).toBe(expected.length)
  for (const [n, value] of expected.entries())
    expect(Math.abs(received[n]! - value), `[${n}]: ${received[n]} and ${value}`).toBeLessThan(within)
}

describe.each(Object.entries(kinds))('%s', (kind, { name, pad, inputs, rates }) => {
  const folder = join(fixtures, 'tiny-architectures', kind)
  const golden = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as Golden
  const { texts, training } = golden
  const pairs = texts.map((text, n): TextPair => [text, texts[(n + 1) % texts.length]!])
  const out = (what: string) => join(dir, `${kind}-${what}`)
  const configOf = async (path: string) => (await readObject(join(path, 'config.json')))!
  /** The fixture, which has all heads, as a folder of its head for tags. */
  const taggerFolder = async () => {
    const path = out('of-tags')
    cpSync(folder, path, { recursive: true })
    const config = { ...(await configOf(folder)), architectures: [`${name}ForTokenClassification`] }
    writeFileSync(join(path, 'config.json'), JSON.stringify(config))
    return path
  }
  const tensorsOf = async (path: string) => (await readTensorNames(join(path, 'model.safetensors'), 'ERR_IO')).sort()

  it('reads texts and pairs as its tokenizer says', async () => {
    const tokenizer = await loadTokenizer(folder)
    const sequences = await tokenSequences(tokenizer, texts, 64)
    expect(sequences.map((ids) => [...ids])).toEqual(golden.ids)
    const read = await pairSequences(
      tokenizer,
      golden.pairs.map(({ texts }) => texts),
      64,
    )
    expect(read.map(({ ids, types }) => [[...ids], [...types]])).toEqual(
      golden.pairs.map(({ ids, types }) => [ids, types]),
    )
  })

  it('classifies texts as transformers does, in ONNX too', async () => {
    const classifier = await TextClassifier.load(folder)
    expect(classifier.labels).toEqual(LABELS)
    expect(classifier.maxTokens).toBe(pad === 1 ? 62 : 64)
    for (const [n, { scores }] of (await classifier.predict(texts)).entries())
      expectNear(scores, softmax(golden.logits[n]!))
    await classifier.exportOnnx(out('classifier-onnx'))
    for (const chosen of [golden.ids, golden.ids.slice(2, 3)]) {
      const given = await onnxOutput(
        out('classifier-onnx'),
        chosen.map((ids) => Int32Array.from(ids)),
        undefined,
        pad,
      )
      expect(given.inputs).toEqual(inputs)
      for (const [n, ids] of chosen.entries()) expectNear(given.at(n), golden.logits[golden.ids.indexOf(ids)]!)
    }
  })

  it('trains as PyTorch does: gradients, AdamW, decay, clipping, frozen embeddings', async () => {
    const classifier = await TextClassifier.load(folder)
    await classifier.fit(
      texts,
      golden.labels.map((n) => LABELS[n]!),
      {
        epochs: training.losses.length,
        batchSize: texts.length,
        learningRate: training.learningRate,
        weightDecay: training.weightDecay,
        maxNorm: training.maxNorm,
        schedule: 'constant',
        frozen: (name) => name.includes('_embeddings.'),
      },
    )
    expectNear(
      classifier.history.map(({ loss }) => loss),
      training.losses,
    )
    for (const [n, { scores }] of (await classifier.predict(texts)).entries())
      expectNear(scores, softmax(training.logits[n]!), 1e-3)
  })

  it('tags words as transformers does, in ONNX too', async () => {
    const tagger = await TokenClassifier.load(await taggerFolder())
    const best = (logits: number[]) => LABELS[logits.indexOf(Math.max(...logits))]!
    expect(await tagger.predict(golden.sentences)).toEqual(golden.tags.map((tags) => tags.map(best)))
    await tagger.exportOnnx(out('tagger-onnx'))
    const tokenizer = await loadTokenizer(folder)
    const [sentence] = golden.sentences
    const words = await tokenizer.encode(sentence!.map((word) => tokenizer.wordBegin + word))
    const ids = Int32Array.from([...tokenizer.prefix, ...words.flatMap((ids) => [...ids]), ...tokenizer.suffix])
    const { at } = await onnxOutput(out('tagger-onnx'), [ids])
    let place = tokenizer.prefix.length
    for (const [n, { length }] of words.entries()) {
      expectNear(at(0, place), golden.tags[0]![n]!)
      place += length
    }
  })

  it('knows masked words as transformers does: its ONNX, and the loss from it', async () => {
    const model = await MaskedLanguageModel.load(folder)
    await model.exportOnnx(out('words-onnx'))
    const first = await onnxOutput(out('words-onnx'), [Int32Array.from(golden.ids[0]!)])
    for (const [n, logits] of golden.words.entries()) expectNear(first.at(0, n), logits)
    const path = join(folder, 'tokenizer.json')
    const settings = (await readObject(join(folder, 'tokenizer_config.json')))!
    const vocabulary = maskVocabulary((await readObject(path))!, settings, path)
    const sequences = golden.ids.map((ids) => Int32Array.from(ids))
    const flat = Int32Array.from(sequences.flatMap((ids) => [...ids]))
    const { places, labels } = maskWords(flat, vocabulary, createRandom(3))
    expect(places.length).toBeGreaterThan(0)
    let begin = 0
    let sum = 0
    for (const { length } of sequences) {
      const { at } = await onnxOutput(out('words-onnx'), [flat.slice(begin, begin + length)])
      for (const [n, place] of places.entries())
        if (place >= begin && place < begin + length) sum -= Math.log(softmax(at(0, place - begin))[labels[n]!]!)
      begin += length
    }
    expect(Math.abs((await model.loss(texts, { seed: 3 })) - sum / places.length)).toBeLessThan(WITHIN)
  })

  it('embeds texts as transformers does, and saves a folder of TextEmbedder', async () => {
    const encoder = await SentenceEncoder.load(folder)
    const { data } = await encoder.embed(texts)
    expectNear(data, golden.vectors.flat())
    await encoder.save(out('sentences'))
    expect((await configOf(out('sentences'))).architectures).toEqual([`${name}Model`])
    using embedder = await TextEmbedder.load(out('sentences'))
    expectNear((await embedder.embed(texts)).vectors.data, [...data])
    expect((await (await SentenceEncoder.load(out('sentences'))).embed(texts)).data).toEqual(data)
  })

  it('saves the tensors and classes of transformers, and loads them again', async () => {
    const there = new Set(
      await readTensorNames(
        join(folder, kind === 'xlm-roberta' ? 'model.safetensors.index.json' : 'model.safetensors'),
        'ERR_IO',
      ),
    )
    const classifier = await TextClassifier.load(folder)
    const tagger = await TokenClassifier.load(await taggerFolder())
    const words = await MaskedLanguageModel.load(folder)
    const saved = new Set<string>()
    for (const [model, ending] of [
      [classifier, 'ForSequenceClassification'],
      [tagger, 'ForTokenClassification'],
      [words, 'ForMaskedLM'],
    ] as const) {
      await model.save(out(ending))
      const { architectures, dtype } = await configOf(out(ending))
      expect({ architectures, dtype }).toEqual({ architectures: [`${name}${ending}`], dtype: 'float32' })
      for (const tensor of await tensorsOf(out(ending))) saved.add(tensor)
    }
    expect(saved).toEqual(there)
    const again = await TextClassifier.load(out('ForSequenceClassification'))
    expect(await again.predict(texts)).toEqual(await classifier.predict(texts))
    const taggerAgain = await TokenClassifier.load(out('ForTokenClassification'))
    expect(await taggerAgain.predict(golden.sentences)).toEqual(await tagger.predict(golden.sentences))
    expect(await (await MaskedLanguageModel.load(out('ForMaskedLM'))).loss(texts)).toBe(await words.loss(texts))
  })

  it('scores pairs with a new head, the same after a save, and in ONNX', async () => {
    const cross = await CrossEncoder.load(folder, { seed: 4 })
    await cross.fit(pairs, [0, 1, 0, 1, 1, 0], { epochs: 3, learningRate: 1e-2, batchSize: 3 })
    const scores = await cross.predict(pairs)
    expect(new Set(scores).size).toBe(pairs.length)
    await cross.save(out('cross'))
    const again = await CrossEncoder.load(out('cross'))
    expect(await again.predict(pairs)).toEqual(scores)
    await cross.exportOnnx(out('cross-onnx'))
    const read = await pairSequences(await loadTokenizer(folder), pairs, cross.maxTokens)
    const { at } = await onnxOutput(
      out('cross-onnx'),
      read.map(({ ids }) => ids),
      read.map(({ types }) => types),
      pad,
    )
    expectNear(
      scores,
      pairs.map((_, n) => 1 / (1 + Math.exp(-at(n)[0]!))),
    )
  })

  it('learns with a new head; each rate of dropout has its own effect', async () => {
    const config = await configOf(folder)
    const losses = async (path: string) => {
      const classifier = await TextClassifier.load(path, { labels: ['short', 'long'], seed: 2 })
      const labels = texts.map((text) => (text.length < 15 ? 'short' : 'long'))
      await classifier.fit(texts, labels, { epochs: 8, batchSize: 6, learningRate: 1e-2, seed: 5 })
      return classifier.history.map(({ loss }) => loss)
    }
    const plain = await losses(folder)
    expect(plain.at(-1)).toBeLessThan(0.7 * plain[0]!)
    const first = new Set([plain[0]!])
    for (const rate of rates) {
      const dropping = out(rate)
      cpSync(folder, dropping, { recursive: true })
      expect(Object.keys(config)).toContain(rate)
      writeFileSync(join(dropping, 'config.json'), JSON.stringify({ ...config, [rate]: 0.3 }))
      const dropped = await losses(dropping)
      expect(await losses(dropping)).toEqual(dropped)
      first.add(dropped[0]!)
    }
    expect(first.size).toBe(1 + rates.length)
  })
})
