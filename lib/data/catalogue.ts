import { checkOptions, ownFields } from '../native/argument-checks.js'
import type { AbortOptions } from '../native/call-options.js'
import { KindredError, show } from '../native/errors.js'
import { guardReceivers } from '../native/guard-receivers.js'
import { FieldTexts } from './field-texts.js'
import { type Id, IdMap, toId } from './id-map.js'
import type { TablePath } from './tables/files/list-files.js'
import { readItems } from './tables/read-catalogue.js'
import { TABLE_FILE_OPTIONS, type TableFileOptions, tableFileOptions } from './tables/table-file-options.js'
import { withTable } from './tables/with-table.js'
import { parseTemplate } from './text-template.js'

/** How many items were read and kept, and which fields were empty. */
export interface CatalogueReport {
  /** Rows read. */
  read: number
  /** Items kept. */
  kept: number
  /** Rows dropped. */
  dropped: {
    /** Rows without an id. */
    nullId: number
  }
  /** For each field used, how many of the items kept have none; their text is empty there. */
  missing: Record<string, number>
  /** Of these, how many have a value there that has no text, such as an object; fields without any are absent. */
  unusable?: Record<string, number>
}

/** What both ways to make a {@link Catalogue} take. */
export interface CatalogueOptions {
  /** Field of the items' ids. */
  id: string
  /** Further fields to keep for {@link Catalogue.field}; none if absent. */
  keep?: readonly string[]
}

/** How {@link Catalogue.read} finds items and their texts in a file. */
export interface ReadCatalogueOptions extends CatalogueOptions, TableFileOptions, AbortOptions {
  /** Template of an item's text, such as "{title}. {genres}. {plot}"; `{{` and `}}` mean braces. */
  text: string
}

/** How {@link Catalogue.from} finds ids and texts in objects. */
export interface CatalogueFromOptions<Row> extends CatalogueOptions {
  /** Template of an item's text, or a function that writes it. */
  text: string | ((row: Row) => string)
}

function checkFields(id: unknown, keep: unknown): void {
  if (typeof id !== 'string' || id === '')
    throw new KindredError('ERR_VALUE', `id: expected the name of a field but received ${show(id)}.`)
  if (!Array.isArray(keep) || keep.some((name) => typeof name !== 'string'))
    throw new KindredError('ERR_VALUE', `keep: expected a list of field names but received ${show(keep)}.`)
}

/** Items with their texts: what an encoder reads. */
export class Catalogue {
  /** Items in order of appearance. */
  readonly ids: IdMap
  /** [size] one text per item, in the order of `ids` */
  readonly texts: readonly string[]
  /** How many items were read and kept, and which fields were empty. */
  readonly report: Readonly<CatalogueReport>
  readonly #fields: ReadonlyMap<string, FieldTexts>

  private constructor(ids: IdMap, texts: readonly string[], fields: readonly FieldTexts[], read: number) {
    this.ids = ids
    this.texts = texts
    this.#fields = new Map(fields.map((field) => [field.name, field]))
    const unusable = fields.filter((field) => field.unusable > 0).map((field) => [field.name, field.unusable])
    this.report = {
      read,
      kept: ids.size,
      dropped: { nullId: read - ids.size },
      missing: Object.fromEntries(fields.map(({ name, missing }) => [name, missing])),
      ...(unusable.length > 0 && { unusable: Object.fromEntries(unusable) }),
    }
  }

  /**
   * Reads a JSONL (NDJSON), CSV, TSV or Parquet file, text files also compressed (.gz, .zst), or several
   * ({@link TablePath}). Lists are joined with ", "; a field that is null, absent, empty or no finite number is empty text and counted in `report`, and so is one that
   * holds an object. A field of an object or struct is named by its path: 'names.en' is `en` of `names`. Ids are read as in
   * Interactions.read, so the same id is the same id in both; items with a null id are dropped and counted.
   * @throws ERR_VALUE for illegal options, a broken template or an unknown extension, ERR_COLUMN for a field that the
   * file lacks, ERR_DUPLICATE for an id that comes twice, ERR_DATA for an empty or malformed file or a field of which
   * no item has text but some have objects, ERR_IO, ERR_ABORTED
   */
  static async read(path: TablePath, options: ReadCatalogueOptions): Promise<Catalogue> {
    options = checkOptions('Catalogue.read', options, ['id', 'text', 'keep', 'signal', ...TABLE_FILE_OPTIONS])
    const { id, keep = [], signal } = options
    checkFields(id, keep)
    const template = parseTemplate(options.text)
    const names = [...new Set([...template.fields, ...keep])]
    return withTable(path, [id, ...names], tableFileOptions(options), signal, async (table) => {
      const fields = names.map((name) => new FieldTexts(name))
      const byName = new Map(fields.map((field) => [field.name, field]))
      const texts: string[] = []
      const { ids, read } = await readItems(table, { id, fields, signal }, () => {
        texts.push(template.render((name) => byName.get(name)!.last))
      })
      return new Catalogue(ids, texts, fields, read)
    })
  }

