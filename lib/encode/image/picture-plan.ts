import { show } from '../../native/errors.js'
import { checkKeys, isObject, type JsonObject, readFlag, refuse } from '../folder-json.js'
import type { ModelFolder } from '../media/model-folder.js'

/** Ways of resampling, as native/ names them, in the order of Pillow's numbers. */
export const FILTERS = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'] as const

/** Height and width in pixels. */
export interface PictureSize {
  height: number
  width: number
}

/** What is done to a picture before the model reads it, in this order. */
export interface PicturePlan {
  /** To this size, or until the shorter side has this length; undefined: not resized. */
  resize: PictureSize | { shortestEdge: number } | undefined
  filter: (typeof FILTERS)[number]
  /** The middle is cut out, with zeros around where the picture is smaller; undefined: not cut. */
  crop: PictureSize | undefined
  /** Each value is multiplied by this. */
  scale: number
  /** Then the mean is taken off and the rest divided by the deviation, per channel. */
  mean: readonly number[]
  deviation: readonly number[]
  /** Whether pictures of other than three channels are made so, rather than refused. */
  convertRgb: boolean
  /** What the model reads. */
  size: PictureSize
}

/** What a processor of transformers does where its file says nothing. */
interface Defaults {
  /** An integer as `size` is that of both sides, not of the shorter one. */
  square: boolean
  size: number | { shortest_edge: number } | undefined
  resample: number
  crop: number | undefined
  clip: boolean
}

const DEFAULTS: Record<string, Defaults> = {
  ViT: { square: true, size: 224, resample: 2, crop: undefined, clip: false },
  DeiT: { square: true, size: 256, resample: 3, crop: 224, clip: false },
  Siglip: { square: true, size: 224, resample: 3, crop: undefined, clip: false },
  CLIP: { square: false, size: { shortest_edge: 224 }, resample: 3, crop: 224, clip: true },
  Bit: { square: false, size: { shortest_edge: 224 }, resample: 3, crop: 224, clip: true },
  ConvNext: { square: false, size: { shortest_edge: 384 }, resample: 3, crop: undefined, clip: false },
}

/** Of a file that names no processor: what is absent is not done. */
const UNNAMED: Defaults = { square: true, size: undefined, resample: 2, crop: undefined, clip: false }

/** Processors by the type of the model in config.json, as transformers finds them. */
const OF_MODELS: Record<string, string> = {
  vit: 'ViT',
  vit_msn: 'ViT',
  resnet: 'ConvNext',
  regnet: 'ConvNext',
  convnext: 'ConvNext',
  convnextv2: 'ConvNext',
  deit: 'DeiT',
  clip: 'CLIP',
  clip_vision_model: 'CLIP',
  siglip: 'Siglip',
  siglip_vision_model: 'Siglip',
  dinov2: 'Bit',
  bit: 'Bit',
}

const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073]
const CLIP_DEVIATION = [0.26862954, 0.26130258, 0.27577711]

const KNOWN = [
  'do_resize',
  'size',
  'resample',
  'do_center_crop',
  'crop_size',
  'crop_pct',
  'do_rescale',
  'rescale_factor',
  'do_normalize',
  'image_mean',
  'image_std',
  'do_convert_rgb',
]

/** What a processor is called. */
const NAMES = ['image_processor_type', 'feature_extractor_type']

/** They change nothing here: how the other implementation names, groups and moves its tensors. */
const WITHOUT_EFFECT = [
  ...NAMES,
  'processor_class',
  '_valid_processor_keys',
  'default_to_square',
  'data_format',
  'input_data_format',
  'return_tensors',
  'device',
  'disable_grouping',
  'image_seq_length',
]

/** Other steps, which cannot be done here: they must be off. */
const OTHER_STEPS = [
  'do_pad',
  'do_flip_channel_order',
  'do_reduce_labels',
  'do_rotate',
  'do_thumbnail',
  'do_align_long_axis',
]
const OTHER_SETTINGS = ['pad_size', 'size_divisor', 'use_square_size']

/**
 * Reads what `preprocessor_config.json` says, as transformers' processors of ViT, DeiT, CLIP, SigLIP, BiT (DINOv2) and
 * ConvNeXT (ResNet) do; a file that names none is taken at its word, and what it does not mention is not done.
 * @throws ERR_ENCODER for what cannot be done as it says
 */
