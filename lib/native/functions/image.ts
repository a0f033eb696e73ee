import type { Matrix } from './matrices.js'
import type { AbortFlag } from './runtime.js'

/** Pictures brought to another size, and described without a model. */
export interface ImageFunctions {
  resamplePicture(
    pixels: Uint8Array,
    height: number,
    width: number,
    channels: number,
    out: Uint8Array,
    outHeight: number,
    outWidth: number,
    filter: 'nearest' | 'lanczos' | 'bilinear' | 'bicubic' | 'box' | 'hamming',
    abort?: AbortFlag,
  ): Promise<void>
  describePictures(pixels: Uint8Array, sizes: Int32Array, out: Matrix, abort?: AbortFlag): Promise<void>
  descriptorDims(): number
}
