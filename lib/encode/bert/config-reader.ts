import type { Activation } from '../../native/addon.js'
import { KindredError, show } from '../../native/errors.js'

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_new: 'gelu-tanh',
  gelu_pytorch_tanh: 'gelu-tanh',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
}

/** The largest size of a tensor: its rows are counted by 32-bit integers. */
const LARGEST = 2 ** 31 - 1

/** A parsed config.json whose settings are read with their checks; all methods throw ERR_ENCODER naming the key. */
export class ConfigReader {
  readonly #json: Readonly<Record<string, unknown>>
  readonly #path: string

  /** @param path for messages */
  constructor(json: Readonly<Record<string, unknown>>, path: string) {
    this.#json = json
    this.#path = path
  }

  fail(cause: string): never {
    throw new KindredError('ERR_ENCODER', `${this.#path}: ${cause}.`)
  }

  /** A setting as it is; null counts as absent. */
  get(key: string): unknown {
    return this.#json[key] ?? undefined
  }

  /** @param fallback if it is absent; without one it must be there */
  integer(key: string, fallback?: number, { least = 1, most = LARGEST } = {}): number {
    const value = this.get(key) ?? fallback
    if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return value as number
    return this.fail(`${key}: expected an integer from ${least} to ${most} but found ${show(value)}`)
  }

  /** A number from 0. */
  number(key: string, fallback: number): number {
    const value = this.get(key) ?? fallback
    if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value
    return this.fail(`${key}: expected a number of at least 0 but found ${show(value)}`)
  }

  /** A rate of dropout. */
  rate(key: string, fallback: number): number {
    const value = this.number(key, fallback)
    return value < 1 ? value : this.fail(`${key}: expected a number below 1 but found ${value}`)
  }

  activation(key: string, fallback: string): Activation {
    const value = this.get(key) ?? fallback
    const legal = Object.keys(ACTIVATIONS)
    if (typeof value === 'string' && legal.includes(value)) return ACTIVATIONS[value]!
    return this.fail(`${key}: expected one of ${legal.join(', ')} but found ${show(value)}`)
  }

  /** Refuses a setting that is neither absent nor this. */
  expect(key: string, expected: unknown): void {
    const value = this.get(key) ?? expected
    if (value !== expected) this.fail(`${key}: expected ${show(expected)} but found ${show(value)}`)
  }
}
