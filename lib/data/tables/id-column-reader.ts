import { KindredError, show } from '../../native/errors.js'
import { type Id, IdMap, idFromInteger, isCanonicalInteger } from '../id-map.js'
import type { IdColumns } from './duckdb/column-expressions.js'

/** Gives dense indices to the ids of one column of a table, as they come. */
export class IdColumnReader {
  #path: string
  #column: Pick<IdColumns, 'name' | 'kind'>
  #ids = new IdMap()
  #isText = false

  constructor(path: string, column: Pick<IdColumns, 'name' | 'kind'>) {
    this.#path = path
    this.#column = column
  }

  /** Of a text file without columns: ids of one type as in CSV, given as text with a number of NaN. */
  static ofText(path: string, name: string): IdColumnReader {
    return new IdColumnReader(path, { name, kind: 'csv' })
  }

  /** The ids that follow come from this file. */
  turnTo(path: string, column: Pick<IdColumns, 'name' | 'kind'>): void {
    this.#path = path
    this.#column = column
  }

  /** The text of a chunk's row, null where it stands for no id: NaN, which pandas writes for one. */
  textOf(text: string | null): string | null {
    return text !== null && this.#column.kind === 'json' && /^-?nan$/i.test(text) ? null : text
  }

  /** The index of the id in row `row` (from 0), given as the two columns of {@link IdColumns}; one is there. */
  indexOf(number: number, text: string | null, row: number): number {
    return this.#ids.add(Number.isNaN(number) ? this.#fromText(text!, row) : number + 0)
  }

  #fromText(text: string, row: number): Id {
    const { kind, name } = this.#column
    switch (kind) {
      case 'text':
        return text
      case 'digits':
        return idFromInteger(text)
      case 'csv':
        if (isCanonicalInteger(text)) return idFromInteger(text)
        this.#isText = true
        return text
      case 'json': {
        if (text.startsWith('"')) return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1)
        if (isCanonicalInteger(text)) return idFromInteger(text)
        const value = Number(text)
        if (Number.isSafeInteger(value)) return value + 0
      }
    }
    const isObject = kind === 'json' && text.startsWith('{')
    const advice = isObject ? `; name a field of it by its path, as ${show(`${name}.id`)}` : ''
    throw new KindredError(
      'ERR_COLUMN',
      `${this.#path}: column ${show(name)} holds ${show(text)} in row ${row + 1}, which is no id: expected strings or integers (a floating-point number beyond 2^53 is no exact integer)${advice}.`,
    )
  }

  /**
   * The ids read. A CSV column is integers only if every one of its values is; else all are strings, as in the file.
   */
  finish(): IdMap {
    if (!this.#isText || this.#ids.integers === 0) return this.#ids
    const texts = new IdMap()
    for (const id of this.#ids) texts.add(String(id))
    this.#ids = texts
    return texts
  }
}
