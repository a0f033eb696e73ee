import { checkInteger, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError } from '../../native/errors.js'
import { checkInstalled } from './check-installed.js'
import { DTYPES, type EncoderDtype } from './find-model-file.js'

/** How {@link TextEmbedder.load} loads an encoder. */
export interface LoadEncoderOptions extends AbortOptions {
  /** Which variant of the model to load; default 'fp32'. */
  dtype?: EncoderDtype
  /** Threads of this encoder; default `backendInfo().threads.count`. */
  threads?: number
  /** Milliseconds that the encoder's process may take to start, now and whenever it is started anew; default 60,000. */
  startTimeout?: number
}

/** @param more options that this encoder has besides @throws ERR_VALUE */
export function checkEncoderOptions<Options extends LoadEncoderOptions>(
  where: string,
  options: Options,
  more: readonly string[] = [],
): Options {
  options = checkOptions(where, options, ['dtype', 'threads', 'startTimeout', 'signal', ...more])
  if (options.dtype !== undefined) checkOneOf('dtype', options.dtype, DTYPES)
  if (options.threads !== undefined) checkInteger('threads', options.threads, { min: 1, max: 1024 })
  if (options.startTimeout !== undefined)
    checkInteger('startTimeout', options.startTimeout, { min: 1, max: 2 ** 31 - 1 })
  return options
}

/** Refuses what only a transformer has. @param which the encoder in question @param what it is @throws ERR_VALUE */
export function refuseOfStatic(
  which: string,
  options: LoadEncoderOptions,
  what = 'a static encoder: one table of int8',
): void {
  for (const name of ['dtype', 'threads', 'startTimeout'] as const)
    if (options[name] !== undefined)
      throw new KindredError(
        'ERR_VALUE',
        `${name}: of folders with a transformer, but ${which} is ${what} in this process, whose threads setThreads or KINDRED_THREADS sets.`,
      )
}

/**
 * Without its install script's downloads, CUDA files that kindred does not use: where they fail, npm leaves the whole
 * package out, since it is an optional dependency.
 */
const INSTALL = 'npm install onnxruntime-node'
const INSTALL_WITHOUT_CUDA =
  process.platform === 'win32'
    ? `in PowerShell $env:ONNXRUNTIME_NODE_INSTALL='skip'; ${INSTALL}, in cmd set "ONNXRUNTIME_NODE_INSTALL=skip" && ${INSTALL}`
    : `ONNXRUNTIME_NODE_INSTALL=skip ${INSTALL}`

/** @throws ERR_ENCODER unless onnxruntime-node is installed, ERR_RESOURCES */
export function checkRuntime(): void {
  checkInstalled(
    'onnxruntime-node',
    `Encoders run on onnxruntime-node, an optional dependency that is not installed. Add it with: ${INSTALL_WITHOUT_CUDA} (skip leaves out CUDA files, which are not needed here: where their download fails, npm drops the package without a word).`,
  )
}
