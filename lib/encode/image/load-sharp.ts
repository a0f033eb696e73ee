import { systemError } from '../../native/system-errors.js'
import { checkInstalled } from '../onnx/check-installed.js'

/** What sharp's package exports. */
export type Sharp = typeof import('sharp')

/** @throws ERR_ENCODER unless sharp is installed, ERR_RESOURCES */
export function checkSharp(): void {
  checkInstalled(
    'sharp',
    'Pictures are decoded by sharp, an optional dependency that is not installed. Add it with: npm install sharp',
  )
}

/** @throws ERR_ENCODER */
export async function loadSharp(): Promise<Sharp> {
  const { default: sharp } = await import('sharp').catch((cause: Error) => {
    throw systemError('sharp does not load', cause, 'ERR_ENCODER')
  })
  return sharp
}
