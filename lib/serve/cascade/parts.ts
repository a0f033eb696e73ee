import { realpath } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { Features } from '../../data/features.js'
import { Table } from '../../data/table/table.js'
import type { Embedder } from '../../encode/embedder.js'
import { loadEmbedder } from '../../encode/load-embedder.js'
import { loadModel } from '../../models/load-model.js'
import { checkOptions } from '../../native/argument-checks.js'
import { KindredError, show } from '../../native/errors.js'
import type { ItemAttribute } from '../../rank/base/item-values.js'
import { SimilarityIndex } from '../../search/similarity-index.js'
import type { CascadeDeclaration, CascadeModel, CascadeParts, ModelSource } from './declaration.js'

const KINDS = ['models', 'features', 'indexes', 'encoders', 'attributes', 'steps', 'composers'] as const
type Kind = (typeof KINDS)[number]

/** What the names of a declaration stand for: parts that were given, and what is in the declaration's folder, each loaded once. */
export class Parts {
  readonly #given: CascadeParts
  readonly #root: string | undefined
  readonly #signal: AbortSignal | undefined
  readonly #loaded = new Map<string, Promise<unknown>>()
  readonly #own: Embedder[] = []
  #items: { table: Table; id: string } | undefined

  /** @throws ERR_VALUE for parts of no kind */
  constructor(parts: CascadeParts, root: string | undefined, signal: AbortSignal | undefined) {
    const own = checkOptions('parts', parts, KINDS)
    for (const kind of KINDS)
      if (own[kind] !== undefined && (typeof own[kind] !== 'object' || own[kind] === null))
        throw new KindredError('ERR_VALUE', `parts.${kind}: expected an object but received ${show(own[kind])}.`)
    this.#given = own
    this.#root = root
    this.#signal = signal
  }

  /** Reads the table of items, if there is one. */
  async readItems(items: CascadeDeclaration['items']): Promise<void> {
    if (items === undefined) return
    const table = await Table.read(await this.#path('items.table', items.table), { signal: this.#signal })
    table.column(items.id)
    this.#items = { table, id: items.id }
  }

  /** @throws ERR_VALUE for a model that is none */
  async model(where: string, name: string): Promise<() => CascadeModel> {
    const source = await this.#find<ModelSource>(
      'models',
      where,
      name,
      (path) => loadModel(path, { signal: this.#signal }) as Promise<ModelSource>,
    )
    const current = () => ('current' in source ? source.current : source)
    const model = current()
    if (typeof model?.recommend !== 'function' || typeof model.recommendFor !== 'function')
      throw new KindredError(
        'ERR_VALUE',
        `${where}: expected a model that recommends but ${show(name)} is ${show(model)}.`,
      )
    return current
  }

  features(where: string, name: string): Promise<Features> {
    return this.#find('features', where, name, (path) => Features.load(path, { signal: this.#signal }))
  }

  index(where: string, name: string): Promise<SimilarityIndex> {
    return this.#find('indexes', where, name, (path) => SimilarityIndex.load(path, { signal: this.#signal }))
  }

  async encoder(where: string, name: string | undefined): Promise<Embedder> {
    const load = async (path: string | undefined) => {
      const encoder = await loadEmbedder(path, { signal: this.#signal })
      this.#own.push(encoder)
      return encoder
    }
    if (name !== undefined) return this.#find('encoders', where, name, load)
    return this.#once('encoders:', () => load(undefined))
  }

  /** @throws ERR_VALUE, ERR_COLUMN */
  attribute(where: string, name: string): ItemAttribute {
    const given = this.#part('attributes', name)
    if (given !== undefined) return given
    if (this.#items === undefined)
      throw new KindredError(
        'ERR_VALUE',
        `${where}: expected an attribute of the parts, or a column of the table of items, which the declaration does not name, but received ${show(name)}.`,
      )
    this.#items.table.column(name)
    return { ...this.#items, column: name }
  }

  /** @throws ERR_VALUE for a part that is not there */
  named<K extends 'steps' | 'composers'>(kind: K, where: string, name: string): NonNullable<CascadeParts[K]>[string] {
    const part = this.#part(kind, name)
    if (part === undefined)
      throw new KindredError('ERR_VALUE', `${where}: there is no ${show(name)} among parts.${kind}.`)
    return part
  }

  /** Releases what was loaded here. */
  dispose(): void {
    for (const encoder of this.#own.splice(0)) encoder.dispose()
  }

  #part<K extends Kind>(kind: K, name: string): NonNullable<CascadeParts[K]>[string] | undefined {
    const parts = this.#given[kind] as Record<string, NonNullable<CascadeParts[K]>[string]> | undefined
    return parts !== undefined && Object.hasOwn(parts, name) ? parts[name] : undefined
  }

  async #find<T>(kind: Kind, where: string, name: string, load: (path: string) => Promise<T>): Promise<T> {
    const given = this.#part(kind, name)
    if (given !== undefined) return given as T
    const path = await this.#path(where, name)
    return this.#once(`${kind}:${path}`, () => load(path))
  }

  #once<T>(key: string, load: () => Promise<T>): Promise<T> {
    const known = (this.#loaded.get(key) as Promise<T> | undefined) ?? load()
    this.#loaded.set(key, known)
    return known
  }

  /** A path within the folder of the declaration. @throws ERR_VALUE for one that is not, ERR_IO for one that is not there */
  async #path(where: string, name: string): Promise<string> {
    if (this.#root === undefined)
      throw new KindredError(
        'ERR_VALUE',
        `${where}: there is no part ${show(name)}, and no folder to look for it in: give the folder as options.root.`,
      )
    const outside = () =>
      new KindredError(
        'ERR_VALUE',
        `${where}: expected a path within the folder of the declaration but received ${show(name)}.`,
      )
    const path = resolve(this.#root, name)
    if (name === '' || !isWithin(this.#root, path)) throw outside()
    const [root, real] = await Promise.all([realpath(this.#root), realpath(path)]).catch((cause) => {
      throw new KindredError('ERR_IO', `${where}: there is neither a part nor a file ${show(name)}.`, { cause })
    })
    if (!isWithin(root!, real!)) throw outside()
    return path
  }
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
