import type { MediaModel } from '../media/media-session.js'
import { readModelFolder } from '../media/model-folder.js'
import type { StatePooling } from '../media/state-pooling.js'
import type { EncoderDtype } from '../onnx/find-model-file.js'
import { readSoundPlan, type SoundPlan } from './sound-plan.js'

/** What the process of an audio model loads. */
export interface AudioModelConfig extends MediaModel {
  plan: SoundPlan
}

/** Reads a folder with an audio model. @throws ERR_ENCODER */
export async function readAudioModel(
  folder: string,
  dtype: EncoderDtype,
  output: string | undefined,
  pooling: StatePooling,
): Promise<AudioModelConfig> {
  const files = await readModelFolder(folder, dtype, ['audio_model', 'encoder_model', 'model'], 'feature_extractor')
  return { model: files.model, output, pooling, plan: readSoundPlan(files) }
}
