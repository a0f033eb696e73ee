import type { Command } from 'commander'
import { Catalogue } from '../data/catalogue.js'
import { listFiles } from '../data/tables/files/list-files.js'
import { textLines } from '../data/tables/files/text-lines.js'
import type { TableFileOptions } from '../data/tables/table-file-options.js'
import { DISTILL_DEFAULTS, distill } from '../encode/distill/distill.js'
import { saveStaticEncoder } from '../encode/static/static-encoder-file.js'
import { TextEmbedder } from '../encode/transformer/text-embedder.js'
import { KindredError } from '../native/errors.js'
import { natural, number } from './options.js'
import { addTableOptions, refuseTableOptions, tableOptionsOf } from './table-options.js'
import { createTerminal } from './terminal.js'

interface DistillCommand extends TableFileOptions {
  encoder: string
  corpus: string[]
  id: string
  text?: string
  out: string
  dims?: number
  epochs?: number
  learningRate?: number
  whitening?: number
  augment?: number
  seed?: number
  json?: boolean
}

/** kindred distill: from a BERT encoder to a static one. */
export function defineDistill(command: Command): void {
  addTableOptions(command)
    .requiredOption('--encoder <folder>', 'the teacher: tokenizer.json, config.json, onnx/model.onnx')
    .requiredOption(
      '--corpus <files...>',
      'texts to learn from: .txt, one a line; or JSONL, CSV, TSV, Parquet with --text',
    )
    .requiredOption('--out <folder>', 'the folder to write the static encoder to')
    .option('--text <template>', 'the text of a row, e.g. "{title}. {description}"')
    .option('--id <field>', 'the field that holds the id of a row', 'id')
    .option('--dims <n>', `length of the vectors (default: ${DISTILL_DEFAULTS.dims})`, natural)
    .option('--epochs <n>', `passes over the corpus (default: ${DISTILL_DEFAULTS.epochs})`, natural)
    .option('--learning-rate <x>', `step of Adam at the start (default: ${DISTILL_DEFAULTS.learningRate})`, number)
    .option(
      '--whitening <x>',
      `how strongly common directions are reduced, 0 to 1 (default: ${DISTILL_DEFAULTS.whitening})`,
      number,
    )
    .option(
      '--augment <n>',
      `augmented texts for each text, by replacing words (default: ${DISTILL_DEFAULTS.augment})`,
      natural,
    )
    .option('--seed <n>', `seed of shuffling and augmented texts (default: ${DISTILL_DEFAULTS.seed})`, natural)
    .action(async (command: DistillCommand) => {
      const { encoder: folder, corpus, id, text, out, json } = command
      const { dims, epochs, learningRate, whitening, augment, seed } = command
      const files = tableOptionsOf(command)
      const terminal = createTerminal(json ?? false)
      const { signal } = terminal
      const started = performance.now()
      const texts: string[] = []
      if (corpus.every(isText)) refuseTableOptions(files, 'of tables, but --corpus names .txt files.', ['encoding'])
      for (const file of corpus) for (const one of await readCorpus(file, { id, text, signal, files })) texts.push(one)
      const encoder = await TextEmbedder.load(folder, { signal })
      const bars = new Map<string, ReturnType<typeof terminal.progress>>()
      const stop = () => {
        for (const bar of bars.values()) bar.stop()
      }
      try {
        const encoding = await distill(encoder, texts, {
          dims,
          epochs,
          learningRate,
          whitening,
          augment,
          seed,
          signal,
          onProgress: ({ stage, ...progress }) => {
            if (!bars.has(stage)) {
              stop()
              bars.set(stage, terminal.progress(stage))
            }
            bars.get(stage)!.update(progress)
          },
        })
        await saveStaticEncoder(out, encoding, { signal })
        stop()
        const seconds = Number(((performance.now() - started) / 1000).toFixed(1))
        const result = { ...encoding.about, seconds, out }
        terminal.print(result, () => {
          console.log(`${texts.length} texts, ${encoding.vocabulary.length} tokens in ${seconds} s, in ${out}`)
          console.log(encoding.about)
        })
      } finally {
        stop()
        encoder.dispose()
      }
    })
}

const isText = (file: string) => /\.txt(?:\.(?:gz|zst))?$/i.test(file)

/** The texts of a file: the lines of a .txt that are not blank, else the rows of a table. */
async function readCorpus(
  file: string,
  { id, text, signal, files }: { id: string; text?: string; signal: AbortSignal; files: TableFileOptions },
): Promise<readonly string[]> {
  if (isText(file)) {
    const texts: string[] = []
    const paths = await listFiles(file).catch((cause: KindredError) => {
      throw new KindredError(cause.code, `${file} cannot be read: ${cause.message}`, { cause })
    })
    for (const path of paths)
      for await (const lines of textLines(path, files.encoding, signal))
        for (const line of lines) if (line.trim() !== '') texts.push(line)
    return texts
  }
  if (text === undefined)
    throw new KindredError('ERR_VALUE', `${file} is a table: expected --text with the template of a row's text.`)
  return (await Catalogue.read(file, { id, text, ...files, signal })).texts
}