export function readPicturePlan({ path, preprocessor: config, config: model }: ModelFolder): PicturePlan {
  checkKeys(path, config, [...KNOWN, ...WITHOUT_EFFECT, ...OTHER_STEPS, ...OTHER_SETTINGS])
  for (const key of OTHER_STEPS)
    if (readFlag(path, config, key, false)) refuse(path, `${key}: expected false, since it cannot be done here`)
  for (const key of OTHER_SETTINGS)
    if (config[key] != null && config[key] !== false)
      refuse(path, `${key}: expected null but found ${show(config[key])}, which cannot be done here`)
  const kind = kindOf(path, config, model)
  const defaults = kind === undefined ? UNNAMED : DEFAULTS[kind]!
  const named = kind !== undefined
  const flag = (key: string, absent: boolean) => readFlag(path, config, key, absent)
  const crop = flag('do_center_crop', named ? defaults.crop !== undefined : config.crop_size != null)
  let resize = flag('do_resize', named || config.size != null)
    ? readSize(path, 'size', config.size ?? defaults.size, defaults.square)
    : undefined
  let cropTo = crop ? readCrop(path, config.crop_size ?? defaults.crop) : undefined
  if (kind === 'ConvNext' && resize !== undefined) {
    if (!('shortestEdge' in resize))
      return refuse(path, 'size: expected shortest_edge, as of every ConvNextImageProcessor')
    const edge = resize.shortestEdge
    const square = { height: edge, width: edge }
    const part = readNumber(path, 'crop_pct', config.crop_pct ?? 224 / 256)
    // Cut by crop_pct where small, else brought to the square as it is.
    if (edge < 384 && cropTo !== undefined) return refuse(path, 'do_center_crop: expected false beside crop_pct')
    if (edge < 384) cropTo = square
    resize = edge < 384 ? { shortestEdge: Math.trunc(edge / part) } : square
  } else if (config.crop_pct != null) refuse(path, 'crop_pct: expected none but of a ConvNextImageProcessor')
  const size = cropTo ?? (resize !== undefined && 'height' in resize ? resize : undefined)
  if (size === undefined)
    return refuse(
      path,
      'pictures keep their proportions: expected do_center_crop with crop_size, or a height and a width',
    )
  return {
    resize,
    filter: readFilter(path, config.resample ?? defaults.resample),
    crop: cropTo,
    ...readNumbers(path, config, defaults, named),
    convertRgb: config.do_convert_rgb === undefined || flag('do_convert_rgb', true),
    size,
  }
}

/** Which processor it is; undefined where neither file says. */
function kindOf(path: string, config: JsonObject, model: JsonObject): string | undefined {
  const name = NAMES.map((key) => config[key]).find((value) => typeof value === 'string') as string | undefined
  if (name === undefined) return OF_MODELS[String(model.model_type)]
  const kind = /^(\w+?)(ImageProcessor(Fast|Pil)?|FeatureExtractor)$/.exec(name)?.[1]
  if (kind !== undefined && Object.hasOwn(DEFAULTS, kind)) return kind
  const known = Object.keys(DEFAULTS).map((one) => `${one}ImageProcessor`)
  return refuse(path, `image_processor_type: expected one of ${known.join(', ')} but found ${show(name)}`)
}

function isSide(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= 8192
}

/** A size as transformers writes it: a number, a height and a width, or the length of the shorter side. */
function readSize(path: string, key: string, value: unknown, square: boolean): PictureSize | { shortestEdge: number } {
  if (isSide(value)) return square ? { height: value, width: value } : { shortestEdge: value }
  if (isObject(value)) {
    const { height, width, shortest_edge, ...more } = value
    const others = Object.values(more).some((one) => one != null)
    if (!others && isSide(height) && isSide(width) && shortest_edge == null) return { height, width }
    if (!others && isSide(shortest_edge) && height == null && width == null) return { shortestEdge: shortest_edge }
  }
  const found = isObject(value) ? JSON.stringify(value).slice(0, 80) : show(value)
  return refuse(path, `${key}: expected a number of pixels, { height, width } or { shortest_edge } but found ${found}`)
}

function readCrop(path: string, value: unknown): PictureSize {
  const size = readSize(path, 'crop_size', value, true)
  return 'height' in size ? size : { height: size.shortestEdge, width: size.shortestEdge }
}

function readFilter(path: string, value: unknown): PicturePlan['filter'] {
  const filter = typeof value === 'number' ? FILTERS[value] : undefined
  return (
    filter ?? refuse(path, `resample: expected a number from 0 to 5, one of Pillow's filters, but found ${show(value)}`)
  )
}

function readNumber(path: string, key: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value
  return refuse(path, `${key}: expected a positive number but found ${show(value)}`)
}

/** Three numbers; one number stands for three. */
function readChannels(path: string, key: string, value: unknown): number[] {
  const list = typeof value === 'number' ? [value, value, value] : value
  if (Array.isArray(list) && list.length === 3 && list.every(Number.isFinite)) return list
  return refuse(path, `${key}: expected three numbers, one per channel, but found ${show(value)}`)
}

function readNumbers(path: string, config: JsonObject, { clip }: Defaults, named: boolean) {
  const rescale = readFlag(path, config, 'do_rescale', true)
  const scale = rescale ? readNumber(path, 'rescale_factor', config.rescale_factor ?? 1 / 255) : 1
  const given = config.image_mean != null || config.image_std != null
  if (!readFlag(path, config, 'do_normalize', named || given)) return { scale, mean: [0, 0, 0], deviation: [1, 1, 1] }
  const usual = named ? (clip ? [CLIP_MEAN, CLIP_DEVIATION] : [0.5, 0.5]) : [undefined, undefined]
  const mean = readChannels(path, 'image_mean', config.image_mean ?? usual[0])
  const deviation = readChannels(path, 'image_std', config.image_std ?? usual[1])
  if (deviation.includes(0)) refuse(path, 'image_std: expected no zero')
  return { scale, mean, deviation }
}
