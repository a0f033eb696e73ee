import { type Command, Option } from 'commander'
import { Catalogue } from '../data/catalogue.js'
import { checkTarget } from '../data/storage/saved-folder.js'
import type { TableFileOptions } from '../data/tables/table-file-options.js'
import { loadEmbedder } from '../encode/load-embedder.js'
import { DTYPES, type EncoderDtype } from '../encode/onnx/find-model-file.js'
import { POOLING_MODES, type PoolingMode } from '../encode/pooling/pooling-modes.js'
import type { LoadTextEmbedderOptions } from '../encode/transformer/load-options.js'
import { ENCODER_PRECISIONS, type EncoderPrecision } from '../encode/transformer/text-engine.js'
import { embedImages } from './embed-images.js'
import { dashed, natural, usageError } from './options.js'
import { addTableOptions, TABLE_FILES, tableOptionsOf } from './table-options.js'
import { createTerminal } from './terminal.js'

interface EmbedOptions extends TableFileOptions {
  encoder?: string
  images?: string[]
  items?: string[]
  id?: string
  text?: string
  out: string
  dtype?: EncoderDtype
  engine?: LoadTextEmbedderOptions['engine']
  precision?: EncoderPrecision
  pooling?: PoolingMode
  promptName?: string
  prompt?: string
  dims?: number
  truncation: 'truncate' | 'error' | 'chunk'
  json?: boolean
}

/** Options of texts that pictures do not have. */
const OF_TEXTS = ['text', 'pooling', 'promptName', 'prompt', 'dims', 'truncation', 'engine', 'precision'] as const

/** Options that the bundled encoder does not have. */
const OF_FOLDERS = ['dtype', 'engine', 'precision'] as const

/** kindred embed: from the text or the pictures of items to vectors. */
export function defineEmbed(command: Command): void {
  addTableOptions(command)
    .option(
      '--encoder <folder>',
      'Hugging Face style folder, or one that kindred distill made (default: the one that comes with the package); with --images a folder with a vision model (default: descriptors without a model)',
    )
    .option('--items <files...>', `items as ${TABLE_FILES}`)
    .option('--id <field>', 'the field that holds the item id')
    .option('--text <template>', 'the text to embed, e.g. "{title}. {plot}"')
    .option(
      '--images <paths...>',
      'pictures in place of texts: files and folders, whose items are named by their files; or, with --items and --id, a template of the path, e.g. "photos/{id}.jpg"',
    )
    .requiredOption('--out <folder>', 'the folder to write the vectors to')
    .addOption(new Option('--dtype <name>', 'which ONNX model of the encoder (default: fp32)').choices(DTYPES))
    .addOption(
      new Option(
        '--engine <name>',
        "what runs a transformer: kindred's kernels or onnxruntime (default: auto)",
      ).choices(['auto', 'native', 'onnx']),
    )
    .addOption(
      new Option('--precision <name>', 'of the native engine; bf16 and int8 take a processor with them').choices(
        ENCODER_PRECISIONS,
      ),
    )
    .addOption(
      new Option('--pooling <name>', "token states to one vector (default: the encoder's own)").choices(POOLING_MODES),
    )
    .addOption(
      new Option(
        '--prompt-name <name>',
        "which of the encoder's prompts to put before texts (default: the encoder's own)",
      ).conflicts('prompt'),
    )
    .option('--prompt <text>', 'a prompt to put before texts')
    .option('--dims <n>', 'how many numbers of each vector to keep (default: as many as the encoder says)', natural)
    .addOption(
      new Option('--truncation <policy>', 'text longer than the encoder takes')
        .choices(['truncate', 'error', 'chunk'])
        .default('truncate'),
    )
    .action(async (options: EmbedOptions, command: Command) => {
      const { images } = options
      if (images !== undefined) {
        const given = OF_TEXTS.find((name) => command.getOptionValueSource(name) === 'cli')
        if (given !== undefined) throw usageError(`--${dashed(given)}: of texts; leave it out beside --images.`)
        return embedImages({ ...options, images })
      }
      const { items, id, text } = options
      if (items === undefined || id === undefined || text === undefined)
        throw usageError('--items, --id and --text are needed, or --images.')
      const { encoder: folder, dtype, engine, precision } = options
      const ofFolders = OF_FOLDERS.find((name) => options[name] !== undefined)
      if (folder === undefined && ofFolders !== undefined)
        throw usageError(
          `--${ofFolders}: of --encoder, a folder with a transformer; the bundled encoder has one table of int8.`,
        )
      const terminal = createTerminal(options.json ?? false)
      const { signal } = terminal
      const started = performance.now()
      await checkTarget(options.out, { kind: 'features' })
      const catalogue = await Catalogue.read(items, { id, text, ...tableOptionsOf(options), signal })
      const encoder = await loadEmbedder(folder, { dtype, engine, precision, signal })
      const bar = terminal.progress('embedding')
      try {
        const features = await encoder.embedItems(catalogue, {
          pooling: options.pooling,
          promptName: options.promptName,
          prompt: options.prompt,
          dims: options.dims,
          truncation: options.truncation,
          signal,
          onProgress: (progress) => bar.update(progress),
        })
        await features.save(options.out, { signal })
        bar.stop()
        const seconds = (performance.now() - started) / 1000
        const result = {
          items: features.size,
          dims: features.dims,
          texts: features.report,
          catalogue: catalogue.report,
          seconds: Number(seconds.toFixed(2)),
          out: options.out,
        }
        terminal.print(result, () => {
          console.log(
            `${result.items} items -> ${result.dims} dimensions in ${seconds.toFixed(1)} s, in ${options.out}`,
          )
          console.log('texts:', result.texts)
          console.log('catalogue:', result.catalogue)
        })
      } finally {
        bar.stop()
        encoder.dispose()
      }
    })
}
