import { KindredError } from '../../native/errors.js'
import { checkNotBundled } from '../../native/package-file.js'
import { checkDescriptors, isExhausted, systemError } from '../../native/system-errors.js'

/** What sharp's package exports. */
export type Sharp = typeof import('sharp')

/** @throws ERR_ENCODER unless sharp is installed, ERR_RESOURCES */
export function checkSharp(): void {
  checkNotBundled()
  try {
    checkDescriptors()
    require.resolve('sharp')
  } catch (cause) {
    if (isExhausted(cause)) throw systemError('sharp cannot be looked for', cause)
    throw new KindredError(
      'ERR_ENCODER',
      'Pictures are decoded by sharp, an optional dependency that is not installed. Add it with: npm install sharp',
      { cause },
    )
  }
}

/** @throws ERR_ENCODER */
export async function loadSharp(): Promise<Sharp> {
  const { default: sharp } = await import('sharp').catch((cause: Error) => {
    throw systemError('sharp does not load', cause, 'ERR_ENCODER')
  })
  return sharp
}
