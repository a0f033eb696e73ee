import { KindredError, show } from '../../native/errors.js'
import type { TextPair } from '../../text/base/pairs.js'
import { CrossEncoder } from '../../text/cross-encoder.js'
import { SentenceEncoder } from '../../text/sentence-encoder.js'
import { spearman } from '../../text/spearman.js'
import { numberOf } from './example-values.js'
import { type ExampleColumns, readExamples } from './read-examples.js'
import { withTeacher } from './teacher-flags.js'
import type { Judged, Tuning, TuningSettings } from './tuning.js'

/** Legal scores. */
type Range = readonly [least: number, greatest: number]

const PROBABILITIES: Range = [0, 1]
const COSINES: Range = [-1, 1]
const ALL: Range = [-Infinity, Infinity]

/** Pairs of texts of a table, and their scores where the columns name them. @throws ERR_DATA for one that is no legal number */
async function readPairs(paths: readonly string[], columns: ExampleColumns, scale: number, [least, greatest]: Range) {
  const { texts, seconds, labels, where, dropped } = await readExamples(paths, columns)
  const scoreOf = (value: unknown, row: number) => {
    const score = numberOf(value, () => where(row)) / scale
    if (score >= least && score <= greatest) return score
    const found = scale === 1 ? show(score) : `${show(score)} (divided by ${scale})`
    throw new KindredError(
      'ERR_DATA',
      `${where(row)}: expected a score from ${least} to ${greatest} but found ${found}. Divide them all with --scale.`,
    )
  }
  return {
    dropped,
    pairs: texts.map((text, n): TextPair => [text, seconds[n]!]),
    scores: columns.label === undefined ? undefined : labels.map(scoreOf),
  }
}

function describeSpearman(judged: unknown): Judged {
  const value = (judged as number).toFixed(4)
  return {
    brief: `spearman ${value}`,
    report: `spearman ${value}`,
    json: { spearman: judged },
  }
}

const sumDropped = (...parts: ({ dropped: number } | undefined)[]) =>
  parts.reduce((sum, part) => sum + (part?.dropped ?? 0), 0)

/** Reads pairs of texts and their scores, and makes a cross-encoder of the encoder. */
export async function tuneRanking(settings: TuningSettings): Promise<Tuning> {
  const { encoder, files, columns, seed, scale = 1, teacher, distillation } = settings
  const { signal } = columns
  const train = await readPairs(files.train, columns, scale, PROBABILITIES)
  const validation = files.validation && (await readPairs(files.validation, columns, scale, PROBABILITIES))
  const test = files.test && (await readPairs(files.test, columns, scale, PROBABILITIES))
  const model = await CrossEncoder.load(encoder, { seed, signal })
  return {
    model,
    texts: train.pairs.length,
    dropped: sumDropped(train, validation, test),
    fit: (options) => {
      const own = { ...options, validation: validation && { pairs: validation.pairs, scores: validation.scores! } }
      if (teacher === undefined) return model.fit(train.pairs, train.scores!, own)
      return withTeacher(
        () => CrossEncoder.load(teacher, { signal }),
        (from) => from.distill(train.pairs, { ...own, ...distillation, student: model, scores: train.scores! }),
      )
    },
    describe: describeSpearman,
    test: test && (async (signal) => spearman(await model.predict(test.pairs, { signal }), test.scores!)),
  }
}

/** Reads pairs of texts or texts alone, and makes a sentence encoder of the encoder. */
export async function tuneSentences(settings: TuningSettings): Promise<Tuning> {
  const {
    encoder,
    files,
    columns,
    scale = 1,
    temperature,
    pooling,
    poolingHeads,
    seed,
    teacher,
    distillation,
  } = settings
  const { signal, second, label } = columns
  const loss = settings.loss ?? (second === undefined ? 'simcse' : label === undefined ? 'in-batch' : 'cosine')
  const validation = files.validation && (await readPairs(files.validation, columns, scale, ALL))
  const test = files.test && (await readPairs(files.test, columns, scale, ALL))
  const own = { ...columns, label: loss === 'cosine' ? label : undefined }
  const alone = loss === 'simcse' ? await readExamples(files.train, { ...own, second: undefined }) : undefined
  const paired = alone ? undefined : await readPairs(files.train, own, scale, COSINES)
  const texts = alone?.texts ?? paired!.pairs
  const model = await SentenceEncoder.load(encoder, {
    pooling,
    poolingHeads,
    seed,
    signal,
  })
  return {
    model,
    texts: texts.length,
    dropped: sumDropped(alone ?? paired, validation, test),
    fit: (options) => {
      const own = { ...options, validation: validation && { pairs: validation.pairs, scores: validation.scores! } }
      if (teacher === undefined) return model.fit(texts, { ...own, loss, scores: paired?.scores, temperature })
      const read = alone?.texts ?? paired!.pairs.flat()
      return withTeacher(
        () => SentenceEncoder.load(teacher, { signal }),
        (from) => from.distill(read, { ...own, ...distillation, student: model }),
      )
    },
    describe: describeSpearman,
    test:
      test &&
      (async (signal) => {
        const [first, second] = [0, 1].map((side) => test.pairs.map((pair) => pair[side]!))
        const [a, b] = [await model.embed(first!, { signal }), await model.embed(second!, { signal })]
        const cosines = test.pairs.map((_, n) => a.row(n).reduce((sum, value, d) => sum + value * b.row(n)[d]!, 0))
        return spearman(cosines, test.scores!)
      }),
  }
}
