import { KindredError, show } from '../../native/errors.js'

/** What of a classifier decides whether another can learn from it. */
export interface Pupil {
  readonly labels: readonly string[]
  /** Length of a state. */
  readonly dims: number
}

/** @throws ERR_VALUE for a student that cannot learn from this teacher, or `layers` beside one */
export function checkStudent(student: Pupil, teacher: Pupil, layers: unknown, stateWeight: number): void {
  if (layers !== undefined)
    throw new KindredError('ERR_VALUE', 'layers: expected without `student`, which has layers of its own.')
  if (JSON.stringify(student.labels) !== JSON.stringify(teacher.labels))
    throw new KindredError(
      'ERR_VALUE',
      `student: expected the labels ${teacher.labels.map(show).join(', ')} but it has ${student.labels.map(show).join(', ')}.`,
    )
  if (stateWeight > 0 && student.dims !== teacher.dims)
    throw new KindredError(
      'ERR_VALUE',
      `stateWeight: states of the student have ${student.dims} numbers and those of the teacher ${teacher.dims}; give stateWeight 0.`,
    )
}

/**
 * @param option because of which they are compared: of states it is `stateWeight`
 * @throws ERR_VALUE unless both read the same tokens
 */
export function checkSameTokens(
  student: readonly Int32Array[],
  teacher: readonly Int32Array[],
  option: 'stateWeight' | 'student' = 'stateWeight',
): void {
  const differs = (a: Int32Array, b: Int32Array) => a.length !== b.length || a.some((id, i) => id !== b[i])
  const n = student.findIndex((ids, at) => differs(ids, teacher[at]!))
  if (n >= 0)
    throw new KindredError(
      'ERR_VALUE',
      `${option}: text ${n} has other tokens for the student than for the teacher${option === 'stateWeight' ? '; give stateWeight 0' : ''}.`,
    )
}
