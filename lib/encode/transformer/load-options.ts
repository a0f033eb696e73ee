import { checkInteger, checkOneOf, checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError } from '../../native/errors.js'
import { checkInstalled } from '../onnx/check-installed.js'
import { DTYPES, type EncoderDtype } from '../onnx/find-model-file.js'
import { ENCODER_PRECISIONS, type EncoderPrecision, type EngineName } from './text-engine.js'

/** How encoders of all kinds are loaded. */
export interface LoadEncoderOptions extends AbortOptions {
  /** Which variant of the model to load; default 'fp32'. */
  dtype?: EncoderDtype
  /** Threads of this encoder; default `backendInfo().threads.count`. */
  threads?: number
  /** Milliseconds that the encoder's process may take to start, now and whenever it is started anew; default 60,000. */
  startTimeout?: number
}

/**
 * How {@link TextEmbedder.load} loads an encoder. `dtype`, `threads` and `startTimeout` are of ONNX models, whose process is not that
 * of the native engine.
 */
export interface LoadTextEmbedderOptions extends LoadEncoderOptions {
  /**
   * What runs the model: 'native', kindred's kernels in this process, takes `model.safetensors` of an architecture of BERT's family
   * (BERT, RoBERTa, XLM-R, CamemBERT, DistilBERT, ALBERT, MPNet); 'onnx', onnxruntime in a process of its own, any ONNX model.
   * 'auto' takes the first where it can, unless an option of the other is given; {@link TextEmbedder.engineReason} says why.
   * Default 'auto'.
   */
  engine?: EngineName | 'auto'
  /**
   * Of the native engine: what the numbers of products are rounded to. 'bf16' keeps 8 bits of precision, 'int8' integers of -127 to
   * 127 times a scale for each row of weights and each token's state, made when the weights are loaded; both take a
   * processor that has such products (`backendInfo().isa.bf16` and `.int8`), and with AMX are much faster. Default 'f32'.
   */
  precision?: EncoderPrecision
}

/** @internal Names of the options of {@link LoadTextEmbedderOptions} beside those of all encoders. */
export const TEXT_EMBEDDER_OPTIONS = ['engine', 'precision'] as const

/** Names of options of ONNX models alone. */
const OF_ONNX = ['dtype', 'threads', 'startTimeout'] as const

/** @internal The first option that only ONNX models have; undefined if none is given. */
export function onnxOption(options: LoadEncoderOptions): string | undefined {
  return OF_ONNX.find((name) => options[name] !== undefined)
}

/** @throws ERR_VALUE for what cannot go together */
export function checkTextEmbedderOptions(where: string, options: LoadTextEmbedderOptions): LoadTextEmbedderOptions {
  options = checkEncoderOptions(where, options, TEXT_EMBEDDER_OPTIONS)
  const { engine = 'auto', precision } = options
  checkOneOf('engine', engine, ['auto', 'native', 'onnx'])
  if (precision !== undefined) checkOneOf('precision', precision, ENCODER_PRECISIONS)
  const onnx = onnxOption(options)
  if (engine === 'onnx' && precision !== undefined)
    throw new KindredError(
      'ERR_VALUE',
      "precision: of the engine 'native'; dtype chooses the variant of an ONNX model.",
    )
  if (onnx !== undefined && (engine === 'native' || precision !== undefined))
    throw new KindredError(
      'ERR_VALUE',
      `${onnx}: of the engine 'onnx', but ${engine === 'native' ? 'the engine is' : 'precision is of'} 'native', which runs in this process, on the threads that setThreads or KINDRED_THREADS sets.`,
    )
  return options
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
  options: LoadTextEmbedderOptions,
  what = 'a static encoder: one table of int8',
): void {
  for (const name of [...OF_ONNX, ...TEXT_EMBEDDER_OPTIONS])
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
