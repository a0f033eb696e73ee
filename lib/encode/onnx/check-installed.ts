import { KindredError } from '../../native/errors.js'
import { checkNotBundled } from '../../native/package-file.js'
import { checkDescriptors, isExhausted, systemError } from '../../native/system-errors.js'

/** Refuses where an optional dependency is not installed. @param message what is thrown then @throws ERR_ENCODER, ERR_RESOURCES */
export function checkInstalled(dependency: string, message: string): void {
  checkNotBundled()
  try {
    checkDescriptors()
    require.resolve(dependency)
  } catch (cause) {
    if (isExhausted(cause)) throw systemError(`${dependency} cannot be looked for`, cause)
    throw new KindredError('ERR_ENCODER', message, { cause })
  }
}
