import { nativeCall } from '../../native/native-call.js'
import type { Prepared } from '../media/media-session.js'
import type { Pixels } from './decode-picture.js'
import type { PicturePlan, PictureSize } from './picture-plan.js'

/** [3, size.height, size.width]: resized, cut and scaled as the plan says, channels first. */
export async function preparePicture(picture: Pixels, plan: PicturePlan): Promise<Prepared> {
  const resized = plan.resize === undefined ? picture : await resize(picture, sizeOf(picture, plan.resize), plan.filter)
  const { height, width } = plan.size
  // Where the picture lies within what is read: negative where it is larger.
  const top = offsetOf(resized.height, height)
  const left = offsetOf(resized.width, width)
  const plane = height * width
  const out = new Float32Array(3 * plane)
  for (let c = 0; c < 3; c++) {
    const table = Float32Array.from({ length: 256 }, (_, v) => scaled(v, c, plan))
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const [fromY, fromX] = [y - top, x - left]
        const inside = fromY >= 0 && fromY < resized.height && fromX >= 0 && fromX < resized.width
        out[c * plane + y * width + x] = table[inside ? resized.data[3 * (fromY * resized.width + fromX) + c]! : 0]!
      }
  }
  return { data: out, truncated: false }
}

/** In 32 bits, step by step, as NumPy does it. */
function scaled(value: number, channel: number, { scale, mean, deviation }: PicturePlan): number {
  const rescaled = Math.fround(value * scale)
  const centred = Math.fround(rescaled - Math.fround(mean[channel]!))
  return centred / Math.fround(deviation[channel]!)
}

/** Where a side of `from` pixels begins within one of `to`, as transformers' center_crop has it. */
function offsetOf(from: number, to: number): number {
  return from >= to ? -Math.floor((from - to) / 2) : Math.ceil((to - from) / 2)
}

function sizeOf({ height, width }: PictureSize, to: NonNullable<PicturePlan['resize']>): PictureSize {
  if ('height' in to) return to
  const [short, long] = height <= width ? [height, width] : [width, height]
  const other = Math.max(1, Math.trunc((to.shortestEdge * long) / short))
  return height <= width ? { height: to.shortestEdge, width: other } : { height: other, width: to.shortestEdge }
}

async function resize(picture: Pixels, to: PictureSize, filter: PicturePlan['filter']): Promise<Pixels> {
  const out = new Uint8Array(to.height * to.width * 3)
  await nativeCall(undefined, (native) =>
    native.resamplePicture(picture.data, picture.height, picture.width, 3, out, to.height, to.width, filter),
  )
  return { data: out, ...to }
}
