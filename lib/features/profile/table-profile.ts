import { writeAtomically, writeFlushed } from '../../data/storage/atomic-write.js'
import { checkOptions } from '../../native/argument-checks.js'
import type { AbortOptions } from '../../native/call-options.js'
import { KindredError, show, throwIfAborted } from '../../native/errors.js'
import { guardReceivers } from '../../native/guard-receivers.js'
import type { Correlations } from './associations.js'
import type { ColumnProfile } from './column-profile.js'
import { type Finding, findingsOf } from './findings.js'
import type { TableProfileJson } from './profile-json.js'
import { profilePage } from './profile-page.js'
import { profileText } from './profile-text.js'
import type { TableDrift } from './table-drift.js'

/** What is in a table, and how it has changed; see {@link profileTable}. */
export class TableProfile {
  /** The first file of the table, or 'a table'. */
  readonly table: string
  /** Number of rows. */
  readonly rows: number
  /** How many rows are like an earlier one in every column that was looked at. */
  readonly duplicates: number
  /** What asks for attention. */
  readonly findings: readonly Finding[]
  /** The columns, in the order of the table. */
  readonly columns: readonly ColumnProfile[]
  /** How columns go together. */
  readonly correlations: Correlations
  /** What has changed since the table `against`; undefined without one. */
  readonly drift: TableDrift | undefined

  /** @internal */
  constructor({ table, rows, duplicates, columns, correlations, drift }: Omit<TableProfileJson, 'findings'>) {
    this.table = table
    this.rows = rows
    this.duplicates = duplicates
    this.columns = columns
    this.correlations = correlations
    this.drift = drift
    this.findings = findingsOf(rows, duplicates, columns, correlations, drift)
  }

  /** The profile of a column. @throws ERR_COLUMN for one that was not looked at */
  column(name: string): ColumnProfile {
    const found = this.columns.find((column) => column.name === name)
    if (found !== undefined) return found
    throw new KindredError(
      'ERR_COLUMN',
      `there is no column ${show(name)}. The profile has: ${this.columns
        .slice(0, 50)
        .map((column) => show(column.name))
        .join(', ')}${this.columns.length > 50 ? ', ...' : ''}.`,
    )
  }

  /** Tables of text for a terminal. */
  toString(): string {
    return profileText(this.toJSON())
  }

  /** All of it, as a plain object. */
  toJSON(): TableProfileJson {
    const { table, rows, duplicates, findings, columns, correlations, drift } = this
    const parts = { table, rows, duplicates, findings: [...findings], columns: [...columns], correlations }
    return drift === undefined ? parts : { ...parts, drift }
  }

  /** An HTML page that needs nothing else, and runs no scripts: all of it, with plots. */
  toHTML(): string {
    return profilePage(this.toJSON())
  }

  /** Writes {@link toHTML} to a file whose name ends with .html. @throws ERR_VALUE for another name, ERR_IO, ERR_ABORTED */
  async save(path: string, options: AbortOptions = {}): Promise<void> {
    const { signal } = checkOptions('TableProfile.save', options, ['signal'])
    throwIfAborted(signal)
    if (typeof path !== 'string' || !/\.html?$/i.test(path))
      throw new KindredError('ERR_VALUE', `path: expected a file name that ends with .html but received ${show(path)}.`)
    const page = this.toHTML()
    await writeAtomically(path, (temporary) => writeFlushed(temporary, page))
  }
}

guardReceivers(TableProfile)
