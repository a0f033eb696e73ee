import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { Catalogue } from '../data/catalogue.js'
import { Features } from '../data/features.js'
import { loadEmbedder } from '../encode/load-embedder.js'
import { systemError } from '../native/system-errors.js'
import { Cascade } from '../serve/cascade/cascade.js'
import { ServedFolder } from '../serve/http/served-folder.js'
import { RecommendationServer } from '../serve/http/server.js'
import { natural, usageError } from './options.js'
import { tableOptionsOf } from './table-options.js'
import { createTerminal } from './terminal.js'
import { addTitleOptions, checkTitleOptions, type TitleOptions } from './titles.js'

interface ServeOptions extends TitleOptions {
  model: string
  host: string
  port: number
  events?: string
  encoder?: string
  features?: string
  cascade?: string
  tokenFile?: string
  rateLimit?: number
  cachedLists: number
  maxK?: number
  timeout?: number
  logLevel: 'warn'
  trustProxy?: boolean
  traces?: boolean
  page: boolean
  watch: boolean
  json?: boolean
}

/** kindred serve: the model of a folder over HTTP, until it is told to end. */
export function defineServe(command: Command): void {
  command
    .requiredOption('--model <folder>', 'a trained model; a newer one that is saved there is taken without a restart')
    .option('--host <address>', 'where to listen; an address that other machines reach needs a token', '127.0.0.1')
    .option('--port <n>', 'where to listen; 0: a free one', natural, 0)
    .option('--events <folder>', 'where events are kept (default: "events" within the folder of the model)')
    .option('--encoder <folder>', 'for texts: an encoder, or "bundled"')
    .option('--features <folder>', 'vectors of the items by that encoder, as kindred embed writes them')
    .option(
      '--cascade <file>',
      'a declaration of retrieval, ranking and re-ranking, for /cascade; "served" is the model',
    )
    .option('--token-file <file>', 'tokens, one a line, of those who may ask; else KINDRED_TOKEN of the environment')
    .option('--rate-limit <n>', 'requests a second of one address', natural)
    .option('--cached-lists <n>', 'how many lists are kept while the model stays as it is', natural, 10_000)
    .option('--max-k <n>', 'the longest list (default: 1000)', natural)
    .option('--timeout <milliseconds>', 'after which a request is given up (default: 10000)', natural)
    .addOption(
      new Option('--log-level <level>', 'what is logged on standard error')
        .choices(['error', 'warn', 'info', 'debug', 'silent'])
        .default('warn'),
    )
    .option('--trust-proxy', 'count the clients of a proxy by X-Forwarded-For')
    .option('--traces', 'make OpenTelemetry spans, for a provider that is loaded with --require or --import')
    .option('--no-page', 'without the page at /')
    .option('--no-watch', 'take a newer model on POST /reload alone')
  addTitleOptions(command).action(serve)
}

/** Tokens of the file, or of the environment; undefined where there are none. */
async function tokensOf({ tokenFile }: ServeOptions): Promise<string[] | undefined> {
  if (tokenFile === undefined) {
    const token = process.env.KINDRED_TOKEN
    return token === undefined || token === '' ? undefined : [token]
  }
  const text = await readFile(tokenFile, 'utf8').catch((cause: unknown) => {
    throw systemError(`${tokenFile}: cannot be read`, cause)
  })
  const tokens = text.split(/\r?\n/).filter((line) => line !== '')
  if (tokens.length === 0) throw usageError(`--token-file: expected a token in ${tokenFile}, which is empty.`)
  return tokens
}

/** Settles once the process is told to end. */
const untilTold = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve())
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve())
  })

async function serve(options: ServeOptions): Promise<void> {
  checkTitleOptions(options)
  if (options.features !== undefined && options.encoder === undefined)
    throw usageError('--features: of --encoder, which made them.')
  const terminal = createTerminal(options.json ?? false)
  const { signal } = terminal
  const tokens = await tokensOf(options)
  const told = untilTold(signal)
  const { titles, id = 'item_id', title = 'title', ...flags } = options
  const catalogue =
    titles && (await Catalogue.read(titles, { id, text: `{${title}}`, ...tableOptionsOf(flags), signal }))
  const features = options.features === undefined ? undefined : await Features.load(options.features, { signal })
  const encoder = options.encoder === 'bundled' ? undefined : options.encoder
  const embedder = options.encoder === undefined ? undefined : await loadEmbedder(encoder, { signal })
  const source = await ServedFolder.open(options.model, {
    events: options.events ?? join(options.model, 'events'),
    signal,
  })
  let cascade: Cascade | undefined
  try {
    if (options.cascade !== undefined)
      cascade = await Cascade.load(
        options.cascade,
        {
          models: { served: source },
          ...(features && { features: { served: features } }),
          ...(embedder && { encoders: { served: embedder } }),
        },
        { signal },
      )
    if (source.cutBytes > 0)
      terminal.note(`kindred: the last event was cut short by a crash; ${source.cutBytes} bytes are removed.`)
    const { port, host, cachedLists, logLevel, rateLimit, maxK, timeout, traces, page, trustProxy } = options
    const server = await RecommendationServer.start({
      ...{
        model: source,
        embedder,
        features,
        titles: catalogue,
        cascade,
        tokens,
        port,
        host,
        cachedLists,
        logLevel,
        traces,
        page,
      },
      trustProxy,
      rateLimit: rateLimit === undefined ? undefined : { max: rateLimit },
      limits: { k: maxK, milliseconds: timeout },
      reload: () => source.reload(),
      signal,
    })
    if (options.watch)
      source.watch((error) => {
        if (error !== undefined)
          terminal.note(`kindred: the model could not be loaded again: ${(error as Error).message}`)
      })
    if (options.json) process.stdout.write(`${JSON.stringify({ url: server.url })}\n`)
    else console.log(`${server.url} (end with Ctrl-C)`)
    await told
    await server.close()
  } finally {
    cascade?.dispose()
    await source.close()
    embedder?.dispose()
  }
}
