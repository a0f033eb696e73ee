import { KindredError, show } from '../../../native/errors.js'
import type { Work } from './work.js'

/** @throws ERR_VALUE if there is a column of that name */
export function addFlags({ columns }: Work, name: string, values: Float64Array): void {
  if (columns.has(name))
    throw new KindredError(
      'ERR_VALUE',
      `The flags would be the column ${show(name)}, which there is already. Rename it.`,
    )
  columns.set(name, { type: 'boolean', name, values })
}
