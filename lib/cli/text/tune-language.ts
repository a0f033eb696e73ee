import { MaskedLanguageModel } from '../../text/masked-language-model.js'
import { readExamples } from './read-examples.js'
import type { Tuning, TuningSettings } from './tuning.js'

/** Reads texts, and makes a masked language model of the encoder. */
export async function tuneLanguage({ encoder, files, columns, seed }: TuningSettings): Promise<Tuning> {
  const { signal } = columns
  const train = await readExamples(files.train, columns)
  const validation = files.validation && (await readExamples(files.validation, columns))
  const test = files.test && (await readExamples(files.test, columns))
  const model = await MaskedLanguageModel.load(encoder, { seed, signal })
  return {
    model,
    texts: train.texts.length,
    dropped: [train, validation, test].reduce((sum, part) => sum + (part?.dropped ?? 0), 0),
    fit: (options) => model.fit(train.texts, { ...options, validation: validation?.texts }),
    describe: (judged) => {
      const [loss, perplexity] = [judged as number, Math.exp(judged as number)]
      const brief = `loss of masked words ${loss.toFixed(4)}, perplexity ${perplexity.toFixed(2)}`
      return { brief, report: brief, json: { loss, perplexity } }
    },
    test: test && ((signal) => model.loss(test.texts, { signal })),
  }
}
