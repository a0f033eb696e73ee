import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { checkFileTarget, writeAtomically, writeFlushed } from '../../data/storage/atomic-write.js'
import { readColumns } from '../../data/tables/read-columns.js'
import { CONLL_FILE } from '../../data/tables/read-conll.js'
import type { TableFileOptions } from '../../data/tables/table-file-options.js'
import { names, natural, number, usageError } from '../options.js'
import { addTableOptions, TABLE_FILES, tableOptionsOf } from '../table-options.js'
import { createTerminal } from '../terminal.js'
import { outputFormat, writeTable } from '../write-table.js'
import { textOf } from './example-values.js'
import { isList, keptType, keptValue, predictedValue, tableTypes } from './output-columns.js'
import { type Input, PREDICTORS, type Predicted, type Predictor } from './predictors.js'
import { areConll, areTexts, readExamples, readTagged } from './read-examples.js'
import { taskOf } from './saved-task.js'
import { TASKS, type Task } from './tasks.js'

interface PredictFlags extends Omit<TableFileOptions, 'format'> {
  model: string
  task?: Task
  input: string[]
  output: string
  text?: string
  second?: string
  keep?: string[]
  threshold?: number
  scores?: boolean
  k?: number
  separator?: string
  format?: string
  json?: boolean
}

/** Texts whose predictions are made and written at a time. */
const TEXTS_AT_ONCE = 512

/** What is read of the input: texts, and the columns that are kept, each with the value of every text. */
interface Read {
  inputs: Input[]
  kept: ReadonlyMap<string, readonly unknown[]>
}

/** kindred predict: a text model on the texts of a file. */
export function definePredict(command: Command): void {
  addTableOptions(command, ['conll'])
    .requiredOption('--model <folder>', 'the model, as kindred tune or a text model writes it')
    .requiredOption('--input <files...>', `texts: ${TABLE_FILES}`)
    .requiredOption('--output <file>', 'where to write to: .jsonl, .csv or .parquet; tags also as .conll')
    .option('--text <column>', 'the column of the text, or of its words; of .txt what to call it (default: text)')
    .option('--second <column>', 'of a model of pairs: the column of the second text')
    .option('--keep <list>', 'columns of the input to write too (default: those of the texts; "" for none)', (text) =>
      text === '' ? [] : names(text),
    )
    .option('--threshold <x>', 'of a model of several labels: the least probability (default: 0.5)', number)
    .option('--scores', 'of a model of labels: write the probability of each class, as score_LABEL')
    .option('--k <n>', 'of a masked language model: how many tokens for a mask (default: 5)', natural)
    .option('--separator <text>', 'between the parts of a list in CSV (default: ";" of labels, else " ")')
    .addOption(new Option('--task <name>', 'what the model does (default: what its config.json says)').choices(TASKS))
    .addHelpText(
      'after',
      `
Columns written behind those that are kept:
  classify  label, score; labels (multi-label); score (regression)      tag     words, tags
  rank      score                                                       encode  vector
  mlm       filled, tokens, scores of each text's first [MASK]

Example:
  kindred predict --model out/sentiment --input new.csv --text sentence --keep id,sentence --output labels.csv`,
    )
    .action(predict)
}

async function predict(flags: PredictFlags): Promise<void> {
  const isConll = CONLL_FILE.test(flags.output)
  const format = isConll ? 'jsonl' : outputFormat('output', flags.output)
  const terminal = createTerminal(flags.json ?? false)
  const { signal } = terminal
  const started = performance.now()
  const task = await taskOf(flags.model, flags.task)
  checkFlags(flags, task, isConll)
  const output = resolve(flags.output)
  if (flags.input.some((path) => resolve(path) === output))
    throw usageError(`--output: ${flags.output} is an input, which it would replace.`)
  await checkFileTarget(flags.output)
  const { threshold, scores, k } = flags
  const predictor = await PREDICTORS[task](flags.model, { threshold, scores, k, signal })
  const bar = terminal.progress('predicting')
  let texts: number
  try {
    if (flags.separator !== undefined && !Object.values(predictor.columns).some(isList))
      throw usageError(`--separator: of lists, but ${flags.model} gives none.`)
    const read = await readInputs(flags, task, signal)
    texts = read.inputs.length
    predictor.check?.(read.inputs, (text) => `${flags.input.join(', ')}: text ${text + 1}`)
    const predictions = predictionsOf(predictor, read.inputs, signal, (done) => bar.update({ done, total: texts }))
    if (isConll) await writeConll(flags.output, predictions)
    else {
      const separator = flags.separator ?? (task === 'classify' ? ';' : ' ')
      const columns = tableTypes(predictor.columns, format)
      const clash = Object.keys(columns).find((name) => read.kept.has(name))
      if (clash !== undefined)
        throw usageError(`--keep: the column ${clash} is one that is written. Leave it out, or rename it.`)
      const types = Object.fromEntries([...read.kept].map(([name, values]) => [name, keptType(values)]))
      let row = 0
      const rowOf = (predicted: Predicted) => {
        const kept = [...read.kept].map(([name, values]) => [name, keptValue(values[row], format)])
        row++
        const own = Object.keys(columns).map((name) => [name, predictedValue(predicted[name], format, separator)])
        return Object.fromEntries([...kept, ...own]) as object
      }
      const rows = (async function* () {
        for await (const some of predictions) yield some.map(rowOf)
      })()
      await writeTable({ path: flags.output, format, columns: () => ({ ...types, ...columns }), rows, signal })
    }
  } finally {
    bar.stop()
    predictor.dispose()
  }
  const seconds = Number(((performance.now() - started) / 1000).toFixed(2))
  const result = { task, texts, seconds, output: flags.output }
  terminal.print(result, () => console.log(`${task}: ${texts} texts in ${seconds} s, in ${flags.output}`))
}

