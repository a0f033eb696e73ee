// The process of a vision model: pictures are decoded, made ready and go through onnxruntime here, so that neither a run
// of the model nor a picture that brings a decoder down holds up or takes down the process that asked.
import { createMediaSession } from '../media/media-session.js'
import { serveEncoder } from '../onnx/serve-encoder.js'
import { decodePicture } from './decode-picture.js'
import type { ImageModelConfig } from './image-config.js'
import { preparePicture } from './prepare-picture.js'

serveEncoder((config: ImageModelConfig) => {
  const { plan, maxPixels } = config
  const { convertRgb } = plan
  return createMediaSession(config, {
    shape: [3, plan.size.height, plan.size.width],
    prepare: async (input) =>
      preparePicture(await decodePicture(input, { maxPixels, alpha: 'drop', profile: false, convertRgb }), plan),
  })
})
