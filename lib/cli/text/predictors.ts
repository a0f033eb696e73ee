import { KindredError, show } from '../../native/errors.js'
import type { TextPair } from '../../text/base/pairs.js'
import { CrossEncoder } from '../../text/cross-encoder.js'
import { MaskedLanguageModel } from '../../text/masked-language-model.js'
import type { MultiLabelPrediction, Prediction, ProblemType } from '../../text/problems/problem.js'
import { SentenceEncoder } from '../../text/sentence-encoder.js'
import { TextClassifier } from '../../text/text-classifier.js'
import { TokenClassifier } from '../../text/token-classifier.js'
import { usageError } from '../options.js'
import { wordsOf } from './example-values.js'
import type { Task } from './tasks.js'

/** A text to predict, as the file has it, and the second of a pair. */
export interface Input {
  text: string
  /** May be a list of words. */
  value: unknown
  second: string
}

/** What is predicted of a text, by the name of its column; a list is one of texts or of numbers. */
export type Predicted = Readonly<Record<string, string | number | readonly string[] | readonly number[] | null>>

/** A model, and the columns that it gives: their types in DuckDB. */
export interface Predictor {
  columns: Readonly<Record<string, string>>
  /** Before any of them is predicted. @param where a text stands @throws ERR_DATA */
  check?(inputs: readonly Input[], where: (text: number) => string): void
  predict(inputs: readonly Input[], signal: AbortSignal): Promise<Predicted[]>
  dispose(): void
}

/** How predictions are made. */
export interface PredictorOptions {
  threshold?: number
  /** Whether the score of each class is a column. */
  scores?: boolean
  /** Candidates of a masked word. */
  k?: number
  signal: AbortSignal
}

const textsOf = (inputs: readonly Input[]) => inputs.map(({ text }) => text)

async function classes(folder: string, { threshold, scores: hasScores, signal }: PredictorOptions): Promise<Predictor> {
  const model = (await TextClassifier.load(folder, { signal })) as TextClassifier<ProblemType>
  const { problemType, labels } = model
  const isMulti = problemType === 'multi-label'
  if (threshold !== undefined && !isMulti) throw usageError('--threshold: of a model of several labels.')
  if (hasScores && problemType === 'regression') throw usageError('--scores: of a model of labels.')
  const each = hasScores ? labels.map((label): [string, string] => [`score_${label}`, 'FLOAT']) : []
  const own = {
    'single-label': { label: 'VARCHAR', score: 'FLOAT' },
    'multi-label': { labels: 'VARCHAR[]' },
    regression: { score: 'FLOAT' },
  }
  const rowOf = (one: Prediction | MultiLabelPrediction | number): Predicted => {
    if (typeof one === 'number') return { score: one }
    const all = Object.fromEntries(hasScores ? labels.map((label, n) => [`score_${label}`, one.scores[n]!]) : [])
    if ('labels' in one) return { labels: one.labels.map(({ label }) => label), ...all }
    return { label: one.label, score: one.scores[labels.indexOf(one.label)]!, ...all }
  }
  return {
    columns: { ...own[problemType], ...Object.fromEntries(each) },
    predict: async (inputs, signal) =>
      (await model.predict(textsOf(inputs), isMulti ? { threshold, signal } : { signal })).map(rowOf),
    dispose: () => model.dispose(),
  }
}

async function tags(folder: string, { signal }: PredictorOptions): Promise<Predictor> {
  const model = await TokenClassifier.load(folder, { signal })
  return {
    columns: { words: 'VARCHAR[]', tags: 'VARCHAR[]' },
    predict: async (inputs, signal) => {
      const sentences = inputs.map(({ value }) => wordsOf(value))
      return (await model.predict(sentences, { signal })).map((tags, n) => ({ words: sentences[n]!, tags }))
    },
    dispose: () => model.dispose(),
  }
}

async function ranking(folder: string, { signal }: PredictorOptions): Promise<Predictor> {
  const model = await CrossEncoder.load(folder, { signal })
  return {
    columns: { score: 'FLOAT' },
    predict: async (inputs, signal) => {
      const pairs = inputs.map(({ text, second }): TextPair => [text, second])
      return [...(await model.predict(pairs, { signal }))].map((score) => ({ score }))
    },
    dispose: () => model.dispose(),
  }
}

async function sentences(folder: string, { signal }: PredictorOptions): Promise<Predictor> {
  const model = await SentenceEncoder.load(folder, { signal })
  return {
    columns: { vector: 'FLOAT[]' },
    predict: async (inputs, signal) => {
      const vectors = await model.embed(textsOf(inputs), { signal })
      return inputs.map((_, n) => ({ vector: [...vectors.row(n)] }))
    },
    dispose: () => model.dispose(),
  }
}

async function masked(folder: string, { k = 5, signal }: PredictorOptions): Promise<Predictor> {
  const model = await MaskedLanguageModel.load(folder, { signal })
  return {
    columns: { filled: 'VARCHAR', tokens: 'VARCHAR[]', scores: 'FLOAT[]' },
    check: (inputs, where) => {
      const without = inputs.findIndex(({ text }) => !text.includes(model.maskToken))
      if (without >= 0)
        throw new KindredError(
          'ERR_DATA',
          `${where(without)}: expected a text with ${model.maskToken} in it but found ${show(inputs[without]!.text)}.`,
        )
    },
    predict: async (inputs, signal) => {
      const given = await model.fill(textsOf(inputs), { k, signal })
      return inputs.map(({ text }, n) => {
        const [first] = given[n]!
        let next = 0
        const filled = text.replaceAll(model.maskToken, () => given[n]![next++]?.[0]?.text ?? model.maskToken)
        return {
          filled,
          tokens: first?.map(({ text }) => text) ?? [],
          scores: first?.map(({ score }) => score) ?? [],
        }
      })
    },
    dispose: () => model.dispose(),
  }
}

/** How each task's model is loaded. */
export const PREDICTORS: Readonly<Record<Task, (folder: string, options: PredictorOptions) => Promise<Predictor>>> = {
  classify: classes,
  tag: tags,
  rank: ranking,
  encode: sentences,
  mlm: masked,
}
