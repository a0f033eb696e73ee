import { KindredError } from '../../native/errors.js'
import type { ColumnSource } from './column.js'

/** @throws see Table.write */
export async function writeTable(_path: string, _table: ColumnSource, _signal: AbortSignal | undefined): Promise<void> {
  throw new KindredError('ERR_NOT_SUPPORTED', 'Table.write: to come.')
}