function checkFlags(flags: PredictFlags, task: Task, isConll: boolean): void {
  const only = (name: 'second' | 'threshold' | 'scores' | 'k', own: Task) => {
    if (flags[name] !== undefined && task !== own)
      throw usageError(`--${name}: of a model of the task ${own}, but ${flags.model} is one of ${task}.`)
  }
  only('second', 'rank')
  only('threshold', 'classify')
  only('scores', 'classify')
  only('k', 'mlm')
  if (task === 'rank' && flags.second === undefined)
    throw usageError('expected --second, the column of the second text of a pair.')
  if (flags.format === 'conll' && task !== 'tag') throw usageError('--format: conll is of a model of the task tag.')
  if (isConll && task !== 'tag')
    throw usageError(`--output: ${flags.output} is for tags; expected a file ending in .jsonl, .csv, .parquet.`)
  if (flags.separator !== undefined && !/\.csv$/i.test(flags.output)) throw usageError('--separator: of a .csv file.')
  const { input, output, keep = [], text, format: given } = flags
  if (isConll && keep.length > 0) throw usageError(`--keep: ${output} has words and their tags alone.`)
  if (task === 'tag' && areConll(input, given)) {
    if (keep.length > 0) throw usageError('--keep: of tables, but the files have one word a line.')
    if (text !== undefined) throw usageError('--text: of tables, but the files have one word a line.')
  } else if (areTexts(input, given)) {
    const other = keep.find((name) => name !== (text ?? 'text'))
    if (other !== undefined)
      throw usageError(`--keep: ${other}: of tables, but the files are .txt with one text a line.`)
  }
}

async function readInputs(flags: PredictFlags, task: Task, signal: AbortSignal): Promise<Read> {
  const { input, text = 'text', second, format } = flags
  const files = { ...tableOptionsOf(flags), format }
  const lines = { text, files, signal }
  if (task === 'tag' && areConll(input, format)) {
    const { sentences } = await readTagged(input, lines)
    return { inputs: sentences.map((value) => ({ text: '', value, second: '' })), kept: new Map() }
  }
  if (areTexts(input, format) && second === undefined) {
    const { texts } = await readExamples(input, lines)
    const inputs = texts.map((value) => ({ text: value, value, second: '' }))
    return { inputs, kept: new Map(flags.keep?.length === 0 ? [] : [[text, texts]]) }
  }
  const own = task === 'tag' ? [] : [text, ...(second === undefined ? [] : [second])]
  const keep = flags.keep ?? own
  const wanted = [...new Set([text, ...own, ...keep])]
  const { columns, rows } = await readColumns(input, wanted, { ...(files as TableFileOptions), signal })
  const inputs = Array.from({ length: rows }, (_, row): Input => {
    const value = columns.get(text)![row]
    const other = second === undefined ? '' : textOf(columns.get(second)![row])
    return { text: textOf(value) ?? '', value, second: other ?? '' }
  })
  return { inputs, kept: new Map(keep.map((name) => [name, columns.get(name)!])) }
}

async function* predictionsOf(
  predictor: Predictor,
  inputs: readonly Input[],
  signal: AbortSignal,
  onDone: (done: number) => void,
): AsyncGenerator<Predicted[], void> {
  for (let begin = 0; begin < inputs.length; begin += TEXTS_AT_ONCE) {
    const some = inputs.slice(begin, begin + TEXTS_AT_ONCE)
    yield await predictor.predict(some, signal)
    onDone(begin + some.length)
  }
}

/** One word and its tag a line, a blank line behind each sentence. */
async function writeConll(path: string, predictions: AsyncIterable<readonly Predicted[]>): Promise<void> {
  const lines: string[] = []
  for await (const some of predictions)
    for (const { words, tags } of some)
      lines.push(...(words as string[]).map((word, n) => `${word} ${(tags as string[])[n]}`), '')
  await writeAtomically(path, (temporary) => writeFlushed(temporary, `${lines.join('\n')}\n`))
}
