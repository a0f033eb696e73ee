import { KindredError } from '../../native/errors.js'
import type { ClassificationReport } from '../../text/classification-report.js'
import type { MultiLabelReport } from '../../text/multi-label-report.js'
import type { LabeledTexts } from '../../text/problems/classifier-options.js'
import type { ProblemType } from '../../text/problems/problem.js'
import type { RegressionReport } from '../../text/regression-report.js'
import { TextClassifier } from '../../text/text-classifier.js'
import { labelSet, numberOf, textOf } from './example-values.js'
import { type Examples, readExamples } from './read-examples.js'
import { checkTeacherLabels, withTeacher } from './teacher-flags.js'
import type { Judged, Tuning, TuningSettings } from './tuning.js'

type Label = string | string[] | number

/** The labels of a table as the problem has them. */
function labelsOf({ labels, where }: Examples, type: ProblemType, { separator, scale = 1 }: TuningSettings): Label[] {
  if (type === 'regression') return labels.map((value, row) => numberOf(value, () => where(row)) / scale)
  if (type === 'multi-label') return labels.map((value) => labelSet(value, separator))
  return labels.map((value) => textOf(value)!.trim())
}

const collator = new Intl.Collator('en', { numeric: true })

/** The names among labels, numbers in their order. @throws ERR_DATA for one alone */
export function distinctLabels(labels: Iterable<string>, path: string): string[] {
  const names = [...new Set(labels)].sort(collator.compare)
  if (names.length >= 2) return names
  throw new KindredError(
    'ERR_DATA',
    `${path}: expected labels of at least two kinds but found ${names.length === 0 ? 'none' : JSON.stringify(names[0])}.`,
  )
}

/** Reads texts and their labels, and makes a classifier of the encoder. */
export async function tuneClasses(settings: TuningSettings): Promise<Tuning> {
  const { encoder, files, seed, columns, pooling, poolingHeads, rdrop, teacher, distillation } = settings
  const { signal } = columns
  const type = settings.problemType ?? 'single-label'
  const read = async (paths: readonly string[]) => {
    const examples = await readExamples(paths, { ...columns, isLabelOptional: type === 'multi-label' })
    return { texts: examples.texts, labels: labelsOf(examples, type, settings), dropped: examples.dropped }
  }
  const train = await read(files.train)
  const validation = files.validation && (await read(files.validation))
  const test = files.test && (await read(files.test))
  const labels =
    type === 'regression'
      ? undefined
      : (settings.labels ?? distinctLabels(train.labels.flat() as string[], files.train[0]!))
  const model = (await TextClassifier.load(encoder, {
    ...{ labels, problemType: type, pooling, poolingHeads, seed, signal },
  })) as TextClassifier
  const given = (part: typeof train) => ({ texts: part.texts, labels: part.labels }) as LabeledTexts
  return {
    model,
    texts: train.texts.length,
    dropped: [train, validation, test].reduce((sum, part) => sum + (part?.dropped ?? 0), 0),
    fit: (options) => {
      const own = { ...options, validation: validation && given(validation) }
      if (teacher === undefined)
        return model.fit(train.texts, given(train).labels, {
          ...own,
          ...(rdrop !== undefined && { rdrop: { alpha: rdrop } }),
        })
      return withTeacher(
        () => TextClassifier.load(teacher, { signal }),
        (from) => {
          checkTeacherLabels(teacher, from.labels, model.labels)
          return from.distill(train.texts, {
            ...own,
            ...distillation,
            student: model,
            labels: given(train).labels as string[],
          })
        },
      )
    },
    describe: (judged) => describe(judged as never),
    test: test && ((signal) => model.evaluate(test.texts, given(test).labels, { signal })),
  }
}

function describe(report: ClassificationReport | MultiLabelReport | RegressionReport): Judged {
  const shown = { report: String(report), json: { ...report } }
  if ('mse' in report)
    return {
      ...shown,
      brief: `mse ${report.mse.toFixed(4)}, spearman ${report.spearman.toFixed(4)}`,
    }
  const macro = `macro F1 ${report.macroF1.toFixed(4)}`
  if ('microF1' in report) return { ...shown, brief: `micro F1 ${report.microF1.toFixed(4)}, ${macro}` }
  return { ...shown, brief: `accuracy ${report.accuracy.toFixed(4)}, ${macro}` }
}
