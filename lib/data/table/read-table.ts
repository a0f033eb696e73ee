import { KindredError } from '../../native/errors.js'
import type { TablePath } from '../tables/files/list-files.js'
import type { ReadTableOptions } from './read-table-options.js'
import type { BuiltColumns } from './table-from.js'

/** @throws see Table.read */
export async function readTable(_path: TablePath, _options: ReadTableOptions): Promise<BuiltColumns> {
  throw new KindredError('ERR_NOT_SUPPORTED', 'Table.read: to come.')
}
