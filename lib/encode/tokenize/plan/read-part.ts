import { KindredError, show } from '../../../native/errors.js'
import { isObject, type JsonObject } from '../../folder-json.js'

/** ERR_ENCODER for what a tokenizer.json has that is wrong, or that the native tokenizer does not do. */
export function refusePart(cause: string): never {
  throw new KindredError('ERR_ENCODER', `tokenizer.json: ${cause}.`)
}

/** A part of a tokenizer.json: an object with a type, whose keys are read one after the other, each as what it must be. */
export class Part {
  readonly #object: JsonObject
  readonly #read = new Set<string>(['type'])
  readonly #name: string

  /** @throws ERR_ENCODER */
  constructor(name: string, value: unknown) {
    if (!isObject(value)) refusePart(`${name}: expected an object but found ${show(value)}`)
    this.#object = value
    this.#name = name
  }

  get type(): string {
    return this.text('type')
  }

  has(key: string): boolean {
    return this.#object[key] !== undefined && this.#object[key] !== null
  }

  /** What a key holds, without a look at it; undefined for null. */
  any(key: string): unknown {
    this.#read.add(key)
    return this.#object[key] ?? undefined
  }

  flag(key: string, absent?: boolean): boolean {
    const value = this.any(key) ?? absent
    return typeof value === 'boolean' ? value : this.#refuse(key, 'true or false', value)
  }

  text(key: string, absent?: string): string {
    const value = this.any(key) ?? absent
    return typeof value === 'string' ? value : this.#refuse(key, 'a string', value)
  }

  /** An integer from `min` to 2^31 - 1. */
  count(key: string, min: number, absent?: number): number {
    const value = this.any(key) ?? absent
    if (Number.isInteger(value) && (value as number) >= min && (value as number) < 2 ** 31) return value as number
    return this.#refuse(key, `an integer from ${min} to ${2 ** 31 - 1}`, value)
  }

  list(key: string): readonly unknown[] {
    const value = this.any(key)
    return Array.isArray(value) ? value : this.#refuse(key, 'a list', value)
  }

  oneOf<T extends string>(key: string, legal: readonly T[], absent?: T): T {
    const value = this.text(key, absent)
    return legal.includes(value as T) ? (value as T) : this.#refuse(key, `one of ${legal.join(', ')}`, value)
  }

  /** Takes keys that change no id. */
  ignore(...keys: readonly string[]): void {
    for (const key of keys) this.#read.add(key)
  }

  /** @throws ERR_ENCODER for a key that nobody has read and that is not null: it may change ids */
  end(): void {
    const strange = Object.keys(this.#object).filter((key) => !this.#read.has(key) && this.#object[key] !== null)
    if (strange.length > 0) refusePart(`${this.#name}: ${strange.map(show).join(', ')}: not known here`)
  }

  #refuse(key: string, expected: string, value: unknown): never {
    return refusePart(`${this.#name}: expected ${expected} for ${key} but found ${show(value)}`)
  }
}

/** The parts of a sequence of sequences, or the one that it is; none for null. @param key of the list in a sequence */
export function partsOf(name: string, key: string, value: unknown): Part[] {
  const parts: Part[] = []
  const waiting: unknown[] = value === null || value === undefined ? [] : [value]
  while (waiting.length > 0) {
    const part = new Part(name, waiting.pop())
    if (part.type !== 'Sequence') {
      parts.push(part)
      continue
    }
    const inner = part.list(key)
    part.end()
    for (let i = inner.length - 1; i >= 0; i--) waiting.push(inner[i])
  }
  return parts
}
