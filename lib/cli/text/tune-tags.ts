import type { EntityReport } from '../../text/entity-report.js'
import { TokenClassifier } from '../../text/token-classifier.js'
import { readTagged } from './read-examples.js'
import { checkTeacherLabels, withTeacher } from './teacher-flags.js'
import { distinctLabels } from './tune-classes.js'
import type { Tuning, TuningSettings } from './tuning.js'

/** Reads sentences and their tags, and makes a tagger of the encoder. */
export async function tuneTags(settings: TuningSettings): Promise<Tuning> {
  const { encoder, files, columns, seed, labels: named, crf, rdrop, teacher, distillation } = settings
  const { signal } = columns
  const train = await readTagged(files.train, columns)
  const validation = files.validation && (await readTagged(files.validation, columns))
  const test = files.test && (await readTagged(files.test, columns))
  const labels = named ?? distinctLabels(train.tags.flat(), files.train[0]!)
  const model = await TokenClassifier.load(encoder, { labels, crf, seed, signal })
  return {
    model,
    texts: train.sentences.length,
    dropped: [train, validation, test].reduce((sum, part) => sum + (part?.dropped ?? 0), 0),
    fit: (options) => {
      const own = { ...options, validation: validation && { sentences: validation.sentences, tags: validation.tags } }
      if (teacher === undefined)
        return model.fit(train.sentences, train.tags, {
          ...own,
          ...(rdrop !== undefined && { rdrop: { alpha: rdrop } }),
        })
      return withTeacher(
        () => TokenClassifier.load(teacher, { signal }),
        (from) => {
          checkTeacherLabels(teacher, from.labels, model.labels)
          return from.distill(train.sentences, { ...own, ...distillation, student: model, tags: train.tags })
        },
      )
    },
    describe: (judged) => {
      const report = judged as EntityReport
      return {
        brief: `entity F1 ${report.f1.toFixed(4)}, words ${report.accuracy.toFixed(4)}`,
        report: String(report),
        json: { ...report },
      }
    },
    test: test && ((signal) => model.evaluate(test.sentences, test.tags, { signal })),
  }
}
