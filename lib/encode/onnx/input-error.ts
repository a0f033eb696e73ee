import { KindredError } from '../../native/errors.js'

/** The error of one input of a job. */
export class InputError extends KindredError {
  /** Position of the input within the job. */
  readonly row: number

  constructor(message: string, row: number) {
    super('ERR_ENCODER', message)
    this.row = row
  }
}
