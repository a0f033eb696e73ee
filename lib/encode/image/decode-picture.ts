import { KindredError } from '../../native/errors.js'
import { nameOf, readBytes } from '../media/read-bytes.js'
import type { MediaInput } from '../onnx/ipc-protocol.js'
import { loadSharp } from './load-sharp.js'

/** A decoded picture: [height, width, 3] of 8 bits, sRGB. */
export interface Pixels {
  data: Uint8Array
  height: number
  width: number
}

/** How pictures are decoded. */
export interface DecodeOptions {
  /** Most pixels of a picture; it is refused by its header, before anything is decoded. */
  maxPixels: number
  /** Bring it within a square of this side, enlarged too; undefined: its own size. */
  within?: number
  /** What becomes of transparency: white shows through, or it is dropped, as Pillow does. */
  alpha: 'white' | 'drop'
  /** Convert by an embedded colour profile. */
  profile: boolean
  /** Make three channels of others, rather than refuse them. */
  convertRgb: boolean
}

/** Formats of pixels; SVG, PDF and others are programs that draw, and are refused. */
const FORMATS = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif', 'avif', 'jp2', 'jxl', 'ppm']

/**
 * Decodes a picture with sharp: turned as its EXIF orientation says, the first frame of several.
 * @throws ERR_IO, ERR_RESOURCES, ERR_DATA for what is damaged, truncated or no picture, ERR_TOO_LARGE, ERR_SHAPE
 */
export async function decodePicture(input: MediaInput, options: DecodeOptions): Promise<Pixels> {
  const sharp = await loadSharp()
  const bytes = await readBytes(input)
  const name = nameOf(input)
  try {
    await checkHeader(name, await sharp(bytes, { limitInputPixels: false }).metadata(), options)
    let image = sharp(bytes, { limitInputPixels: options.maxPixels, failOn: 'warning', ignoreIcc: !options.profile })
    image = image.autoOrient()
    image = options.alpha === 'white' ? image.flatten({ background: '#ffffff' }) : image.removeAlpha()
    if (options.within !== undefined) image = image.resize(options.within, options.within, { fit: 'inside' })
    const { data, info } = await image
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    return { data: toThree(name, data, info.channels), height: info.height, width: info.width }
  } catch (cause) {
    if (cause instanceof KindredError) throw cause
    const { message } = cause as Error
    if (/out of memory|unable to allocate/i.test(message))
      throw new KindredError('ERR_OUT_OF_MEMORY', `${name}: no memory to decode it.`, { cause })
    throw new KindredError('ERR_DATA', `${name} cannot be decoded: ${message.trim().split('\n')[0]}.`, { cause })
  }
}

async function checkHeader(
  name: string,
  {
    format,
    width = 0,
    height = 0,
    channels = 0,
    hasAlpha = false,
  }: { format?: string; width?: number; height?: number; channels?: number; hasAlpha?: boolean },
  { maxPixels, convertRgb }: DecodeOptions,
): Promise<void> {
  if (!FORMATS.includes(String(format)))
    throw new KindredError('ERR_DATA', `${name}: expected a picture (${FORMATS.join(', ')}) but found ${format}.`)
  if (width * height > maxPixels)
    throw new KindredError(
      'ERR_TOO_LARGE',
      `${name}: expected at most ${maxPixels} pixels but found ${width} x ${height}. Raise maxPixels if it is meant.`,
    )
  if (!convertRgb && channels !== 3)
    throw new KindredError(
      'ERR_SHAPE',
      `${name}: expected 3 channels but found ${channels}${hasAlpha ? ', one of them alpha' : ''}; the encoder's preprocessor_config.json says do_convert_rgb: false.`,
    )
}

/** Grey as three equal channels. */
function toThree(name: string, data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return data
  if (channels !== 1) throw new KindredError('ERR_SHAPE', `${name}: expected 3 channels but found ${channels}.`)
  const out = new Uint8Array(3 * data.length)
  for (let i = 0; i < data.length; i++) out.fill(data[i]!, 3 * i, 3 * i + 3)
  return out
}
