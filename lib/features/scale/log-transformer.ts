import type { Matrix } from '../../data/matrix.js'
import { checkBoolean, checkNumber, checkOptions } from '../../native/argument-checks.js'
import { KindredError } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import { MatrixTransformer, readTransformer, type TransformerJson } from './matrix-transformer.js'

/** What a {@link LogTransformer} does. */
export interface LogTransformerOptions {
  /** Base of the logarithm; default e. */
  base?: number
  /** Added before the logarithm is taken; default 1, so that 0 stays 0. */
  offset?: number
  /** sign(x) log(|x| + offset) - log(offset) in place of log(x + offset): for numbers of both signs; default false. */
  signed?: boolean
}

/** What a logarithm does to a number. */
export interface LogMap {
  /** Natural logarithm of the base, by which is divided. */
  readonly divisor: number
  readonly offset: number
  readonly signed: boolean
}

/** The options of a logarithm, checked. @throws ERR_VALUE */
export function checkLogOptions(options: LogTransformerOptions): LogMap {
  const base = checkNumber('base', options.base ?? Math.E, { min: Number.MIN_VALUE })
  const offset = checkNumber('offset', options.offset ?? 1, { min: 0 })
  const signed = checkBoolean('signed', options.signed ?? false)
  if (base === 1) throw new KindredError('ERR_VALUE', 'base: expected a positive number other than 1 but received 1.')
  if (signed && offset === 0)
    throw new KindredError(
      'ERR_VALUE',
      'offset: expected a positive number with signed: true, which takes its logarithm.',
    )
  return { divisor: base === Math.E ? 1 : Math.log(base), offset, signed }
}

const plainLog = (x: number, offset: number) => (offset === 1 ? Math.log1p(x) : Math.log(x + offset))

/** The logarithm; NaN where there is none. */
export function logOf(x: number, { divisor, offset, signed }: LogMap): number {
  if (!signed) return x > -offset ? plainLog(x, offset) / divisor : Number.NaN
  const value = (plainLog(Math.abs(x), offset) - Math.log(offset)) / divisor
  return x < 0 ? -value : value
}

function expOf(y: number, { divisor, offset, signed }: LogMap): number {
  const plain = (z: number) => (offset === 1 ? Math.expm1(z) : Math.exp(z) - offset)
  if (!signed) return plain(y * divisor)
  const value = plain(Math.abs(y) * divisor + Math.log(offset))
  return y < 0 ? -value : value
}

/**
 * Logarithms: what counts and prices need, whose spread grows with them. Learns nothing: `fit` sees to it that there are
 * logarithms.
 */
export class LogTransformer extends MatrixTransformer {
  protected readonly type = 'LogTransformer'
  readonly #base: number
  readonly #map: LogMap
  #width: number | undefined

  /** @throws ERR_VALUE */
  constructor(options: LogTransformerOptions = {}) {
    super()
    options = checkOptions('LogTransformer', options, ['base', 'offset', 'signed'])
    this.#map = checkLogOptions(options)
    this.#base = options.base ?? Math.E
  }

  protected get width(): number | undefined {
    return this.#width
  }

  protected learn(matrix: Matrix): void {
    this.#check('fit', matrix)
    this.#width = matrix.cols
  }

  protected apply(matrix: Matrix, out: Matrix): void {
    this.#check('transform', matrix)
    for (let i = 0; i < matrix.data.length; i++) out.data[i] = logOf(matrix.data[i]!, this.#map)
  }

  protected invert({ data }: Matrix, out: Matrix): void {
    for (let i = 0; i < data.length; i++) out.data[i] = expOf(data[i]!, this.#map)
  }

  #check(method: string, { data, cols }: Matrix): void {
    const { offset, signed } = this.#map
    if (signed) return
    for (let i = 0; i < data.length; i++)
      if (data[i]! <= -offset)
        throw new KindredError(
          'ERR_VALUE',
          `LogTransformer.${method}: expected numbers above ${-offset} but row ${Math.floor(i / cols)} has ${data[i]} in column ${i % cols}. Raise offset, or set signed.`,
        )
  }

  protected settings(): Record<string, unknown> {
    return { base: this.#base, offset: this.#map.offset, signed: this.#map.signed }
  }

  protected state(): Record<string, unknown> | null {
    return this.#width === undefined ? null : { columns: this.#width }
  }

  /** The transformer that `toJSON` wrote. @throws ERR_VALUE for anything else */
  static fromJSON(json: TransformerJson): LogTransformer {
    const { options, state } = readTransformer('LogTransformer', json)
    const transformer = new LogTransformer(options)
    if (state !== null) transformer.#width = checkNumber('state.columns', state.columns, { min: 0 })
    return transformer
  }
}

guardReceivers(LogTransformer)