  /**
   * Takes items from any iterable of objects; fields as in {@link read}.
   * @throws ERR_VALUE for illegal options, a broken template or a value that is no id, ERR_COLUMN for a field that no
   * object has, ERR_DUPLICATE for an id that comes twice, ERR_DATA for a field of which no item has text but some
   * have objects
   */
  static from<Row extends object>(rows: Iterable<Row>, options: CatalogueFromOptions<Row>): Catalogue {
    options = checkOptions('Catalogue.from', options, ['id', 'text', 'keep'])
    const { id, keep = [], text } = options
    checkFields(id, keep)
    const template = typeof text === 'function' ? undefined : parseTemplate(text)
    const columns = new Map([...(template?.fields ?? []), ...keep].map((name) => [name, new FieldTexts(name)]))
    const fieldNames = [id, ...columns.keys()]
    const texts: string[] = []
    const ids = new IdMap()
    const seen = new Set<string>()
    let read = 0
    if (typeof (rows as Iterable<Row> | undefined)?.[Symbol.iterator] !== 'function')
      throw new KindredError('ERR_VALUE', `Catalogue.from: expected an iterable of objects but received ${show(rows)}.`)
    for (const row of rows) {
      const number = read++
      if (row === null || typeof row !== 'object')
        throw new KindredError('ERR_VALUE', `row ${number}: expected an object but received ${show(row)}.`)
      for (const name in row) seen.add(name)
      const fields = ownFields(row, fieldNames) as Record<string, unknown>
      const ownId = fields[id]
      if (ownId === null || ownId === undefined) continue
      if (ids.add(toId(ownId, () => `${id} of row ${number}`)) !== texts.length)
        throw new KindredError(
          'ERR_DUPLICATE',
          `Catalogue: item ${show(ownId)} comes twice (second time at ${number}).`,
        )
      for (const [name, field] of columns) field.add(fields[name], () => `field ${show(name)} of item ${show(ownId)}`)
      const written = typeof text === 'function' ? text(row) : template!.render((name) => columns.get(name)!.last)
      if (typeof written !== 'string')
        throw new KindredError('ERR_VALUE', `text: expected a string for row ${number} but received ${show(written)}.`)
      texts.push(written)
    }
    const unknown = fieldNames.find((name) => !seen.has(name))
    if (read > 0 && unknown !== undefined)
      throw new KindredError(
        'ERR_COLUMN',
        `Catalogue.from: no object has a field ${show(unknown)}. They have: ${[...seen].slice(0, 50).map(show).join(', ')}.`,
      )
    for (const field of columns.values()) field.check()
    return new Catalogue(ids, texts, [...columns.values()], read)
  }

  /** Number of items. */
  get size(): number {
    return this.ids.size
  }

  /** The text of an item. @throws ERR_UNKNOWN_ID */
  text(id: Id): string {
    return this.texts[this.#indexOf(id)]!
  }

  /**
   * The text of one field of an item, undefined if it has none.
   * @param name a field of the template or of the option `keep`
   * @throws ERR_UNKNOWN_ID, ERR_COLUMN for a field that was not kept
   */
  field(id: Id, name: string): string | undefined {
    const field = this.#fields.get(name)
    if (field === undefined)
      throw new KindredError(
        'ERR_COLUMN',
        `Catalogue: the field ${show(name)} was not kept. There are: ${[...this.#fields.keys()].map(show).join(', ')}; name others in the option keep.`,
      )
    return field.texts[this.#indexOf(id)] ?? undefined
  }

  #indexOf(id: Id): number {
    const index = this.ids.indexOf(id)
    if (index < 0) throw new KindredError('ERR_UNKNOWN_ID', `Catalogue: there is no item ${show(id)}.`)
    return index
  }
}

guardReceivers(Catalogue)
