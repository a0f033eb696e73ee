import { listFiles } from '../../data/tables/files/list-files.js'
import { textLines } from '../../data/tables/files/text-lines.js'
import { readColumns } from '../../data/tables/read-columns.js'
import { CONLL_FILE, readConll } from '../../data/tables/read-conll.js'
import type { TableFileOptions } from '../../data/tables/table-file-options.js'
import { KindredError, show } from '../../native/errors.js'
import { refuseTableOptions } from '../table-options.js'
import { textOf, wordsOf } from './example-values.js'

/** Where the texts of a table are. */
export interface ExampleColumns {
  text: string
  second?: string
  label?: string
  /** Whether a row without a label counts, as one of no labels. */
  isLabelOptional?: boolean
  files: Omit<TableFileOptions, 'format'> & { format?: string }
  signal: AbortSignal
}

/** Rows of a table that have what is asked for. */
export interface Examples {
  /** How many rows had no text, or no label where labels are asked for. */
  dropped: number
  texts: string[]
  /** The texts as the file has them, which may be lists of words. */
  values: unknown[]
  seconds: string[]
  labels: unknown[]
  /** Where a row stands, for errors. */
  where(row: number): string
}

const TEXT_FILE = /\.txt(?:\.(?:gz|zst))?$/i

/** Whether files are read line by line: .txt, or of words and tags those of CoNLL. */
function areLines(paths: readonly string[], format: string | undefined, isTagging: boolean): boolean {
  if (format !== undefined) return format === 'conll'
  return paths.every((path) => (isTagging ? CONLL_FILE : TEXT_FILE).test(path))
}

/** Whether these are files of a word a line. */
export const areConll = (paths: readonly string[], format: string | undefined) => areLines(paths, format, true)

/** Whether these are files of a text a line. */
export const areTexts = (paths: readonly string[], format: string | undefined) => areLines(paths, format, false)

/** The rows of a table, or the lines of .txt files that are not blank where texts alone are asked for. */
export async function readExamples(paths: readonly string[], columns: ExampleColumns): Promise<Examples> {
  const { text, second, label, isLabelOptional, files, signal } = columns
  if (second === undefined && label === undefined && areTexts(paths, files.format)) return readLines(paths, columns)
  const names = [text, second, label].filter((name) => name !== undefined)
  const table = await readColumns(paths, [...new Set(names)], { ...(files as TableFileOptions), signal })
  const rows: number[] = []
  const examples: Examples = {
    dropped: 0,
    texts: [],
    values: [],
    seconds: [],
    labels: [],
    where: (row) => `${table.path}: column ${show(label ?? text)}, row ${rows[row]! + 1}`,
  }
  const valueAt = (name: string | undefined, row: number) => (name === undefined ? null : table.columns.get(name)![row])
  for (let row = 0; row < table.rows; row++) {
    const [value, own] = [valueAt(text, row), valueAt(label, row)]
    const [first, other] = [textOf(value), textOf(valueAt(second, row))]
    const lacksLabel = label !== undefined && !isLabelOptional && (textOf(own) ?? '').trim() === ''
    if (first === null || (second !== undefined && other === null) || lacksLabel) {
      examples.dropped++
      continue
    }
    rows.push(row)
    examples.texts.push(first)
    examples.values.push(value)
    if (other !== null) examples.seconds.push(other)
    examples.labels.push(own)
  }
  if (rows.length > 0) return examples
  throw new KindredError('ERR_DATA', `${table.path}: no row of ${table.rows} has ${names.map(show).join(' and ')}.`)
}

async function readLines(paths: readonly string[], { files, signal }: ExampleColumns): Promise<Examples> {
  refuseTableOptions(files, 'of tables, but the files are .txt with one text a line.', ['encoding'])
  const texts: string[] = []
  for (const path of await listFiles(paths))
    for await (const lines of textLines(path, files.encoding, signal))
      for (const line of lines) if (line.trim() !== '') texts.push(line)
  if (texts.length === 0) throw new KindredError('ERR_DATA', `${paths[0]}: there are no texts.`)
  return { dropped: 0, texts, values: texts, seconds: [], labels: [], where: (row) => `${paths[0]}: text ${row + 1}` }
}

/** Sentences as words, and the tag of each. */
export interface TaggedExamples {
  dropped: number
  sentences: string[][]
  /** Empty where the columns name none. */
  tags: string[][]
}

/** Words and tags: of CoNLL files, or of a table's lists or texts with spaces. @throws ERR_DATA where their numbers differ */
export async function readTagged(paths: readonly string[], columns: ExampleColumns): Promise<TaggedExamples> {
  const { text, label, files, signal } = columns
  if (areConll(paths, files.format)) {
    refuseTableOptions(files, 'of tables, but the files have one word a line.', ['format', 'encoding'])
    const { sentences, tags } = await readConll(paths, { encoding: files.encoding, signal })
    if (label !== undefined && tags === undefined)
      throw new KindredError('ERR_DATA', `${paths[0]}: expected a tag behind each word, but there are words alone.`)
    return { dropped: 0, sentences, tags: tags ?? [] }
  }
  const { dropped, values, labels, where } = await readExamples(paths, columns)
  const sentences = values.map(wordsOf)
  const tags = label === undefined ? [] : labels.map(wordsOf)
  for (const [row, own] of tags.entries()) {
    const words = sentences[row]!.length
    if (own.length !== words)
      throw new KindredError(
        'ERR_DATA',
        `${where(row)}: expected a tag of each word of ${show(text)}, which has ${words}, but found ${own.length}.`,
      )
  }
  return { dropped, sentences, tags }
}
