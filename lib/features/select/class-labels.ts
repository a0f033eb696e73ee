import { KindredError, show } from '../../native/errors.js'

/** Classes of rows, as texts, numbers or truths. */
export type ClassLabels = ArrayLike<string | number | boolean>

/**
 * The classes as numbers from 0 on, in the order of their first rows.
 * @throws ERR_VALUE for what is no list of classes, naming the row, or fewer than `least` of them; ERR_SHAPE
 */
export function checkLabels(labels: ClassLabels, rows: number, least = 2): { codes: Int32Array; classes: number } {
  const length = (labels as Partial<ClassLabels> | null | undefined)?.length
  if (typeof labels !== 'object' || typeof length !== 'number')
    throw new KindredError('ERR_VALUE', `target: expected an array of classes but received ${show(labels)}.`)
  if (length !== rows)
    throw new KindredError('ERR_SHAPE', `target: expected one class for each of ${rows} rows but received ${length}.`)
  const codeOf = new Map<unknown, number>()
  const codes = new Int32Array(rows)
  for (let row = 0; row < rows; row++) {
    const label: unknown = labels[row]
    const isLabel =
      typeof label === 'string' || typeof label === 'boolean' || (typeof label === 'number' && !Number.isNaN(label))
    if (!isLabel)
      throw new KindredError(
        'ERR_VALUE',
        `target: expected classes (strings, numbers or booleans) but row ${row} has ${show(label)}.`,
      )
    let code = codeOf.get(label)
    if (code === undefined) {
      code = codeOf.size
      codeOf.set(label, code)
    }
    codes[row] = code
  }
  if (codeOf.size < least)
    throw new KindredError('ERR_VALUE', `target: expected at least ${least} classes but found ${codeOf.size}.`)
  return { codes, classes: codeOf.size }
}
