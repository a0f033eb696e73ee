import type { MediaModel } from '../media/media-session.js'
import { readModelFolder } from '../media/model-folder.js'
import type { StatePooling } from '../media/state-pooling.js'
import type { EncoderDtype } from '../onnx/find-model-file.js'
import { type PicturePlan, readPicturePlan } from './picture-plan.js'

/** What the process of a vision model loads. */
export interface ImageModelConfig extends MediaModel {
  plan: PicturePlan
  maxPixels: number
}

/** Reads a folder with a vision model. @throws ERR_ENCODER */
export async function readImageModel(
  folder: string,
  dtype: EncoderDtype,
  output: string | undefined,
  pooling: StatePooling,
  maxPixels: number,
): Promise<ImageModelConfig> {
  const files = await readModelFolder(folder, dtype, ['vision_model', 'model'], 'image_processor')
  return { model: files.model, output, pooling, plan: readPicturePlan(files), maxPixels }
}
