import { join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { TableFileOptions } from '../../data/tables/table-file-options.js'
import type { TrainingHistory } from '../../nn/train/history.js'
import { TEXT_POOLINGS } from '../../text/base/text-pooling.js'
import type { TrainingOptions } from '../../text/base/training-options.js'
import { dashed, names, natural, number, usageError } from '../options.js'
import { addTableOptions, TABLE_FILES, tableOptionsOf } from '../table-options.js'
import { createTerminal, type Terminal } from '../terminal.js'
import { areConll, areTexts } from './read-examples.js'
import { ABOUT_TASKS, TASKS, type Task } from './tasks.js'
import { addTeacherFlags, distillationOf, type TeacherFlags } from './teacher-flags.js'
import { addTrainingFlags, checkFreeze, type TrainingFlags, trainingOptionsOf } from './training-flags.js'
import { tuneClasses } from './tune-classes.js'
import { tuneLanguage } from './tune-language.js'
import { tuneRanking, tuneSentences } from './tune-pairs.js'
import { tuneTags } from './tune-tags.js'
import type { Tuning, TuningFiles, TuningSettings } from './tuning.js'

interface TuneFlags extends TuningFiles, TrainingFlags, TeacherFlags, Omit<TableFileOptions, 'format'> {
  task: Task
  encoder: string
  out: string
  text?: string
  second?: string
  label?: string
  labels?: string[]
  separator?: string
  problemType?: TuningSettings['problemType']
  scale?: number
  loss?: TuningSettings['loss']
  temperature?: number
  pooling?: TuningSettings['pooling']
  poolingHeads?: number
  crf?: boolean
  rdrop?: number
  format?: string
  onnx?: string[]
  json?: boolean
}

const TUNE: Readonly<Record<Task, (settings: TuningSettings) => Promise<Tuning>>> = {
  classify: tuneClasses,
  tag: tuneTags,
  rank: tuneRanking,
  encode: tuneSentences,
  mlm: tuneLanguage,
}

/** Tasks that an option is of; the others refuse it. */
const TASKS_OF: Readonly<Partial<Record<keyof TuneFlags, readonly Task[]>>> = {
  second: ['rank', 'encode'],
  label: ['classify', 'tag', 'rank', 'encode'],
  labels: ['classify', 'tag'],
  separator: ['classify'],
  problemType: ['classify'],
  scale: ['classify', 'rank', 'encode'],
  loss: ['encode'],
  temperature: ['encode'],
  pooling: ['classify', 'encode'],
  poolingHeads: ['classify', 'encode'],
  crf: ['tag'],
  rdrop: ['classify', 'tag'],
}

/** kindred tune: from an encoder and texts to a text model. */
export function defineTune(command: Command): void {
  addTableOptions(command, ['conll'])
    .addOption(new Option('--task <name>', 'what is learnt').choices(TASKS).makeOptionMandatory())
    .requiredOption(
      '--encoder <folder>',
      'Hugging Face folder of a BERT model: config.json, tokenizer.json, model.safetensors',
    )
    .requiredOption('--train <files...>', `texts to learn from: ${TABLE_FILES}`)
    .option('--validation <files...>', 'texts to judge each epoch by; the best epoch is kept')
    .option('--test <files...>', 'texts to judge the result by')
    .requiredOption('--out <folder>', 'the folder to write the model to')
    .option('--text <column>', 'the column of the text, or of its words (default: text)')
    .option('--second <column>', 'of rank and encode: the column of the second text of a pair')
    .option(
      '--label <column>',
      'the column of the label, the tags or the score (default: label; none for encode and mlm)',
    )
    .option('--labels <list>', 'of classify and tag: the labels in their order (default: those of --train)', names)
    .addOption(
      new Option('--problem-type <name>', 'of classify: what a label is (default: single-label)').choices([
        'single-label',
        'multi-label',
        'regression',
      ]),
    )
    .option('--separator <text>', 'of --problem-type multi-label: between labels in a field (default: ";")')
    .option('--scale <x>', 'numbers and scores are divided by it, e.g. 5 for scores from 0 to 5 (default: 1)', number)
    .addOption(
      new Option(
        '--loss <name>',
        'of encode (default: cosine with --second and --label, in-batch with --second alone, else simcse)',
      ).choices(['cosine', 'in-batch', 'simcse']),
    )
    .option('--temperature <x>', 'of --loss in-batch and simcse (default: 0.05)', number)
    .addOption(
      new Option(
        '--pooling <name>',
        'of classify and encode: token states to one vector (default: cls; of encode what the encoder says, else mean)',
      ).choices(TEXT_POOLINGS),
    )
    .option('--pooling-heads <n>', 'of --pooling attention: heads with a query of their own (default: 1)', natural)
    .option('--crf', 'of tag: choose the tags of a sentence together, by a conditional random field')
    .option(
      '--rdrop <x>',
      'of classify and tag: weight of the divergence of two passes with other dropout (default: none)',
      number,
    )
  addTeacherFlags(addTrainingFlags(command))
    .option('--onnx <list>', 'write ONNX files too, into the folder OUT-onnx: fp32, int8 or both, fp32,int8', names)
    .addHelpText(
      'after',
      `${ABOUT_TASKS}

Example:
  kindred tune --task classify --encoder models/MiniLM --train train.tsv --validation dev.tsv \\
      --text sentence --label label --epochs 1 --batch-size 32 --learning-rate 5e-5 --out out/sentiment
  kindred predict --model out/sentiment --input new.csv --text sentence --output labels.csv`,
    )
    .action(tune)
}

async function tune(flags: TuneFlags): Promise<void> {
  const terminal = createTerminal(flags.json ?? false)
  const { signal } = terminal
  const settings = settingsOf(flags, signal)
  const options = trainingOptionsOf(flags)
  const started = performance.now()
  const tuning = await TUNE[flags.task](settings)
  try {
    checkFreeze(flags.freeze, tuning.model.weightNames())
    await tuning.model.checkTarget(flags.out)
    if (flags.onnx) await tuning.model.checkTarget(onnxFolder(flags.out))
    await fit(tuning, options, terminal, flags.task)
    const tested = await tuning.test?.(signal)
    await tuning.model.save(flags.out, { signal })
    for (const dtype of flags.onnx ?? [])
      await tuning.model.exportOnnx(onnxFolder(flags.out), { dtype: dtype as 'fp32' | 'int8', signal })
    const test = tested === undefined ? undefined : tuning.describe(tested)
    const history = tuning.model.history as TrainingHistory<unknown>
    await history.save(join(flags.out, 'training.html'))
    const epochs = history.map(({ validation, ...epoch }) => ({
      ...epoch,
      validation: validation === undefined ? undefined : tuning.describe(validation),
    }))
    const seconds = Number(((performance.now() - started) / 1000).toFixed(1))
    const { task, out } = flags
    const document = {
      ...{ task, texts: tuning.texts, dropped: tuning.dropped },
      epochs: epochs.map(({ validation, ...epoch }) => ({ ...epoch, validation: validation?.json })),
      ...{ test: test?.json, seconds, out },
    }
    terminal.print(document, () => {
      for (const { epoch, loss, validation } of epochs)
        console.log(`epoch ${epoch}  loss ${loss.toFixed(3)}${validation ? `  validation: ${validation.brief}` : ''}`)
      const best = epochs.reduce((a, b) => (b.score! > a.score! ? b : a))
      if (best.validation && !test) console.log(`\nvalidation, epoch ${best.epoch}:\n${best.validation.report}`)
      if (test) console.log(`\ntest:\n${test.report}`)
      if (tuning.dropped > 0) console.log(`\n${tuning.dropped} rows without a text or a label were left out.`)
      console.log(`\n${flags.task}: ${tuning.texts} texts, ${seconds} s; model and training.html in ${out}`)
    })
  } finally {
    tuning.model.dispose()
  }
}

async function fit(
  tuning: Tuning,
  options: TrainingOptions,
  { progress, signal }: Terminal,
  task: Task,
): Promise<void> {
  const bar = progress(`tuning ${task}`)
  try {
    await tuning.fit({
      ...options,
      signal,
      onProgress: ({ step, steps, loss }) => bar.update({ done: step, total: steps, loss }),
    })
  } finally {
    bar.stop()
  }
}

/** A usage error for columns that nothing is read from. */
function checkColumns({ task, train, validation, test, text, second, label, scale, loss, format }: TuneFlags): void {
  const isJudged = (validation ?? test) !== undefined
  const paths = [train, validation, test].filter((some) => some !== undefined)
  if (task === 'tag' && paths.every((some) => areConll(some, format)))
    for (const [name, given] of Object.entries({ text, label }))
      if (given !== undefined) throw usageError(`--${name}: of tables, but the files have one word a line.`)
  const isAlone = task === 'mlm' || (task === 'encode' && second === undefined)
  if (text !== undefined && isAlone && paths.every((some) => areTexts(some, format)))
    throw usageError('--text: of tables, but the files are .txt with one text a line.')
  if (task !== 'encode' || isJudged) return
  if (second !== undefined && loss === 'simcse')
    throw usageError('--second: --loss simcse learns from texts alone; of --validation and --test, or another --loss.')
  if (label !== undefined && second === undefined)
    throw usageError('--label: the score of a pair; expected --second, the column of its second text.')
  if (label !== undefined && loss === 'in-batch')
    throw usageError('--label: --loss in-batch learns from pairs alone; of --validation and --test, or --loss cosine.')
  if (scale !== undefined && label === undefined) throw usageError('--scale: of --label, the column of the scores.')
}

/** Where ONNX files of a model in the folder `out` are. */
const onnxFolder = (out: string) => `${resolve(out)}-onnx`

/** The options of a task; a usage error for those that are not its own. */
function settingsOf(flags: TuneFlags, signal: AbortSignal): TuningSettings {
  const { task, encoder, train, validation, test, text = 'text', second, scale, problemType } = flags
  for (const [name, tasks] of Object.entries(TASKS_OF))
    if (flags[name as keyof TuneFlags] !== undefined && !tasks.includes(task))
      throw usageError(`--${dashed(name)}: of --task ${tasks.join(', ')}, but --task is ${task}.`)
  if (flags.format === 'conll' && task !== 'tag') throw usageError('--format: conll is of --task tag.')
  if (task === 'rank' && second === undefined)
    throw usageError('expected --second, the column of the second text of a pair.')
  const label = flags.label ?? (task === 'encode' || task === 'mlm' ? undefined : 'label')
  if (task === 'encode' && (validation ?? test) && (second === undefined || label === undefined))
    throw usageError('--validation and --test of --task encode: expected --second and --label, pairs and their scores.')
  if (task === 'encode' && flags.loss !== 'simcse' && flags.loss !== undefined && second === undefined)
    throw usageError(`--loss ${flags.loss}: expected --second, the column of the second text of a pair.`)
  if (task === 'encode' && flags.loss === 'cosine' && label === undefined)
    throw usageError('--loss cosine: expected --label, the column of the scores.')
  if (flags.separator !== undefined && problemType !== 'multi-label')
    throw usageError('--separator: of --problem-type multi-label.')
  if (flags.labels !== undefined && problemType === 'regression')
    throw usageError('--labels: not of --problem-type regression, whose labels are numbers.')
  if (task === 'classify' && scale !== undefined && problemType !== 'regression')
    throw usageError('--scale: of --problem-type regression, or --task rank or encode.')
  if (flags.poolingHeads !== undefined && flags.pooling !== 'attention')
    throw usageError('--pooling-heads: of --pooling attention.')
  if (flags.teacher !== undefined && flags.crf) throw usageError('--teacher: not with --crf.')
  if (flags.teacher !== undefined && flags.rdrop !== undefined) throw usageError('--teacher: not with --rdrop.')
  if (flags.teacher !== undefined && problemType !== undefined && problemType !== 'single-label')
    throw usageError(`--teacher: of --problem-type single-label, but it is ${problemType}.`)
  if (flags.crf && flags.onnx)
    throw usageError('--onnx: not with --crf; ONNX has no operation that chooses the tags of a sentence together.')
  checkColumns(flags)
  const isCosine = (flags.loss ?? (second !== undefined && label !== undefined ? 'cosine' : 'simcse')) === 'cosine'
  if (flags.temperature !== undefined && isCosine) throw usageError('--temperature: of --loss in-batch and simcse.')
  const dtype = flags.onnx?.find((name) => name !== 'fp32' && name !== 'int8')
  if (dtype !== undefined) throw usageError(`--onnx: expected fp32, int8 or fp32,int8 but received ${dtype}.`)
  if (scale === 0) throw usageError('--scale: expected a number other than 0.')
  return {
    ...{ encoder, files: { train, validation, test }, problemType, labels: flags.labels, scale, seed: flags.seed },
    ...{ loss: flags.loss, temperature: flags.temperature, separator: flags.separator ?? ';' },
    ...{ teacher: flags.teacher, distillation: distillationOf(flags, task) },
    ...{ pooling: flags.pooling, poolingHeads: flags.poolingHeads, crf: flags.crf, rdrop: flags.rdrop },
    columns: {
      ...{ text, second, label },
      files: { ...tableOptionsOf(flags), format: flags.format },
      signal,
    },
  }
}
